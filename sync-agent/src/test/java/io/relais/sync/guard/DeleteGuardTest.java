package io.relais.sync.guard;

import static io.relais.sync.entry.Entries.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.guard.DeleteGuard.LossTally;
import io.relais.sync.guard.GuardViolation.Reason;
import io.relais.sync.path.RelPath;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class DeleteGuardTest {
  private static final RootIdentity ROOT = new RootIdentity(1, 100, 5000);
  private static final DeleteGuard GUARD = new DeleteGuard(0.5, 100);

  record Row(String what, Case facts, @Nullable Reason expected) {
    @Override
    public String toString() {
      return what;
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void objectsAsTheTableSays(Row row) {
    assertThat(row.facts.check(GUARD).map(GuardViolation::reason))
        .isEqualTo(Optional.ofNullable(row.expected));
  }

  static Stream<Row> rows() {
    return Stream.of(
        new Row("nothing to delete", roots(ROOT, ROOT), null),
        new Row("first plan of a mirror", roots(null, ROOT), null),
        new Row("root missing", roots(ROOT, null), Reason.ROOT_MISSING),
        new Row("root missing from the start", roots(null, null), Reason.ROOT_MISSING),
        new Row("another inode", roots(ROOT, new RootIdentity(1, 101, 5000)), Reason.ROOT_REPLACED),
        new Row("inode used again", roots(ROOT, new RootIdentity(1, 100, 6)), Reason.ROOT_REPLACED),
        new Row("renumbered at boot", roots(ROOT, new RootIdentity(9, 100, 5000)), null),
        new Row(
            "another file system",
            roots(ROOT, new RootIdentity(9, 2, 6)),
            Reason.ROOT_ON_ANOTHER_DEVICE),
        new Row(
            "another device, no birth known",
            roots(new RootIdentity(1, 2, 0), new RootIdentity(9, 2, 0)),
            Reason.ROOT_ON_ANOTHER_DEVICE),
        new Row("birth known only now", roots(new RootIdentity(1, 100, 0), ROOT), null),
        new Row("emptied", emptied(1), Reason.SOURCE_EMPTIED),
        new Row("empty on both sides", emptied(0), null),
        new Row("a symlink was switched", switched(), null),
        new Row("99 of 100", deletes(100, 99), null),
        new Row("100 of 199", deletes(199, 100), Reason.TOO_MANY_DELETES),
        new Row("exactly half", deletes(200, 100), null),
        new Row("more than half", deletes(200, 101), Reason.TOO_MANY_DELETES),
        new Row("many, but a small share", deletes(1_000_000, 10_000), null),
        new Row("as many, with those before", counted(200, 60, 60), Reason.TOO_MANY_DELETES),
        new Row("too many before, and nothing now", counted(200, 150, 0), null),
        new Row("many now, of which none had stood", young(200, 0, 150), null),
        new Row("the same, after half of all was lost", young(200, 101, 150), null),
        new Row("a mount of its own file system is gone", unmounted(1), Reason.MOUNT_MISSING),
        new Row("the same, with nothing below it", unmounted(0), null),
        new Row("a nested mount is gone", mount(ROOT, 7, 1, 3), Reason.MOUNT_MISSING),
        new Row("gone, but holding nothing", mount(ROOT, 7, 1, 0), null),
        new Row("another mount in its place", mount(ROOT, 7, 8, 3), Reason.MOUNT_MISSING),
        new Row("a mount came", mount(ROOT, 1, 7, 3), Reason.MOUNT_MISSING),
        new Row("all renumbered at boot", mount(new RootIdentity(9, 100, 5000), 1, 9, 3), null),
        new Row("mounts renumbered at boot", mount(new RootIdentity(9, 100, 5000), 7, 8, 3), null),
        new Row(
            "renumbered at boot, and one gone",
            mount(new RootIdentity(9, 100, 5000), 7, 9, 3),
            Reason.MOUNT_MISSING));
  }

  @Test
  void stopsAllOnlyWhereTheSourceIsInDoubt() {
    assertThat(veto(roots(ROOT, null)).kind()).isEqualTo(GuardViolation.Rule.STOP_ALL);
    assertThat(veto(deletes(200, 150)).kind()).isEqualTo(GuardViolation.Rule.HOLD_DELETES);
    assertThat(veto(mount(ROOT, 7, 1, 3)).kind()).isEqualTo(GuardViolation.Rule.HOLD_DELETES);
  }

  @Test
  void namesTheSameFindingTheSameThoughMoreIsSentMeanwhile() {
    assertThat(veto(deletes(210, 150)).id())
        .isEqualTo(veto(deletes(200, 150)).id())
        .isNotEqualTo(veto(deletes(200, 151)).id())
        .matches("[0-9a-f]{8}");
    assertThat(veto(roots(ROOT, new RootIdentity(1, 7, 7))).id())
        .isNotEqualTo(veto(roots(ROOT, new RootIdentity(1, 8, 7))).id());
  }

  @Test
  void saysWhatItFound() {
    assertThat(veto(deletes(2_000, 1_500)).message())
        .isEqualTo(
            "1,500 of 2,000 entries would be deleted; nothing is deleted until a person agrees");
    assertThat(veto(mount(ROOT, 8L << 32 | 1, 1, 3)).message())
        .contains("m is on another device than before (8:1, now 0:1), and 3 entries");
  }

  @Test
  void asksAboutEveryDeletionWithZeroes() {
    DeleteGuard strict = new DeleteGuard(0, 0);

    assertThat(deletes(100, 0).check(strict)).isEmpty();
    assertThat(deletes(100, 1).check(strict)).isPresent();
  }

  @Test
  void refusesAShareThatIsNone() {
    assertThatIllegalArgumentException().isThrownBy(() -> new DeleteGuard(1.5, 100));
    assertThatIllegalArgumentException().isThrownBy(() -> new DeleteGuard(0.5, -1));
  }

  /** What the guard is asked. */
  record Case(GuardInput facts, LossTally toll) {
    Optional<GuardViolation> check(DeleteGuard guard) {
      return guard.check(facts, toll);
    }
  }

  private static GuardViolation veto(Case each) {
    return each.check(GUARD).orElseThrow();
  }

  private static Case roots(@Nullable RootIdentity before, @Nullable RootIdentity now) {
    return new Case(
        new GuardInput(before, now, false, false, 1000, paths(0), paths(0), none()),
        LossTally.NONE);
  }

  private static Case switched() {
    RootIdentity other = new RootIdentity(2, 7, 7);
    return new Case(
        new GuardInput(ROOT, other, true, false, 1000, paths(0), paths(0), none()), LossTally.NONE);
  }

  private static Case emptied(int known) {
    ImmutableList<RelPath> deletes = paths(known);
    return new Case(
        new GuardInput(ROOT, ROOT, false, true, known, deletes, paths(0), none()),
        new LossTally(known, 0, deletes));
  }

  private static Case deletes(long known, int deletes) {
    return counted(known, 0, deletes);
  }

  private static Case counted(long stood, long gone, int deletes) {
    return new Case(
        new GuardInput(ROOT, ROOT, false, false, stood, paths(deletes), paths(0), none()),
        new LossTally(stood, gone, paths(deletes)));
  }

  private static Case young(long stood, long gone, int deletes) {
    return new Case(
        new GuardInput(ROOT, ROOT, false, false, stood, paths(deletes), paths(0), none()),
        new LossTally(stood, gone, paths(0)));
  }

  private static Case mount(RootIdentity now, long before, long after, int deletes) {
    return moved(now, new GuardInput.Moved(path("m"), before, after, false, deletes));
  }

  private static Case unmounted(int deletes) {
    return moved(ROOT, new GuardInput.Moved(path("m"), 1, 1, true, deletes));
  }

  private static Case moved(RootIdentity now, GuardInput.Moved moved) {
    ImmutableList<RelPath> deletes = paths((int) moved.deletes());
    return new Case(
        new GuardInput(ROOT, now, false, false, 1000, deletes, paths(0), ImmutableList.of(moved)),
        new LossTally(1000, 0, deletes));
  }

  private static ImmutableList<RelPath> paths(int number) {
    return IntStream.range(0, number)
        .mapToObj(i -> path("m/f" + i))
        .collect(ImmutableList.toImmutableList());
  }

  private static ImmutableList<GuardInput.Moved> none() {
    return ImmutableList.of();
  }
}
