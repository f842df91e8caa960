package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.relais.sync.path.NativeNames;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.AwkwardNames;
import io.relais.sync.plan.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel doesn't tell, or only as an error. */
public abstract class AbstractTroubleTest {
  @TempDir public Path temporary;
  private final SourceKind kind;
  public final RecordingListener listener = new RecordingListener();
  public Path root;

  public AbstractTroubleTest(SourceKind kind) {
    this.kind = kind;
  }

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createDirectory(temporary.resolve("root"));
    Files.createDirectories(root.resolve("a/b"));
  }

  private ChangeSource start(Path directory, int budget) throws IOException {
    ChangeSource source = kind.watchful(directory, budget);
    source.start(listener);
    return source;
  }

  public final ChangeSource start() throws IOException {
    return start(root, Integer.MAX_VALUE);
  }

  @Test
  void aRootThatIsDeletedAndMadeAgainIsWatchedAgain() throws Exception {
    try (ChangeSource _ = start()) {
      AbstractChangeSourceTest.delete(root);
      listener.awaitRescan("gone");
      listener.forget();
      Files.createDirectory(root);
      listener.awaitRescan(
          ""); // That it is there again, or that it was deleted: what is seen first.
      listener.forget();
      Files.createFile(root.resolve("new"));
      listener.awaitChanged("new");
    }
  }

  @Test
  void aRootThatIsReplacedAtOnceIsNoticed() throws Exception {
    Path next = Files.createDirectory(temporary.resolve("next"));
    try (ChangeSource _ = start()) {
      Files.move(root, temporary.resolve("previous"));
      Files.move(next, root);
      listener.awaitRescan("");
      Files.createFile(root.resolve("new"));
      listener.awaitChanged("new");
    }
  }

  @Test
  void changesAreDoubtedFromTheTroubleUntilAllIsWatchedAndScannedAgain() throws Exception {
    try (ChangeSource _ = start()) {
      Files.move(root, temporary.resolve("elsewhere"));
      listener.awaitRescan("gone");
      assertThat(listener.turns().getFirst()).startsWith("doubtful: ");
      assertThat(listener.turns()).doesNotContain("trusted");

      Files.createDirectory(root);
      await().untilAsserted(() -> assertThat(listener.turns()).endsWith("trusted"));
      int turns = listener.turns().size();
      assertThat(listener.turns().get(turns - 2)).startsWith("rescan: ");
    }
  }

  @Test
  void aSymlinkedRootThatIsSwitchedIsNoticed() throws Exception {
    Path next = Files.createDirectory(temporary.resolve("next"));
    Path link = Files.createSymbolicLink(temporary.resolve("current"), root);
    try (ChangeSource _ = start(link, Integer.MAX_VALUE)) {
      Files.createFile(root.resolve("a/new"));
      listener.awaitCovered("a/new");
      Path temporaryLink = Files.createSymbolicLink(temporary.resolve("current.new"), next);
      Files.move(temporaryLink, link, StandardCopyOption.ATOMIC_MOVE);
      listener.awaitRescan("the watched directory was replaced");
      Files.createFile(next.resolve("new"));
      listener.awaitChanged("new");
    }
  }

  @Test
  void aRootThatCanNotBeWatchedIsAnErrorAtTheStart() throws Exception {
    Path file = Files.createFile(temporary.resolve("file"));
    assertThatExceptionOfType(NotDirectoryException.class).isThrownBy(() -> start(file, 10));
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> start(temporary.resolve("gone"), 10));
  }

  @Test
  void runningOutOfWatchesAtTheStartIsSaidOnceAndTheRestIsPolled() throws Exception {
    Files.createDirectories(root.resolve("cold/inner"));
    Files.setLastModifiedTime(root.resolve("cold/inner"), FileTime.fromMillis(1));
    Files.setLastModifiedTime(root.resolve("cold"), FileTime.fromMillis(1));
    try (ChangeSource _ = start(root, 3)) {
      listener.awaitProblem("2 more are needed for all 5 directories");
      listener.awaitProblem("sysctl -w fs.inotify.max_user_watches=");
      assertThat(listener.problems()).hasSize(1).noneMatch(problem -> problem.contains("\n"));
      listener.awaitChanged("cold");
      listener.awaitChanged("cold/inner");
      assertThat(listener.changed())
          .doesNotContain(RelPath.ROOT, RelPath.ofLatin1("a"), RelPath.ofLatin1("a/b"));

      Files.createDirectories(root.resolve("cold/inner/new/deep"));
      listener.awaitChanged("cold/inner/new/deep");
      listener.forget();
      listener.awaitChanged("cold/inner/new/deep");
      assertThat(listener.rescans()).isEmpty();
    }
  }

  @Test
  void runningOutOfWatchesLaterIsSaidTooAndTheRestIsPolled() throws Exception {
    try (ChangeSource _ = start(root, 4)) {
      assertThat(listener.problems()).isEmpty();
      Files.createDirectories(root.resolve("a/b/c/d"));
      listener.awaitRescan("inotify watches ran out");
      listener.awaitProblem("1 more are needed for all 5 directories");

      Files.delete(root.resolve("a/b/c/d"));
      listener.awaitStanding("");
    }
  }

  @Test
  void directoriesThatVanishDuringTheStartKeepNoOtherFromBeingWatched() throws Exception {
    for (int i = 0; i < 500; i++) {
      Files.createDirectories(root.resolve("stays-" + i));
      Files.createDirectories(root.resolve("goes-" + i + "/inner"));
    }
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> vanishing =
          executor.submit(
              () -> {
                for (int i = 0; i < 500; i++) {
                  AbstractChangeSourceTest.delete(root.resolve("goes-" + i));
                }
                return null;
              });
      try (ChangeSource _ = start()) {
        vanishing.get();
        for (int i = 0; i < 500; i++) {
          Files.createFile(root.resolve("stays-" + i + "/new"));
        }
        for (int i = 0; i < 500; i++) {
          listener.awaitChanged("stays-" + i + "/new");
        }
        assertThat(listener.rescans()).isEmpty();
        assertThat(listener.problems()).isEmpty();
      }
    }
  }

  @Test
  void namesSurviveInTheLocaleC() throws Exception {
    assertThat(ChildJvm.runInLocaleC(Names.class, kind.name(), root.toString()))
        .contains("checked");
  }

  /** What the child JVM runs. */
  public static final class Names {
    private Names() {}

    public static void main(String[] arguments) throws Exception {
      Path root = Path.of(arguments[1]);
      RecordingListener listener = new RecordingListener();
      try (ChangeSource source = SourceKind.valueOf(arguments[0]).watchful(root)) {
        source.start(listener);
        for (String name : AwkwardNames.ALL) {
          Files.createDirectory(NativeNames.path(NativeNames.latin1(root), RelPath.ofLatin1(name)));
          listener.awaitChanged(name);
        }
      }
      System.out.println("checked");
    }
  }

  @Test
  void startingAndClosingLeavesNoDescriptor() throws Exception {
    start().close();
    long before = descriptors();
    for (int i = 0; i < 20; i++) {
      start().close();
    }
    assertThat(descriptors()).isLessThan(before + 20);
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }
}
