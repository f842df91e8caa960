package io.relais.sync.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.NativeNames;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.AwkwardNames;
import io.relais.sync.plan.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AwkwardNamesTest {
  @TempDir Path root;

  @BeforeEach
  void makeEachNameAsDirectoryFileAndSymlinkTarget() throws Exception {
    for (String name : AwkwardNames.ALL) {
      Path directory = Files.createDirectory(at(name));
      Path file = Files.writeString(at(name + '/' + name), name);
      Files.createSymbolicLink(directory.resolve("link"), file.getFileName());
    }
  }

  private Path at(String latin1) {
    return NativeNames.path(NativeNames.latin1(root), RelPath.ofLatin1(latin1));
  }

  @Test
  void everyNameIsReadByteForByte() throws Exception {
    check(root);
  }

  @Test
  void everyNameIsReadByteForByteInTheLocaleC() throws Exception {
    assertThat(ChildJvm.runInLocaleC(AwkwardNamesTest.class, root.toString())).contains("checked");
  }

  /** What the child JVM runs. */
  public static void main(String[] arguments) throws Exception {
    check(Path.of(arguments[0]));
    System.out.println("checked");
  }

  private static void check(Path root) throws Exception {
    try (LinuxSourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE)) {
      assertThat(tree.list(RelPath.ROOT).keySet())
          .containsExactlyInAnyOrderElementsOf(AwkwardNames.ALL);
      for (String name : AwkwardNames.ALL) {
        RelPath directory = RelPath.ofLatin1(name);
        Map<String, ?> inside = tree.list(directory);
        assertThat(inside.keySet()).containsExactlyInAnyOrder(name, "link");
        assertThat(Objects.requireNonNull(tree.stat(directory.child("link"))).linkTarget())
            .isEqualTo(name);
        try (SourceFile file = tree.open(directory.child(name))) {
          assertThat(file.read(new byte[1], 0, 1)).isEqualTo(1);
        }
      }
    }
  }
}
