package io.relais.sync.move;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import io.relais.sync.engine.Cycle;
import io.relais.sync.engine.MoveRig;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Summary;
import io.relais.sync.plan.SyncRules.Exclusion;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.InMemoryDisk.Operation;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.scan.ScanScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Entries whose names change in upper and lower case alone, on a disk that does not tell them. */
final class CaseRenameReplayTest {
  @TempDir Path directory;

  private MoveRig rig(String name, boolean consistent) throws IOException {
    return new MoveRig(
        Files.createDirectory(directory.resolve(name)),
        true,
        consistent,
        Exclusion.NONE,
        InMemoryDisk.foldingCase());
  }

  /** Renames are {@code from>to}. */
  @ParameterizedTest
  @CsvSource({
    "a directory,            d/a d/e/b x,  d>D,                    1",
    "in a directory,         p/d/a p/x,    p/d>p/D,                1",
    "one in another,         d/e/f/a x,    d/e/f>d/e/F d>D,        2",
    "all on the way,         d/e/a,        d/e/a>d/e/A d/e>d/E d>D, 3",
    "a file,                 a x,          a>A,                    1",
    "several,                a b d/c,      a>A b>B d>D,            3",
  })
  void givesAnEntryItsNewSpelling(String what, String files, String renames, int moved)
      throws IOException {
    for (boolean hinted : List.of(true, false)) {
      MoveRig rig = rig("hinted-" + hinted, false);
      rig.begin(files.split(" "));
      int staged = rig.count(Operation.STAGE_FILE);

      rename(rig.source, renames);
      Cycle.Outcome outcome = hinted ? rig.syncHinted() : rescan(rig);

      rig.assertEqual();
      assertThat(rig.count(Operation.STAGE_FILE)).as("%s: sent", what).isEqualTo(staged);
      assertThat(outcome.moved()).as("%s: moved", what).isEqualTo(moved);
    }
  }

  /** What is renamed while a round is under way is not forgotten by it. */
  @ParameterizedTest
  @CsvSource({"true, false", "false, false", "false, true"})
  void givesItAlsoWhereThatChangesInARound(boolean listed, boolean replaced) throws IOException {
    MoveRig rig = rig("rig", false);
    rig.begin("a", "d/b", "d/e/c");
    int staged = rig.count(Operation.STAGE_FILE);
    rename(rig.source, "a>A");
    rig.afterChange = () -> renameOnce(rig.source, replaced);

    if (listed) {
      rig.syncAll();
    } else {
      rescan(rig);
    }
    rig.syncHinted();

    rig.assertEqual();
    assertThat(rig.count(Operation.STAGE_FILE) - staged).isEqualTo(replaced ? 1 : 0);
  }

  private static void renameOnce(Path source, boolean replaced) {
    try {
      if (Files.exists(source.resolve("d"))) {
        rename(source, "d>D");
        if (replaced) {
          Files.writeString(source.resolve("D/b"), "another content");
          Files.delete(source.resolve("D/e/c"));
          Files.delete(source.resolve("D/e"));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Cycle.Outcome rescan(MoveRig rig) throws IOException {
    ScanScope all =
        new ScanScope(ImmutableSet.of(), ImmutableSet.of(RelPath.ROOT), ImmutableSet.of());
    return rig.sync(all, Long.MAX_VALUE);
  }

  private static void rename(Path source, String renames) throws IOException {
    for (String each : renames.split(" ")) {
      String[] ends = each.split(">");
      Files.move(source.resolve(ends[0]), source.resolve(ends[1]));
    }
  }

  /** What only the directory that is gone held is deleted, and counted as that. */
  @Test
  void deletesWhatOnlyTheOtherOneOfTwoDirectoriesHeld() throws IOException {
    for (boolean hinted : List.of(true, false)) {
      MoveRig rig = withTwoAlike("hinted-" + hinted, false);

      Cycle.Outcome outcome = hinted ? rig.syncHinted() : rescan(rig);

      rig.assertEqual();
      assertThat(outcome.done()).extracting(Summary::deletes).isEqualTo(3L);
    }
  }

  private MoveRig withTwoAlike(String name, boolean consistent) throws IOException {
    MoveRig rig = rig(name, consistent);
    rig.begin("PAIR/one", "PAIR/sub/deep", "x");
    Files.createDirectory(rig.source.resolve("pair"));
    Files.writeString(rig.source.resolve("pair/two"), "two");
    rig.syncHinted();
    assertThat(rig.disk.snapshot()).doesNotContainKey(RelPath.ofLatin1("PAIR/two"));
    for (String each : List.of("PAIR/one", "PAIR/sub/deep", "PAIR/sub", "PAIR")) {
      Files.delete(rig.source.resolve(each));
    }
    return rig;
  }

  /** The old spelling stays, but nothing is left that the source has no more. */
  @ParameterizedTest
  @CsvSource({"true, false", "false, true"})
  void losesNothingThatItKnewWhereItMayNotRename(boolean consistent, boolean refused)
      throws IOException {
    MoveRig rig = withTwoAlike("rig", consistent);
    if (refused) {
      rig.disk.failNext(Operation.MOVE, RelPath.ofLatin1("PAIR"), Reason.FAILURE);
    }

    Cycle.Outcome outcome = rig.syncHinted();

    assertThat(outcome.moved()).isZero();
    assertThat(outcome.done()).extracting(Summary::deletes).isEqualTo(3L);
    assertThat(rig.disk.snapshot().keySet())
        .extracting(RelPath::latin1)
        .usingElementComparator(String.CASE_INSENSITIVE_ORDER)
        .containsExactlyInAnyOrder("PAIR", "PAIR/two", "x");
    assertThat(rig.syncAll().done()).isEqualTo(Summary.NOTHING);
  }

  /** Another file under a name that is the same there is sent, whatever it looks like. */
  @Test
  void sendsAFileThatIsNotTheOneOfTheOtherSpelling() throws IOException {
    MoveRig rig = rig("rig", false);
    rig.begin("README", "x");
    Path other = Files.writeString(rig.source.resolve("readme"), "ANOTHER is README");
    Files.setLastModifiedTime(other, Files.getLastModifiedTime(rig.source.resolve("README")));
    rig.syncHinted();
    Files.delete(rig.source.resolve("README"));

    Cycle.Outcome outcome = rig.syncHinted();

    assertThat(outcome.moved()).isZero();
    rig.assertEqual();
  }

  /** Whatever step it is killed at. */
  @Test
  void healsWhereverItWasKilled() throws IOException {
    boolean killed = true;
    for (int steps = 0; killed; steps++) {
      MoveRig rig = rig("steps-" + steps, false);
      rig.begin("d/e/a", "d/b", "x");
      int staged = rig.count(Operation.STAGE_FILE);
      rename(rig.source, "d/e>d/E d>D");
      killed = isKilled(rig, steps);

      rig.syncAll();

      rig.assertEqual();
      assertThat(rig.count(Operation.STAGE_FILE)).as("after %d", steps).isEqualTo(staged);
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
}
