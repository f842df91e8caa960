package io.relais.sync.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.ChildJvm;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Following symlinks never leads into the kernel's own file systems, nor through them. */
class PseudoFileSystemTest {
  @TempDir Path temporary;
  private Path root;

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(temporary.resolve("root"));
    Files.writeString(root.resolve("file"), "own");
  }

  /** JUnit warns of each that leads out of its directory. */
  @AfterEach
  void removeLinks() throws IOException {
    try (Stream<Path> all = Files.walk(temporary)) {
      for (Path link : all.filter(Files::isSymbolicLink).toList()) {
        Files.delete(link);
      }
    }
  }

  private static RelPath path(String latin1) {
    return RelPath.ofLatin1(latin1);
  }

  private static void assertRefused(SourceTree tree, String name, String place) throws IOException {
    // It is told of as a file that can't be read.
    assertThat(tree.list(RelPath.ROOT).get(name))
        .extracting("kind", "size")
        .containsExactly(EntryKind.FILE, 0L);
    assertThat(tree.stat(path(name))).isEqualTo(tree.list(RelPath.ROOT).get(name));
    assertThatExceptionOfType(FileSystemException.class)
        .isThrownBy(() -> tree.open(path(name)).close())
        .withMessageMatching(".*leads to [^ ]*" + place + "[, ].*")
        .withMessageContaining("never mirrored");
    assertThatExceptionOfType(FileSystemException.class)
        .isThrownBy(() -> tree.list(path(name)))
        .withMessageContaining("never mirrored");
    assertThat(tree.stat(path(name + "/status"))).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/proc",
        "/proc/version",
        "/proc/self/environ",
        "/proc/self/cwd",
        "/proc/self/root/etc/hostname",
        "/proc/self/root/etc",
        "/proc/thread-self/root",
        "/proc/self/../../etc",
        "/sys",
        "/sys/kernel",
        "/dev/fd/0",
        "/dev/fd",
        "../../../../../../../proc/self/status",
      })
  void aSymlinkThereIsRefused(String target) throws Exception {
    Files.createSymbolicLink(root.resolve("link"), Path.of(target));
    // The same in several steps.
    Path outside = Files.createDirectory(temporary.resolve("outside"));
    Files.createSymbolicLink(root.resolve("first"), outside.resolve("second"));
    Files.createSymbolicLink(outside.resolve("second"), Path.of("third"));
    Files.createSymbolicLink(outside.resolve("third"), root.resolve("link"));
    String place = target.contains("sys") && !target.contains("proc") ? "/sys" : "/proc";
    for (boolean atOnce : new boolean[] {true, false}) {
      try (SourceTree tree = LinuxSourceTree.open(SourcePath.of(root), LinkPolicy.FOLLOW, atOnce)) {
        assertRefused(tree, "link", place);
        assertRefused(tree, "first", place);
        assertThat(tree.list(RelPath.ROOT)).containsOnlyKeys("file", "link", "first");
        tree.open(path("file")).close();
      }
    }
  }

  @Test
  void whatIsBesideThemIsFollowedAsEver() throws Exception {
    Files.createSymbolicLink(root.resolve("etc"), Path.of("/etc"));
    Files.createSymbolicLink(root.resolve("passwd"), Path.of("etc/passwd"));
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.FOLLOW)) {
      assertThat(tree.list(path("etc"))).containsKey("passwd");
      try (SourceFile file = tree.open(path("passwd"))) {
        byte[] read = new byte[4096];
        int length = file.read(read, 0, read.length);
        assertThat(new String(read, 0, length, UTF_8)).contains("root:");
      }
    }
  }

  @Test
  void preservedTheyAreLinksAsEver() throws Exception {
    Files.createSymbolicLink(root.resolve("link"), Path.of("/proc/self/environ"));
    try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE)) {
      assertThat(tree.stat(path("link"))).extracting("kind").isEqualTo(EntryKind.SYMLINK);
    }
  }

  /** In a mount namespace of its own: the system's mounts stay as they are. */
  @Test
  @Tag("real")
  @EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
  void whatIsMountedInTheSourceIsRefusedToo() throws Exception {
    assertThat(ChildJvm.runBy(List.of("unshare", "--mount"), Mounts.class, root.toString()))
        .contains("checked");
  }

  /** What the child JVM runs. */
  public static final class Mounts {
    private Mounts() {}

    public static void main(String[] arguments) throws Exception {
      Path root = Path.of(arguments[0]);
      run("mount", "--bind", "/proc", Files.createDirectory(root.resolve("proc")));
      run("mount", "--bind", "/proc/version", Files.createFile(root.resolve("version")));
      run("mount", "--bind", "/sys", Files.createDirectory(root.resolve("sys")));
      run("mount", "--bind", "/etc", Files.createDirectory(root.resolve("etc")));
      Files.createSymbolicLink(root.resolve("link"), Path.of("proc/version"));
      try (SourceTree tree = LinuxSourceTree.open(root, LinkPolicy.FOLLOW)) {
        for (String name : new String[] {"proc", "sys"}) {
          assertThatExceptionOfType(FileSystemException.class)
              .isThrownBy(() -> tree.list(path(name)))
              .withMessageContaining("never mirrored");
        }
        for (String name : new String[] {"version", "link", "proc/version"}) {
          assertThatExceptionOfType(FileSystemException.class)
              .isThrownBy(() -> tree.open(path(name)).close())
              .withMessageContaining("never mirrored");
        }
        tree.open(path("etc/passwd")).close();
      }
      System.out.println("checked");
    }

    private static void run(String command, String option, String from, Path to) throws Exception {
      Process process =
          new ProcessBuilder(command, option, from, to.toString()).inheritIO().start();
      assertThat(process.waitFor()).isZero();
    }
  }
}
