package io.relais.sync.move;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import io.relais.sync.engine.Cycle;
import io.relais.sync.engine.MoveRig;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.SyncRules.Exclusion;
import io.relais.sync.remote.InMemoryDisk.Operation;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.source.ExcludeRules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What moves at the source moves at the target, seen by hints and by a scan of everything. */
final class RenameReplayTest {
  @TempDir Path directory;

  /**
   * Commands are {@code from>to} for a rename, {@code +directory}, {@code -tree}, {@code path=} to
   * rewrite, {@code path^} to touch, {@code path!} to set a mode, {@code from&to} for a hard link.
   */
  @ParameterizedTest
  @CsvSource({
    "a file,                      a,               a>b,                  0, 1",
    "a file elsewhere,            a d/x,           a>d/a,                0, 1",
    "a file with another mode,    a,               a! a>b,               0, 1",
    "a mode set once it moved,    a,               a>b b!,               0, 1",
    "a directory with one,        d/a d/b,         d! d>n,               0, 1",
    "a file over another,         a b,             a>b,                  0, 1",
    "a directory,                 d/a d/b d/e/c,   d>n,                  0, 1",
    "a directory into another,    d/a d/b e/x,     d>e/d,                0, 1",
    "a directory into a new one,  d/a d/b,         +n d>n/d,             0, 1",
    "deep into new ones,          d/a d/b,         +n +n/m d>n/m/d,      0, 1",
    "a chain,                     a b c,           c>d b>c a>b,          0, 3",
    "a swap,                      a b,             a>t b>a t>b,          0, 3",
    "a swap of directories,       d/a e/a,         d>t e>d t>e,          0, 3",
    "a chain of directories,      d/a n/a,         d>o n>d,              0, 2",
    "then something new in it,    d/a d/b,         d>n n/c=,             1, 1",
    "then a change in it,         d/a d/b d/c,     d>n n/c=,             1, 2",
    "then a delete in it,         d/a d/b d/c,     d>n -n/c,             0, 2",
    "then a move in it,           d/a d/b d/c,     d>n n/c>n/e,          0, 3",
    "then a move out of it,       d/a d/b d/c,     d>n n/c>e,            0, 3",
    "then a move into it,         d/a d/b c,       d>n c>n/c,            0, 2",
    "a file and then a change,    a,               a>b b=,               1, 0",
    "a file and then a touch,     a,               a>b b^,               0, 1",
    "out of what is deleted,      d/a d/b e/x,     d/a>e/a -d,           0, 1",
    "all out into a new one,      d/a d/b,         +n d/a>n/a d/b>n/b -d, 0, 2",
    "over a deleted directory,    d/a d/b n/a n/c, -n d>n,               0, 2",
    "a file where a tree was,     a d/b,           -d a>d,               1, 0",
    "the old path made anew,      d/a d/b,         d>n +d d/a=,          1, 1",
    "the old path moved over,     d/a d/b c,       d>n +d c>d/c,         0, 2",
    "out of its own directory,    d/a/x d/b,       d/a>t -d t>d,         0, 1",
    "saved by a temporary,        a,               t= t>a,               1, 0",
    "linked and removed,          a,               a&b -a,               0, 1",
    "one of two links,            a,               a&b,                  1, 0",
  })
  void moves(String what, String files, String commands, int sent, int moved) throws IOException {
    for (boolean hinted : List.of(true, false)) {
      Path below = Files.createDirectory(directory.resolve("hinted-" + hinted));
      MoveRig rig = new MoveRig(below, true, false, Exclusion.NONE);
      rig.begin(files.split(" "));
      int staged = rig.count(Operation.STAGE_FILE);

      change(rig.source, commands);
      Cycle.Outcome outcome = hinted ? rig.syncHinted() : rig.syncAll();

      rig.assertEqual();
      assertThat(rig.count(Operation.STAGE_FILE) - staged).as("%s: sent", what).isEqualTo(sent);
      assertThat(outcome.moved()).as("%s: moved", what).isEqualTo(moved);
    }
  }

