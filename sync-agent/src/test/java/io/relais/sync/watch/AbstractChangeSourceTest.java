package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.relais.sync.path.NativeNames;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.AwkwardNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link ChangeSource} must do, on a real file system. */
public abstract class AbstractChangeSourceTest {
  @TempDir Path temporary;
  public final RecordingListener listener = new RecordingListener();
  Path root;
  Path outside;
  private ChangeSource source;

  public abstract ChangeSource source(Path root, Predicate<RelPath> excluded) throws IOException;

  @BeforeEach
  void watch() throws IOException {
    root = Files.createDirectory(temporary.resolve("root"));
    outside = Files.createDirectory(temporary.resolve("outside"));
    Files.createDirectories(root.resolve("old/inner"));
    Files.writeString(root.resolve("old/file"), "old");
    Files.createDirectories(root.resolve("excluded/inner"));
    source = source(root, path -> path.latin1().equals("excluded"));
    source.start(listener);
  }

  @AfterEach
  void close() throws Exception {
    source.close();
  }

  /** Makes a change that is known to be watched, and waits for it: what came before it is told. */
  final void settle(String marker) throws IOException {
    Files.createFile(root.resolve(marker));
    listener.awaitCovered(marker);
    listener.forget();
  }

  @Test
  void aNewFileIsHintedAt() throws Exception {
    Files.createFile(root.resolve("old/inner/new"));
    listener.awaitCovered("old/inner/new");
  }

  @Test
  void aWriteIsHintedAt() throws Exception {
    Files.writeString(root.resolve("old/file"), "x", StandardOpenOption.APPEND);
    listener.awaitCovered("old/file");
  }

  @Test
  void aNewModeIsHintedAt() throws Exception {
    Files.setPosixFilePermissions(
        root.resolve("old/file"), PosixFilePermissions.fromString("rw-------"));
    listener.awaitCovered("old/file");
  }

  @Test
  void aNewModeOfADirectoryIsHintedAt() throws Exception {
    Files.setPosixFilePermissions(
        root.resolve("old/inner"), PosixFilePermissions.fromString("rwx------"));
    listener.awaitCovered("old/inner");
  }

  @Test
  void aNewModeOfTheRootIsHintedAt() throws Exception {
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x---"));
    listener.awaitChanged("");
  }

  @Test
  void aNewTimeIsHintedAt() throws Exception {
    Files.setLastModifiedTime(root.resolve("old/file"), FileTime.fromMillis(1));
    listener.awaitCovered("old/file");
  }

  @Test
  void aDeletionIsHintedAt() throws Exception {
    Files.delete(root.resolve("old/file"));
    listener.awaitCovered("old/file");
  }

  @Test
  void aRenameIsHintedAtUnderBothNames() throws Exception {
    Files.move(root.resolve("old/file"), root.resolve("old/inner/file"));
    listener.awaitCovered("old/file", "old/inner/file");
  }

  @Test
  void symlinksAreHintedAtAlsoWhenTheyPointNowhereOrAreSwapped() throws Exception {
    Files.createSymbolicLink(root.resolve("link"), Path.of("nowhere"));
    listener.awaitCovered("link");
    settle("marker");
    Files.createSymbolicLink(root.resolve("new-link"), Path.of("old"));
    Files.move(root.resolve("new-link"), root.resolve("link"), StandardCopyOption.ATOMIC_MOVE);
    listener.awaitCovered("link");
  }

