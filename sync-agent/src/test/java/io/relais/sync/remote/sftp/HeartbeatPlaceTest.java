package io.relais.sync.remote.sftp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.loopback.LoopbackLink;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.TestLinks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the heartbeat lies, and that nothing else is left there. */
final class HeartbeatPlaceTest {
  private static final TemporaryNameGenerator NAMES = new TemporaryNameGenerator("test");

  @TempDir private Path directory;

  @SuppressWarnings("NullAway.Init")
  private LoopbackLink server;

  @SuppressWarnings("NullAway.Init")
  private TestLinks client;

  @BeforeEach
  void start() throws Exception {
    Path root = Files.createDirectories(directory.resolve("root"));
    Files.createDirectories(root.resolve("data/site"));
    server = LoopbackLink.start(directory.resolve("server"), root);
    client = TestLinks.of(server.sshConfig());
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    server.close();
  }

  private SyncTarget open(String path) throws Exception {
    return client.to("backup", path, NAMES).open(() -> {});
  }

  private Path data() {
    return directory.resolve("root/data");
  }

  private List<String> names() throws Exception {
    try (var listed = Files.list(data())) {
      return listed.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void liesBesideTheRootReadableByAll() throws Exception {
    try (SyncTarget target = open("/data/site/")) {
      target.leaveHeartbeat("one".getBytes(UTF_8));
      target.leaveHeartbeat("other".getBytes(UTF_8));
      assertThat(target.list(RelPath.ROOT)).isEmpty();
    }
    Path file = data().resolve(".relais-site.heartbeat.json");

    assertThat(file).hasContent("other");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r--r--");
    assertThat(names()).containsExactly(".relais-site.heartbeat.json", "site");
  }

  @Test
  void takesAwayWhatACrashLeftOfAnEarlierOne() throws Exception {
    Files.writeString(data().resolve(NAMES.fixed()), "half of");
    try (SyncTarget target = open("/data/site")) {
      target.leaveHeartbeat("whole".getBytes(UTF_8));
    }

    assertThat(data().resolve(".relais-site.heartbeat.json")).hasContent("whole");
    assertThat(names()).hasSize(2);
  }

  @Test
  void leavesNoTemporaryWhereItCannotBePutInPlace() throws Exception {
    Files.createDirectories(data().resolve(".relais-site.heartbeat.json/in-the-way"));
    try (SyncTarget target = open("/data/site")) {
      assertThatThrownBy(() -> target.leaveHeartbeat("x".getBytes(UTF_8)))
          .isInstanceOf(TargetException.class);
    }

    assertThat(names()).hasSize(2);
  }

  @Test
  void hasNoPlaceBesideTheAccountsWholeTree() throws Exception {
    try (SyncTarget target = open("/")) {
      assertThatThrownBy(() -> target.leaveHeartbeat("x".getBytes(UTF_8)))
          .isInstanceOf(TargetException.class)
          .hasMessageContaining("beside /");
    }
  }
}
