package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What a chrooted account of OpenSSH's lets the agent leave beside the mirror. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class HeartbeatTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path directory;
  private Rig rig;

  @BeforeEach
  void prepare() throws IOException {
    rig = Rig.in(directory, "");
    configure("[agent]", "[agent]\nheartbeat = \"200ms\"");
    Files.writeString(rig.source().resolve("index.html"), "hello");
  }

  @AfterEach
  void end() {
    rig.close();
  }

  private void configure(String from, String to) throws IOException {
    String text = Files.readString(rig.configuration());
    Files.writeString(rig.configuration(), text.replace(from, to));
  }

  @Test
  void liesBesideTheMirrorAndStaysFresh() throws IOException {
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    Path file = rig.bed().data().resolve(".relais-site.heartbeat.json");
    await().atMost(LIMIT).until(() -> Files.exists(file));
    Heartbeat first = HeartbeatFile.read(file);
    await().atMost(LIMIT).until(() -> HeartbeatFile.read(file).sequence() > first.sequence() + 2);

    Heartbeat later = HeartbeatFile.read(file);
    assertThat(later.mirror()).isEqualTo("site");
    assertThat(later.inSyncAt()).contains(later.at());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r--r--");
    assertThat(rig.said()).doesNotContain("heartbeat");
  }

  @Test
  void mirroringGoesOnWhereTheChrootsRootLiesBesideIt() throws Exception {
    configure("backup:/data/site", "backup:/data");
    rig.startAgent();
    rig.awaitEqual(rig.source(), rig.bed().data(), LIMIT);
    await().atMost(LIMIT).until(() -> rig.said().contains("no heartbeat can be left"));
    Files.writeString(rig.source().resolve("later"), "x");
    rig.awaitEqual(rig.source(), rig.bed().data(), LIMIT);
    rig.stopAgent();

    List<String> lines =
        rig.said().lines().filter(line -> line.contains("no heartbeat can be left")).toList();
    assertThat(lines).hasSize(1);
  }
}
