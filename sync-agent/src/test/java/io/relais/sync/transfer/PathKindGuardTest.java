package io.relais.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PathKindGuardTest {
  private static final RelPath D = RelPath.ofLatin1("d");
  private static final RelPath FILE = D.child("f");

  private final Map<RelPath, IndexEntry> index = new HashMap<>();
  private final PathKindGuard kinds = new PathKindGuard(index::get);

  private static SourceEntry entry(EntryKind entryKind) {
    return new SourceEntry(
        entryKind, 0, 1, 1, 0755, 1, 1, entryKind == EntryKind.SYMLINK ? "../outside" : null);
  }

  private void know(RelPath path, EntryKind entryKind) {
    index.put(path, new IndexEntry(entry(entryKind), entry(entryKind).asTarget(), null));
  }

  private static Step upload(RelPath path) {
    return new Step.Upload(path, entry(EntryKind.FILE), null, null);
  }

  /** Each is a change that a server would carry out behind a symlink in the place of {@code d}. */
  private static List<Step> below() {
    return List.of(
        upload(FILE),
        new Step.MakeSymlink(FILE, entry(EntryKind.SYMLINK)),
        new Step.MakeDirectory(FILE, entry(EntryKind.DIRECTORY)),
        new Step.SetAttributes(FILE, entry(EntryKind.FILE)),
        new Step.Unlock(FILE, 0700),
        new Step.Delete(FILE, EntryKind.FILE),
        new Step.MoveAside(FILE, EntryKind.FILE));
  }

  @Test
  void letsNothingBelowWhatTheIndexHasAsAnythingButADirectory() {
    for (EntryKind entryKind : List.of(EntryKind.SYMLINK, EntryKind.FILE)) {
      know(D, entryKind);
      PathKindGuard fresh = new PathKindGuard(index::get);
      for (Step step : below()) {
        assertThat(fresh.begin(step)).as("%s below a %s", step, entryKind).isEqualTo(D);
      }
    }
  }

  @Test
  void letsNothingBelowWhatThisRunHasMadeAnythingButADirectory() {
    know(D, EntryKind.DIRECTORY);
    assertThat(kinds.begin(upload(FILE))).isNull();

    assertThat(kinds.begin(new Step.MoveAside(D, EntryKind.DIRECTORY))).isNull();
    for (Step step : below()) {
      assertThat(kinds.begin(step)).as("%s", step).isEqualTo(D);
    }
    assertThat(kinds.begin(new Step.MakeSymlink(D, entry(EntryKind.SYMLINK)))).isNull();
    for (Step step : below()) {
      assertThat(kinds.begin(step)).as("%s", step).isEqualTo(D);
    }
    assertThat(kinds.begin(new Step.SetAttributes(D, entry(EntryKind.DIRECTORY)))).isEqualTo(D);
    assertThat(kinds.begin(new Step.Unlock(D, 0700))).isEqualTo(D);
  }

  @Test
  void letsOnWhatThisRunHasMadeADirectory() {
    know(D, EntryKind.SYMLINK);
    assertThat(kinds.begin(new Step.MoveAside(D, EntryKind.SYMLINK))).isNull();
    assertThat(kinds.begin(new Step.MakeDirectory(D, entry(EntryKind.DIRECTORY)))).isNull();

    assertThat(kinds.begin(upload(FILE))).isNull();
    assertThat(kinds.begin(new Step.SetAttributes(D, entry(EntryKind.DIRECTORY)))).isNull();
  }

  @Test
  void setsNothingOnAnotherKindThanTheIndexHas() {
    know(FILE, EntryKind.SYMLINK);
    know(D, EntryKind.DIRECTORY);

    assertThat(kinds.begin(new Step.SetAttributes(FILE, entry(EntryKind.FILE)))).isEqualTo(FILE);
    assertThat(kinds.begin(new Step.SetAttributes(FILE, entry(EntryKind.SYMLINK)))).isNull();
    assertThat(kinds.begin(new Step.Unlock(FILE, 0700))).isEqualTo(FILE);
  }

  @Test
  void leavesWhatNothingIsKnownOfToTheServer() {
    for (Step step : below()) {
      assertThat(new PathKindGuard(index::get).begin(step)).as("%s", step).isNull();
    }
  }
}