  private static void change(Path root, String commands) throws IOException {
    for (String command : commands.split(" ")) {
      char kind = command.charAt(command.length() - 1);
      if (command.startsWith("+")) {
        Files.createDirectory(root.resolve(command.substring(1)));
      } else if (command.startsWith("-")) {
        delete(root.resolve(command.substring(1)));
      } else if (kind == '=') {
        Path file = root.resolve(command.substring(0, command.length() - 1));
        Files.writeString(file, "rewritten " + file);
      } else if (kind == '^') {
        Path file = root.resolve(command.substring(0, command.length() - 1));
        Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.fromMillis(12_345_678));
      } else if (kind == '!') {
        Path path = root.resolve(command.substring(0, command.length() - 1));
        Files.setAttribute(path, "unix:mode", 0700);
      } else if (command.contains("&")) {
        String[] ends = command.split("&");
        Files.createLink(root.resolve(ends[1]), root.resolve(ends[0]));
      } else {
        String[] ends = command.split(">");
        Files.move(
            root.resolve(ends[0]), root.resolve(ends[1]), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static void delete(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      try (var children = Files.list(path)) {
        for (Path child : children.toList()) {
          delete(child);
        }
      }
    }
    Files.delete(path);
  }

  @Test
  void movesADirectoryOfAThousandFilesByOneRequest() throws IOException {
    MoveRig rig = new MoveRig(directory, true, false, Exclusion.NONE);
    String[] files = new String[1_000];
    for (int i = 0; i < files.length; i++) {
      files[i] = "d/" + i % 10 + "/f" + i;
    }
    rig.begin(files);
    int sent = rig.count(Operation.STAGE_FILE);
    int set = rig.count(Operation.SET_ATTRIBUTES);

    change(rig.source, "d>n");
    rig.syncHinted();

    assertThat(rig.count(Operation.MOVE)).isEqualTo(1);
    assertThat(rig.count(Operation.STAGE_FILE)).isEqualTo(sent);
    assertThat(rig.count(Operation.SET_ATTRIBUTES) - set).as("the root's time").isEqualTo(1);
    assertThat(rig.count(Operation.REMOVE_FILE)).isZero();
    rig.assertEqual();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "d/c"})
  void findsTheOtherEndAmongWhatIsDueSoon(String due) throws IOException {
    MoveRig rig = new MoveRig(directory, true, false, Exclusion.NONE);
    rig.begin("a", "d/b");
    int sent = rig.count(Operation.STAGE_FILE);
    change(rig.source, "a>d/c");
    ScanScope both = rig.hinted();

    rig.upcoming = both.hints();
    rig.sync(
        new ScanScope(ImmutableSet.of(RelPath.ofLatin1(due)), ImmutableSet.of(), ImmutableSet.of()),
        Long.MAX_VALUE);
    rig.sync(both, Long.MAX_VALUE);

    assertThat(rig.count(Operation.STAGE_FILE)).isEqualTo(sent);
    rig.assertEqual();
  }

  @Test
  void findsWhereADirectoryWasBeforeAnythingIsHeardOfThat() throws IOException {
    MoveRig rig = new MoveRig(directory, true, false, Exclusion.NONE);
    rig.begin("d/a", "d/b/c", "e/x");
    int sent = rig.count(Operation.STAGE_FILE);
    change(rig.source, "d>e/n");
    ScanScope both = rig.hinted();

    rig.sync(
        new ScanScope(
            ImmutableSet.of(RelPath.ofLatin1("e/n")), ImmutableSet.of(), ImmutableSet.of()),
        Long.MAX_VALUE);
    rig.sync(both, Long.MAX_VALUE);

    assertThat(rig.count(Operation.STAGE_FILE)).isEqualTo(sent);
    rig.assertEqual();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "d/a"})
  void sendsWhatIsMissingAtTheTarget(String file) throws IOException {
    MoveRig rig = new MoveRig(directory, true, false, Exclusion.NONE);
    rig.begin(file, "x");
    rig.disk.lose(RelPath.ofLatin1(file.substring(0, 1)));
    change(rig.source, file.substring(0, 1) + ">moved");

    Cycle.Outcome outcome = rig.syncHinted();

    assertThat(outcome.moved()).isZero();
    rig.assertEqual();
  }

