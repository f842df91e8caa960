package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.plan.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kernel's limits, lowered in a user namespace: the system's stay as they are. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
class RealWatchLimitTest {
  @TempDir Path root;

  @BeforeEach
  void makeDirectories() throws IOException {
    for (int i = 0; i < 300; i++) {
      Files.createDirectory(root.resolve("d" + i));
    }
  }

  private String run(Class<?> main, SourceKind kind) throws Exception {
    return ChildJvm.runBy(
        List.of("unshare", "--user", "--map-root-user"), main, kind.name(), root.toString());
  }

  private static void limit(String name, int value) throws IOException {
    Files.writeString(Path.of("/proc/sys/user", name), Integer.toString(value));
  }

  @ParameterizedTest
  @EnumSource
  void withTooFewWatchesItGoesOnAndWatchesAllOnceTheLimitIsRaised(SourceKind kind)
      throws Exception {
    assertThat(run(TooFewWatches.class, kind)).contains("checked");
  }

  /** What the child JVM runs. */
  public static final class TooFewWatches {
    private TooFewWatches() {}

    public static void main(String[] arguments) throws Exception {
      Path root = Path.of(arguments[1]);
      RecordingListener listener = new RecordingListener();
      limit("max_inotify_watches", 100);
      try (ChangeSource source = SourceKind.valueOf(arguments[0]).watchful(root)) {
        source.start(listener);
        // Some are on the way to the root.
        listener.awaitProblem("max_user_watches is 100, 20");
        listener.awaitProblem(" more are needed for all 301");
        for (int i = 0; i < 300; i += 50) {
          Files.createFile(root.resolve("d" + i + "/file"));
          listener.awaitCovered("d" + i + "/file");
        }
        limit("max_inotify_watches", 1_000);
        listener.awaitRescan("the limit of inotify watches was raised");
        assertThat(listener.problems()).hasSize(1);
      }
      System.out.println("checked");
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutAnInstanceItPollsAndWatchesOnceThereIsOne(SourceKind kind) throws Exception {
    assertThat(run(NoInstance.class, kind)).contains("checked");
  }

  /** What the child JVM runs. */
  public static final class NoInstance {
    private NoInstance() {}

    public static void main(String[] arguments) throws Exception {
      Path root = Path.of(arguments[1]);
      RecordingListener listener = new RecordingListener();
      limit("max_inotify_instances", 0);
      try (ChangeSource source = SourceKind.valueOf(arguments[0]).watchful(root)) {
        source.start(listener);
        listener.awaitProblem("fs.inotify.max_user_instances");
        Files.createFile(root.resolve("d7/file"));
        listener.awaitChanged("d7");
        limit("max_inotify_instances", 10);
        listener.awaitRescan("an inotify instance is free again");
        listener.forget();
        Files.createFile(root.resolve("d8/file"));
        listener.awaitChanged("d8/file");
      }
      System.out.println("checked");
    }
  }

  @ParameterizedTest
  @EnumSource
  void theOnlyInstanceIsForTheTree(SourceKind kind) throws Exception {
    assertThat(run(OneInstance.class, kind)).contains("checked");
  }

  /** What the child JVM runs. */
  public static final class OneInstance {
    private OneInstance() {}

    public static void main(String[] arguments) throws Exception {
      Path root = Path.of(arguments[1]);
      RecordingListener listener = new RecordingListener();
      limit("max_inotify_instances", 1);
      try (ChangeSource source = SourceKind.valueOf(arguments[0]).watchful(root)) {
        source.start(listener);
        Files.createFile(root.resolve("d8/file"));
        listener.awaitChanged("d8/file");
        assertThat(listener.problems()).isEmpty();
      }
      System.out.println("checked");
    }
  }
}
