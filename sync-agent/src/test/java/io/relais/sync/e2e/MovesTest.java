package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What a move costs on the wire, while the agent runs and over a restart. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class MovesTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  @TempDir Path directory;
  private Rig rig;

  @BeforeEach
  void start() throws IOException {
    rig = Rig.in(directory, "");
    Path folder = Files.createDirectories(rig.source().resolve("folder"));
    for (int i = 0; i < 1_000; i++) {
      Files.writeString(folder.resolve("f" + i), "content of " + i);
    }
    Files.createDirectory(rig.source().resolve("other"));
    rig.startAgent();
    rig.awaitEqual(LIMIT);
  }

  @AfterEach
  void end() {
    rig.close();
  }

  private Map<String, Object> inodes(String folder) throws IOException {
    Map<String, Object> inodes = new TreeMap<>();
    Path root = rig.target().resolve(folder);
    for (Path path : Listing.below(root)) {
      inodes.put(
          root.relativize(path).toString(),
          Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS));
    }
    return inodes;
  }

  @Test
  void aDirectoryOfAThousandFilesMovesInTwoKilobytes() throws Exception {
    Map<String, Object> before = inodes("folder");
    long sent = bytes();

    Files.move(rig.source().resolve("folder"), rig.source().resolve("other/moved"));
    rig.awaitEqual(LIMIT);

    assertThat(bytes() - sent).as("bytes, keepalives too").isLessThan(2_000);
    assertThat(inodes("other/moved")).isEqualTo(before);
  }

  @Test
  void whatMovedWhileNothingRanIsNotSentAgain() throws Exception {
    Map<String, Object> before = inodes("folder");
    rig.stopAgent();
    Files.move(rig.source().resolve("folder"), rig.source().resolve("other/moved"));

    rig.startAgent();
    rig.awaitEqual(LIMIT);

    assertThat(inodes("other/moved")).isEqualTo(before);
  }

  private long bytes() {
    return rig.bed().proxy().bytesToServer();
  }
}
