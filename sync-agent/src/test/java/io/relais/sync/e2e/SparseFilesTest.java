package io.relais.sync.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Files with holes, like disk images and preallocated databases: nothing is sent of the holes. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class SparseFilesTest {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final long SIZE = 256 << 20;

  @TempDir Path directory;
  private Rig rig;
  private final Random random = new Random(13);

  @BeforeEach
  void start() throws IOException {
    // Less than the file's size, and more than what is in it.
    rig = Rig.withDisk(directory, 128);
  }

  @AfterEach
  void end() {
    rig.close();
  }

  @Test
  void neitherTheWireNorTheBackupsDiskCarriesHoles() throws Exception {
    try (RandomAccessFile image = new RandomAccessFile(file().toFile(), "rw")) {
      image.setLength(SIZE);
      write(image, 100 << 20, 4096);
      write(image, (200 << 20) + 12_345, 4096);
    }
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    assertThat(storedBytes()).isLessThan(1 << 20);
    assertThat(rig.bed().proxy().bytesToServer()).isLessThan(1 << 20);
    assertThat(rig.said()).contains("1 file (268,435,456 bytes, 12,288 of them sent)");

    // Put together from what is there, and what was a hole stays one.
    try (RandomAccessFile image = new RandomAccessFile(file().toFile(), "rw")) {
      write(image, 50 << 20, 4096);
      image.seek(100 << 20);
      image.write(new byte[4096]);
    }
    rig.awaitEqual(LIMIT);
    assertThat(storedBytes()).isLessThan(4 << 20);
    assertThat(rig.bed().proxy().bytesToServer()).isLessThan(4 << 20);
  }

  private Path file() {
    return rig.source().resolve("disk.img");
  }

  private void write(RandomAccessFile image, long at, int count) throws IOException {
    byte[] data = new byte[count];
    random.nextBytes(data);
    image.seek(at);
    image.write(data);
  }

  /** What the copy takes on the backup's disk. */
  private long storedBytes() throws Exception {
    Process stat =
        new ProcessBuilder("stat", "-c", "%b", rig.target().resolve("disk.img").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String blocks = new String(stat.getInputStream().readAllBytes(), UTF_8).strip();
    assertThat(stat.waitFor()).isZero();
    return Long.parseLong(blocks) * 512;
  }
}
