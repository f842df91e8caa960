package io.relais.sync.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.RelPath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinuxSourceFileTest {
  private static final RelPath FILE = RelPath.ofLatin1("file");

  @TempDir Path root;

  private void append(String text) throws IOException {
    Files.writeString(
        root.resolve("file"), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static String read(SourceFile file, int most) throws IOException {
    byte[] buffer = new byte[most];
    return new String(buffer, 0, file.read(buffer, 0, most), UTF_8);
  }

  @Test
  void remembersWhatItWasWhenItWasOpened() throws Exception {
    append("12345");
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE);
        SourceFile file = tree.open(FILE)) {
      assertThat(file.opened()).isEqualTo(file.stat()).isEqualTo(tree.stat(FILE));
      append("678");
      assertThat(file.opened().size()).isEqualTo(5);
      assertThat(file.stat().size()).isEqualTo(8);
    }
  }

  @Test
  void whatWasAppendedAfterTheEndWasReachedIsReadAfterAnotherLook() throws Exception {
    append("12345");
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE);
        SourceFile file = tree.open(FILE)) {
      assertThat(read(file, 5)).isEqualTo("12345");
      append("678");
      assertThat(read(file, 10)).isEmpty();
      assertThat(file.stat().size()).isEqualTo(8);
      assertThat(read(file, 10)).isEqualTo("678");
      assertThat(read(file, 10)).isEmpty();
    }
  }

  @Test
  void whatWasAppendedBeforeTheEndWasReachedIsRead() throws Exception {
    append("12345");
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE);
        SourceFile file = tree.open(FILE)) {
      assertThat(read(file, 3)).isEqualTo("123");
      append("6".repeat(100_000));
      assertThat(read(file, 200_000)).isEqualTo("45" + "6".repeat(100_000));
    }
  }

  @Test
  void aFileCutShortEndsWhereItEnds() throws Exception {
    append("12345");
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE);
        SourceFile file = tree.open(FILE)) {
      Files.writeString(root.resolve("file"), "abc");
      assertThat(read(file, 10)).isEqualTo("abc");
      assertThat(read(file, 10)).isEmpty();
    }
  }

  @Test
  void aFileThatIsEmptyByItsSizeAloneIsRead() throws Exception {
    try (SourceTree tree = LinuxSourceTree.open(Path.of("/proc/self"), LinkPolicy.PRESERVE);
        SourceFile file = tree.open(RelPath.ofLatin1("status"))) {
      assertThat(file.opened().size()).isZero();
      assertThat(read(file, 10)).hasSize(10);
    }
  }

  @Test
  void readsHolesAsZeros() throws Exception {
    long seed = Long.getLong("relais.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 20; i++) {
      Path path = root.resolve("file");
      Files.deleteIfExists(path);
      try (FileChannel out =
          FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        for (int part = random.nextInt(6); part >= 0; part--) {
          byte[] data = new byte[1 + random.nextInt(200_000)];
          random.nextBytes(data);
          out.write(ByteBuffer.wrap(data), random.nextInt(2_000_000));
        }
      }
      if (random.nextBoolean()) {
        // A hole at the end.
        try (RandomAccessFile longer = new RandomAccessFile(path.toFile(), "rw")) {
          longer.setLength(longer.length() + random.nextInt(2_000_000));
        }
      }
      byte[] expected = Files.readAllBytes(path);
      assertThat(readAll(1 + random.nextInt(300_000), expected.length))
          .as("relais.seed=%d, file %d", seed, i)
          .isEqualTo(expected);
    }
  }

  private byte[] readAll(int most, int size) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE);
        SourceFile file = tree.open(FILE)) {
      assertThat(file.allocated()).isPositive();
      byte[] buffer = new byte[most];
      for (int count = 1; count > 0; all.write(buffer, 0, count)) {
        count = file.read(buffer, 0, most);
        assertThat(count).isIn(most, size - all.size(), 0);
      }
    }
    return all.toByteArray();
  }

  /** By what the kernel counts: all that this process has asked for with read(2). */
  @Test
  void readsNothingOfALargeHole() throws Exception {
    long size = 512 << 20;
    try (RandomAccessFile sparse = new RandomAccessFile(root.resolve("file").toFile(), "rw")) {
      sparse.write(7);
      sparse.setLength(size);
    }
    byte[] buffer = new byte[1 << 20];
    long before = bytesAskedFor();
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE);
        SourceFile file = tree.open(FILE)) {
      long total = 0;
      for (int count = 1; count > 0; total += count) {
        count = file.read(buffer, 0, buffer.length);
      }
      assertThat(total).isEqualTo(size);
      assertThat(file.allocated()).isLessThan(1 << 20);
    }
    assertThat(bytesAskedFor() - before).isLessThan(size / 4);
  }

  private static long bytesAskedFor() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/io")).stream()
        .filter(line -> line.startsWith("rchar: "))
        .mapToLong(line -> Long.parseLong(line.substring("rchar: ".length())))
        .findFirst()
        .orElseThrow();
  }
}
