package io.relais.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.plan.Confirmed;
import io.relais.sync.plan.Kind;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.SourceEntry;
import io.relais.sync.plan.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PathKindsTest {
  private static final RelPath D = RelPath.ofLatin1("d");
  private static final RelPath FILE = D.child("f");

  private final Map<RelPath, Confirmed> index = new HashMap<>();
  private final PathKinds kinds = new PathKinds(index::get);

  private static SourceEntry entry(Kind kind) {
    return new SourceEntry(kind, 0, 1, 1, 0755, 1, 1, kind == Kind.SYMLINK ? "../outside" : null);
  }

  private void know(RelPath path, Kind kind) {
    index.put(path, new Confirmed(entry(kind), entry(kind).asTarget(), null));
  }

  private static Step upload(RelPath path) {
    return new Step.Upload(path, entry(Kind.FILE), null, null);
  }

  /** Each is a change that a server would carry out behind a symlink in the place of {@code d}. */
  private static List<Step> below() {
    return List.of(
        upload(FILE),
        new Step.MakeSymlink(FILE, entry(Kind.SYMLINK)),
        new Step.MakeDirectory(FILE, entry(Kind.DIRECTORY)),
        new Step.SetAttributes(FILE, entry(Kind.FILE)),
        new Step.Unlock(FILE, 0700),
        new Step.Delete(FILE, Kind.FILE),
        new Step.MoveAside(FILE, Kind.FILE));
  }

  @Test
  void letsNothingBelowWhatTheIndexHasAsAnythingButADirectory() {
    for (Kind kind : List.of(Kind.SYMLINK, Kind.FILE)) {
      know(D, kind);
      PathKinds fresh = new PathKinds(index::get);
      for (Step step : below()) {
        assertThat(fresh.begin(step)).as("%s below a %s", step, kind).isEqualTo(D);
      }
    }
  }

  @Test
  void letsNothingBelowWhatThisRunHasMadeAnythingButADirectory() {
    know(D, Kind.DIRECTORY);
    assertThat(kinds.begin(upload(FILE))).isNull();

    assertThat(kinds.begin(new Step.MoveAside(D, Kind.DIRECTORY))).isNull();
    for (Step step : below()) {
      assertThat(kinds.begin(step)).as("%s", step).isEqualTo(D);
    }
    assertThat(kinds.begin(new Step.MakeSymlink(D, entry(Kind.SYMLINK)))).isNull();
    for (Step step : below()) {
      assertThat(kinds.begin(step)).as("%s", step).isEqualTo(D);
    }
    assertThat(kinds.begin(new Step.SetAttributes(D, entry(Kind.DIRECTORY)))).isEqualTo(D);
    assertThat(kinds.begin(new Step.Unlock(D, 0700))).isEqualTo(D);
  }

  @Test
  void letsOnWhatThisRunHasMadeADirectory() {
    know(D, Kind.SYMLINK);
    assertThat(kinds.begin(new Step.MoveAside(D, Kind.SYMLINK))).isNull();
    assertThat(kinds.begin(new Step.MakeDirectory(D, entry(Kind.DIRECTORY)))).isNull();

    assertThat(kinds.begin(upload(FILE))).isNull();
    assertThat(kinds.begin(new Step.SetAttributes(D, entry(Kind.DIRECTORY)))).isNull();
  }

  @Test
  void setsNothingOnAnotherKindThanTheIndexHas() {
    know(FILE, Kind.SYMLINK);
    know(D, Kind.DIRECTORY);

    assertThat(kinds.begin(new Step.SetAttributes(FILE, entry(Kind.FILE)))).isEqualTo(FILE);
    assertThat(kinds.begin(new Step.SetAttributes(FILE, entry(Kind.SYMLINK)))).isNull();
    assertThat(kinds.begin(new Step.Unlock(FILE, 0700))).isEqualTo(FILE);
  }

  @Test
  void leavesWhatNothingIsKnownOfToTheServer() {
    for (Step step : below()) {
      assertThat(new PathKinds(index::get).begin(step)).as("%s", step).isNull();
    }
  }
}