  @Test
  void aFileInEachDirectoryIsHintedAtAfterRandomMoves() throws Exception {
    long seed = Long.getLong("relais.seed", System.nanoTime());
    RandomMoves moves = new RandomMoves(root, outside, new Random(seed));
    for (int round = 0; round < Integer.getInteger("relais.rounds", 5); round++) {
      for (int i = 0; i < 8; i++) {
        moves.step();
      }
      settle("marker" + round);
      List<String> files = new ArrayList<>();
      for (Path each : RandomMoves.directories(root)) {
        RelPath directory = RelPath.ofLatin1(root.relativize(each).toString());
        if (!directory.startsWith(RelPath.ofLatin1(RandomMoves.EXCLUDED))) {
          files.add(directory.child("after" + round).latin1());
        }
      }
      for (String file : files) {
        Files.writeString(root.resolve(file), "x");
      }
      // A hint at the directory is enough: it may have found its watch only after the file came.
      assertThatCode(() -> listener.awaitCovered(files))
          .as("-Drelais.seed=%s%n%s", seed, String.join("\n", moves.done()))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void aSymlinkIsNotFollowed() throws Exception {
    Files.createDirectory(outside.resolve("inner"));
    Files.createSymbolicLink(root.resolve("link"), outside);
    settle("marker");
    Files.createFile(outside.resolve("file"));
    Files.createFile(outside.resolve("inner/file"));
    Files.createFile(root.resolve("last"));
    listener.awaitCovered("last");
    assertThat(listener.changed()).noneMatch(path -> path.latin1().startsWith("link/"));
  }

  @Test
  void directoriesMadeAndFilledAtOnceAreCovered() throws Exception {
    for (int i = 0; i < 200; i++) {
      Path deep = Files.createDirectories(root.resolve("n" + i + "/a/b/c"));
      Files.createFile(deep.resolve("file"));
      Files.createFile(root.resolve("n" + i + "/a/b/file"));
    }
    for (int i = 0; i < 200; i++) {
      listener.awaitCovered("n" + i, "n" + i + "/a/b/c", "n" + i + "/a/b/file");
      listener.awaitCovered("n" + i + "/a/b/c/file");
    }
    settle("marker");
    Files.createFile(root.resolve("n0/a/b/c/later"));
    Files.createFile(root.resolve("n199/a/b/c/later"));
    listener.awaitCovered("n0/a/b/c/later", "n199/a/b/c/later");
  }

  @Test
  void aDirectoryDeletedAndMadeAgainIsWatched() throws Exception {
    for (int i = 0; i < 20; i++) {
      delete(root.resolve("old"));
      Files.createDirectories(root.resolve("old/inner"));
    }
    settle("marker");
    Files.createFile(root.resolve("old/inner/new"));
    listener.awaitCovered("old/inner/new");
  }

  @Test
  void aDirectoryMovedWithinReportsUnderItsNewPath() throws Exception {
    Files.createDirectory(root.resolve("other"));
    listener.awaitCovered("other");
    Files.move(root.resolve("old"), root.resolve("other/moved"));
    listener.awaitCovered("old", "other/moved", "other/moved/inner/x", "other/moved/file");
    settle("marker");

    Files.writeString(root.resolve("other/moved/file"), "new");
    Files.createFile(root.resolve("other/moved/inner/new"));
    listener.awaitCovered("other/moved/file", "other/moved/inner/new");
  }

  @Test
  void aDirectoryMovedManyTimesReportsUnderItsLastPath() throws Exception {
    Path at = root.resolve("old");
    for (int i = 0; i < 50; i++) {
      at = Files.move(at, root.resolve("moved-" + i));
    }
    settle("marker");
    Files.createFile(at.resolve("inner/new"));
    listener.awaitCovered("moved-49/inner/new");
  }

  @Test
  void twoDirectoriesThatSwapNamesReportUnderTheirNewOnes() throws Exception {
    Files.createDirectories(root.resolve("second/inner"));
    listener.awaitCovered("second/inner");
    Files.move(root.resolve("old"), root.resolve("aside"));
    Files.move(root.resolve("second"), root.resolve("old"));
    Files.move(root.resolve("aside"), root.resolve("second"));
    settle("marker");
    Files.createFile(root.resolve("old/inner/a"));
    Files.createFile(root.resolve("second/inner/b"));
    listener.awaitCovered("old/inner/a", "second/inner/b");
  }

  @Test
  void aDirectoryMovedOutIsHintedAtAndItsNameCanBeUsedAgain() throws Exception {
    Files.move(root.resolve("old"), outside.resolve("moved"));
    listener.awaitCovered("old");
    Files.createDirectories(root.resolve("old/inner"));
    settle("marker");
    Files.createFile(outside.resolve("moved/inner/elsewhere"));
    Files.createFile(root.resolve("old/inner/new"));
    listener.awaitCovered("old/inner/new");
  }

  @Test
  void aDirectoryMovedInIsCoveredAndWatched() throws Exception {
    Files.createDirectories(outside.resolve("came/inner"));
    Files.createFile(outside.resolve("came/inner/file"));
    Files.move(outside.resolve("came"), root.resolve("came"));
    listener.awaitCovered("came", "came/inner", "came/inner/file");
    settle("marker");
    Files.createFile(root.resolve("came/inner/new"));
    listener.awaitCovered("came/inner/new");
  }

  @Test
  void aFileThatBecomesADirectoryIsWatched() throws Exception {
    Files.delete(root.resolve("old/file"));
    Files.createDirectory(root.resolve("old/file"));
    listener.awaitCovered("old/file");
    settle("marker");
    Files.createFile(root.resolve("old/file/new"));
    listener.awaitCovered("old/file/new");
  }

  @Test
  void aBurstInOneDirectoryIsCovered() throws Exception {
    for (int i = 0; i < 2_000; i++) {
      Files.createFile(root.resolve("old/inner/f" + i));
    }
    listener.awaitCovered(IntStream.range(0, 2_000).mapToObj(i -> "old/inner/f" + i).toList());
  }

  @Test
  void excludedDirectoriesAreNotWatched() throws Exception {
    Files.createFile(root.resolve("excluded/file"));
    Files.createFile(root.resolve("excluded/inner/file"));
    Files.createFile(root.resolve("last"));
    listener.awaitCovered("last");
    assertThat(listener.changed()).noneMatch(path -> path.latin1().startsWith("excluded/"));
  }

  @Test
  void everyNameIsHintedAtByteForByte() throws Exception {
    for (String name : AwkwardNames.ALL) {
      Files.createDirectory(at(name));
      listener.awaitChanged(name);
      settle("marker-" + AwkwardNames.ALL.indexOf(name));
      Files.createFile(at(name + '/' + name));
      listener.awaitCovered(name + '/' + name);
    }
  }

  final Path at(String latin1) {
    return NativeNames.path(NativeNames.latin1(root), RelPath.ofLatin1(latin1));
  }

  @Test
  void nothingIsReportedOnceItIsClosed() throws Exception {
    Files.createFile(root.resolve("first"));
    listener.awaitCovered("first");
    source.close();
    listener.forget();
    Files.createFile(root.resolve("second"));
    assertThat(listener.changed()).isEmpty();
    source.close();
  }

  static void delete(Path directory) throws IOException {
    try (Stream<Path> below = Files.walk(directory)) {
      List<Path> deepestFirst = below.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    }
  }
}
