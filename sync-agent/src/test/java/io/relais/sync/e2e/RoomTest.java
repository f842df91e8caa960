package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A backup with a small disk, on OpenSSH's servers. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class RoomTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int MEGABYTES = 64;

  @TempDir private Path directory;

  @Test
  void aFileOfMoreThanTheDiskIsNotBegunAndNothingWaitsForIt() throws Exception {
    try (Rig rig = Rig.withDisk(directory, MEGABYTES)) {
      Files.writeString(rig.source().resolve("a-first"), "1");
      Path huge = rig.source().resolve("b-huge");
      byte[] content = new byte[100 << 20];
      Arrays.fill(content, (byte) 7);
      Files.write(huge, content);
      Files.writeString(rig.source().resolve("c-last"), "3");
      rig.startAgent();
      await().atMost(LIMIT).until(() -> Files.exists(rig.target().resolve("c-last")));
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () ->
                  assertThat(rig.problems("site"))
                      .singleElement()
                      .asString()
                      .startsWith("b-huge: not begun for want of room: it takes 104.9 MB; ")
                      .contains("make room there, exclude it, or set a smaller reserve"));
      long free = rig.target().toFile().getUsableSpace();
      assertThat(free).as("%s", rig.said()).isGreaterThan((MEGABYTES - 2L) << 20);

      try (FileChannel shorter = FileChannel.open(huge, StandardOpenOption.WRITE)) {
        shorter.truncate(20 << 20);
      }
      rig.awaitEqual(LIMIT);
    }
  }
}