  @ParameterizedTest
  @CsvSource({
    "over another file, a b,         b,   a>b",
    "chain's beginning, a b c,       a,   c>d b>c a>b",
    "chain's middle,    a b c,       b,   c>d b>c a>b",
    "chain's end,       a b c,       c,   c>d b>c a>b",
    "swap,              a b,         a,   a>t b>a t>b",
    "swap's other,      a b,         b,   a>t b>a t>b",
    "swapped directory, d/a e/b,     d,   d>t e>d t>e",
    "moved and changed, a b,         a,   a>c c=",
    "all of a chain,    a b x,       a b, b>c a>b",
  })
  void sendsWhatIsMissingOnTheWayOfAMove(String what, String files, String lost, String commands)
      throws IOException {
    for (boolean hinted : List.of(true, false)) {
      Path below = Files.createDirectory(directory.resolve("hinted-" + hinted));
      MoveRig rig = new MoveRig(below, true, false, Exclusion.NONE);
      rig.begin(files.split(" "));
      for (String each : lost.split(" ")) {
        rig.disk.lose(RelPath.ofLatin1(each));
      }
      change(rig.source, commands);

      if (hinted) {
        rig.syncHinted();
      } else {
        rig.syncAll();
      }

      rig.assertEqual();
    }
  }

  @Test
  void aScanSendsWhatIsMissingInADirectoryThatMoved() throws IOException {
    MoveRig rig = new MoveRig(directory, true, false, Exclusion.NONE);
    rig.begin("d/a", "d/b", "d/e/c");
    int sent = rig.count(Operation.STAGE_FILE);
    rig.disk.lose(RelPath.ofLatin1("d/b"));
    change(rig.source, "d>n");

    Cycle.Outcome outcome = rig.syncAll();

    assertThat(outcome.moved()).isEqualTo(1);
    assertThat(rig.count(Operation.STAGE_FILE) - sent).isEqualTo(1);
    rig.assertEqual();
  }

  @Test
  void doesNotTakeANewEntryForAnOldOneThatHadItsInode() throws IOException {
    MoveRig rig = new MoveRig(directory, true, false, Exclusion.NONE);
    rig.begin("d/a", "d/b");
    rig.afterChange =
        () -> assertThat(rig.disk.snapshot()).doesNotContainKey(RelPath.ofLatin1("n/b"));
    // Most file systems give the inodes that were freed last to what is made next.
    change(rig.source, "-d +n n/a= n/c=");

    Cycle.Outcome outcome = rig.syncAll();

    assertThat(outcome.moved()).isZero();
    rig.assertEqual();
  }

  @Test
  void doesNotShowAnOldContentUnderANewName() throws IOException {
    MoveRig rig = new MoveRig(directory, true, false, Exclusion.NONE);
    rig.begin("part", "d/a", "d/b", "done");
    RelPath done = RelPath.ofLatin1("done");
    RelPath inside = RelPath.ofLatin1("n/a");
    Files.writeString(rig.source.resolve("part"), " and more", StandardOpenOption.APPEND);
    Files.writeString(rig.source.resolve("d/a"), "content of D/A");
    change(rig.source, "part>done d>n");
    rig.afterChange =
        () -> {
          assertThat(new String(rig.disk.contentOf(done), UTF_8))
              .isIn("content of done", "content of part and more");
          if (rig.disk.snapshot().containsKey(inside)) {
            assertThat(rig.disk.contentOf(inside)).asString(UTF_8).isEqualTo("content of D/A");
          }
        };

    rig.syncHinted();

    rig.assertEqual();
  }

  @Test
  void movesIntoAnExcludedPlaceAreDeletesAndOutOfOneAreSent() throws IOException {
    MoveRig rig = new MoveRig(directory, true, false, ExcludeRules.of(List.of("/cache/", "*.no")));
    rig.begin("a", "d/x", "e/y", "e/z", "cache/c", "cache/d/e");
    int sent = rig.count(Operation.STAGE_FILE);

    change(rig.source, "a>cache/a d>cache/n cache/c>c cache/d>m e/y>e/y.no");
    Cycle.Outcome outcome = rig.syncHinted();

    assertThat(outcome.moved()).isZero();
    assertThat(rig.count(Operation.STAGE_FILE) - sent).isEqualTo(2);
    rig.assertEqual();
  }

  @Test
  void doesNotTakeAWholeDirectoryWherePatternsReadItsPlaceDifferently() throws IOException {
    MoveRig rig = new MoveRig(directory, true, false, ExcludeRules.of(List.of("/n/secret")));
    rig.begin("d/secret", "d/a", "d/b");
    rig.afterChange =
        () -> assertThat(rig.disk.snapshot()).doesNotContainKey(RelPath.ofLatin1("n/secret"));

    change(rig.source, "d>n");
    Cycle.Outcome outcome = rig.syncHinted();

    assertThat(outcome.moved()).isEqualTo(2);
    rig.assertEqual();
  }

