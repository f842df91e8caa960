package io.relais.sync.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.relais.sync.path.RelPath;
import io.relais.sync.plan.ChildJvm;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Runs as root, and reads in a child JVM that lacks root's capabilities. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
class UnprivilegedTest {
  @TempDir Path root;

  @Test
  void whatMayNotBeReadIsDenied() throws Exception {
    make("unsearchable", "rw-------");
    make("unreadable", "--x------");
    Files.createFile(
        root.resolve("private"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("---------")));
    Path foreign = Files.writeString(root.resolve("foreign"), "x");
    Files.setPosixFilePermissions(foreign, PosixFilePermissions.fromString("rw-r--r--"));
    Files.setAttribute(foreign, "unix:uid", 65534);

    List<String> wrapper =
        List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner");
    assertThat(ChildJvm.runBy(wrapper, UnprivilegedTest.class, root.toString()))
        .contains("checked");
  }

  private void make(String name, String permissions) throws Exception {
    Path directory = Files.createDirectory(root.resolve(name));
    Files.createFile(directory.resolve("file"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
  }

  /** What the child JVM runs. */
  public static void main(String[] arguments) throws Exception {
    try (SourceTree tree = LinuxSourceTree.open(Path.of(arguments[0]), LinkPolicy.PRESERVE)) {
      denied(() -> tree.list(RelPath.ofLatin1("unsearchable")));
      denied(() -> tree.stat(RelPath.ofLatin1("unsearchable/file")));
      denied(() -> tree.stat(RelPath.ofLatin1("unsearchable/missing/file")));
      denied(() -> tree.list(RelPath.ofLatin1("unreadable")));
      denied(() -> tree.open(RelPath.ofLatin1("private")));
      assertThat(tree.stat(RelPath.ofLatin1("unreadable/file"))).isNotNull();
      // Only its owner may open it with O_NOATIME.
      tree.open(RelPath.ofLatin1("foreign")).close();
    }
    System.out.println("checked");
  }

  private static void denied(ThrowingCallable call) {
    assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(call);
  }
}
