package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.plan.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A mount over the root, in a mount namespace of its own: the system's mounts stay as they are. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
class RealMountTest {
  @TempDir Path directory;

  @Test
  void aMountOverTheRootAndItsEndAreNoticedThoughNobodyLooks() throws Exception {
    Path root = Files.createDirectories(directory.resolve("above/root"));
    assertThat(
            ChildJvm.runBy(
                List.of("unshare", "--user", "--map-root-user", "--mount"),
                Mounts.class,
                root.toString()))
        .contains("checked");
  }

  @Test
  void aDirectoryThatIsMountedASecondTimeInTheTreeIsHintedAtUnderBothPaths() throws Exception {
    Path root = Files.createDirectories(directory.resolve("root"));
    Files.createDirectories(root.resolve("one/deep"));
    Files.createDirectories(root.resolve("other"));
    assertThat(
            ChildJvm.runBy(
                List.of("unshare", "--user", "--map-root-user", "--mount"),
                TwoPaths.class,
                root.toString()))
        .contains("checked");
  }

  /** What the child JVM runs. */
  public static final class TwoPaths {
    private TwoPaths() {}

    public static void main(String[] arguments) throws Exception {
      Path root = Path.of(arguments[0]);
      RecordingListener listener = new RecordingListener();
      Mounts.run(
          "mount", "--bind", root.resolve("one").toString(), root.resolve("other").toString());
      try (ChangeSource source = SourceKind.INOTIFY.watchful(root)) {
        source.start(listener);
        Files.createFile(root.resolve("one/deep/new"));
        listener.awaitCovered("one/deep/new", "other/deep/new");
        listener.forget();
        Files.createFile(root.resolve("other/new"));
        listener.awaitCovered("one/new", "other/new");
      }
      System.out.println("checked");
    }
  }

  /** What the child JVM runs. */
  public static final class Mounts {
    private static final Duration HOUR = Duration.ofHours(1);

    private Mounts() {}

    public static void main(String[] arguments) throws Exception {
      Path root = Path.of(arguments[0]);
      RecordingListener listener = new RecordingListener();
      try (ChangeSource source =
          SourceKind.INOTIFY.source(root, path -> false, HOUR, HOUR, Integer.MAX_VALUE)) {
        source.start(listener);
        run("mount", "-t", "tmpfs", "tmpfs", root.toString());
        listener.awaitRescan("the watched directory was replaced");
        listener.forget();
        Files.createFile(root.resolve("mounted"));
        listener.awaitChanged("mounted");
        run("umount", root.toString());
        listener.awaitRescan("");
        listener.forget();
        Files.createFile(root.resolve("below"));
        listener.awaitCovered("below");
      }
      System.out.println("checked");
    }

    private static void run(String... command) throws Exception {
      assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }
  }
}