  @Test
  void movesOutOfAndIntoDirectoriesThatAreLocked() throws IOException {
    MoveRig rig = new MoveRig(directory, true, false, Exclusion.NONE);
    for (String file : List.of("d/a", "e/b", "x/n/c")) {
      Files.createDirectories(rig.source.resolve(file).getParent());
      Files.writeString(rig.source.resolve(file), file);
    }
    for (String locked : List.of("d", "e", "x/n")) {
      Files.setAttribute(rig.source.resolve(locked), "unix:mode", 0555);
    }
    rig.begin("other");
    int sent = rig.count(Operation.STAGE_FILE);

    for (String locked : List.of("d", "e", "x/n")) {
      Files.setAttribute(rig.source.resolve(locked), "unix:mode", 0755);
    }
    change(rig.source, "d/a>e/a x/n>n");
    for (String locked : List.of("d", "e", "n")) {
      Files.setAttribute(rig.source.resolve(locked), "unix:mode", 0555);
    }
    Cycle.Outcome outcome = rig.syncHinted();

    assertThat(outcome.moved()).isEqualTo(2);
    assertThat(rig.count(Operation.STAGE_FILE)).isEqualTo(sent);
    rig.assertEqual();
    for (String locked : List.of("d", "e", "n")) {
      Files.setAttribute(rig.source.resolve(locked), "unix:mode", 0755);
    }
  }

  /** What the target has under a path in between is known, though the source has it no more. */
  @Test
  void movesAFileWhoseModeHasChangedAndThatMovesOn() throws IOException {
    MoveRig rig = new MoveRig(directory, true, false, Exclusion.NONE);
    rig.begin("a", "other");
    Files.setAttribute(rig.source.resolve("a"), "unix:mode", 0600);
    change(rig.source, "a>b");
    ScanScope first = rig.hinted();
    rig.afterChange =
        () -> {
          if (rig.disk.snapshot().containsKey(RelPath.ROOT.child("b"))) {
            moveOn(rig.source);
          }
        };
    rig.sync(first, Long.MAX_VALUE);
    rig.afterChange = () -> {};

    rig.syncHinted();

    rig.assertEqual();
  }

  private static void moveOn(Path source) {
    try {
      if (Files.exists(source.resolve("b"))) {
        change(source, "b>c");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whatever step it is killed at: the next round ends equal, and sends nothing that was there. */
  @ParameterizedTest
  @CsvSource({
    "d/a d/b d/c,     d>n,                  0",
    "d/a d/b e/x,     d>e/d,                0",
    "d/a d/b,         +n d>n/d,             0",
    "a b c,           b>d a>b c>a,          0",
    "a d/x,           a>d/a d/x>x,          0",
    "a b,             a>t b>a t>b,          1",
    "d/a e/b,         d>t e>d t>e,          1",
  })
  void healsWhereverItWasKilled(String files, String commands, int atMost) throws IOException {
    boolean killed = true;
    for (int steps = 0; killed; steps++) {
      Path below = Files.createDirectory(directory.resolve("steps-" + steps));
      MoveRig rig = new MoveRig(below, true, false, Exclusion.NONE);
      rig.begin(files.split(" "));
      int sent = rig.count(Operation.STAGE_FILE);
      change(rig.source, commands);
      killed = isKilled(rig, steps);

      rig.syncAll();

      rig.assertEqual();
      assertThat(rig.count(Operation.STAGE_FILE) - sent)
          .as("killed after %d steps", steps)
          .isLessThanOrEqualTo(atMost);
    }
  }

  private static boolean isKilled(MoveRig rig, int steps) throws IOException {
    try {
      rig.sync(rig.hinted(), steps);
      return false;
    } catch (TargetUnavailableException | IllegalStateException e) {
      assertThat(e).hasMessage("killed");
      return true;
    }
  }

  @ParameterizedTest
  @CsvSource({"false, false", "true, true"})
  void leavesMovesAloneWhereTheyWouldDoHarm(boolean delete, boolean consistent) throws IOException {
    MoveRig rig = new MoveRig(directory, delete, consistent, Exclusion.NONE);
    rig.begin("a", "d/b");

    change(rig.source, "a>c d>e");
    Cycle.Outcome outcome = rig.syncAll();

    assertThat(outcome.moved()).isZero();
    assertThat(rig.disk.snapshot().containsKey(RelPath.ofLatin1("a"))).isEqualTo(!delete);
    assertThat(rig.disk.snapshot()).containsKey(RelPath.ofLatin1("e/b"));
  }
}
