package io.relais.sync.scan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.plan.RelPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
}
