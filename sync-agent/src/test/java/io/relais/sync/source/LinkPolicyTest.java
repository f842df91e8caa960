package io.relais.sync.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinkPolicyTest {
  @TempDir Path temporary;
  private Path root;
  private Path outside;

  @BeforeEach
  void makeLinks() throws IOException {
    root = Files.createDirectory(temporary.resolve("root"));
    outside = Files.createDirectory(temporary.resolve("outside"));
    Files.createDirectory(root.resolve("directory"));
    Files.writeString(outside.resolve("file"), "12345");
    Files.createSymbolicLink(root.resolve("to-file"), outside.resolve("file"));
    Files.createSymbolicLink(root.resolve("to-directory"), outside);
    Files.createSymbolicLink(root.resolve("dangling"), Path.of("nowhere"));
    Files.createSymbolicLink(root.resolve("circle"), Path.of("circle"));
    Files.createSymbolicLink(root.resolve("directory/up"), Path.of(".."));
  }

  private static RelPath path(String latin1) {
    return RelPath.ofLatin1(latin1);
  }

  @Test
  void preservedLinksAreLinks() throws Exception {
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE)) {
      assertThat(tree.list(RelPath.ROOT)).hasSize(5);
      assertThat(tree.stat(path("circle"))).extracting("linkTarget").isEqualTo("circle");
      assertThat(tree.stat(path("to-directory/file"))).isNull();
    }
  }

  @Test
  void skippedLinksAreNotThere() throws Exception {
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.SKIP)) {
      assertThat(tree.list(RelPath.ROOT)).containsOnlyKeys("directory");
      assertThat(tree.stat(path("to-file"))).isNull();
      assertThat(tree.stat(path("to-directory/file"))).isNull();
      assertThatExceptionOfType(NoSuchFileException.class)
          .isThrownBy(() -> tree.open(path("to-file")));
    }
  }

  @Test
  void followedLinksAreWhatTheyPointAt() throws Exception {
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.FOLLOW)) {
      assertThat(tree.list(RelPath.ROOT)).containsOnlyKeys("directory", "to-file", "to-directory");
      assertThat(tree.stat(path("to-file")))
          .extracting("kind", "size")
          .containsExactly(EntryKind.FILE, 5L);
      assertThat(tree.list(path("to-directory"))).containsOnlyKeys("file");
      assertThat(tree.stat(path("dangling"))).isNull();
      assertThat(tree.stat(path("circle"))).isNull();
      try (SourceFile file = tree.open(path("to-directory/file"))) {
        assertThat(file.read(new byte[10], 0, 10)).isEqualTo(5);
      }
    }
  }

  @Test
  void aFollowedLinkBackUpIsRefusedAsALoop() throws Exception {
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.FOLLOW)) {
      assertThatExceptionOfType(FileSystemLoopException.class)
          .isThrownBy(() -> tree.list(path("directory/up")));
      assertThatExceptionOfType(FileSystemLoopException.class)
          .isThrownBy(() -> tree.stat(path("directory/up/directory")));
    }
  }
}
