package io.relais.sync.plan;

import static io.relais.sync.plan.Entries.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import io.relais.sync.plan.Veto.Reason;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class DeleteGuardTest {
  private static final RootStamp ROOT = new RootStamp(1, 100, 5000);
  private static final DeleteGuard GUARD = new DeleteGuard(0.5, 100);

  record Row(String what, GuardFacts facts, @Nullable Reason expected) {
    @Override
    public String toString() {
      return what;
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void objectsAsTheTableSays(Row row) {
    assertThat(GUARD.check(row.facts).map(Veto::reason))
        .isEqualTo(Optional.ofNullable(row.expected));
  }

  static Stream<Row> rows() {
    return Stream.of(
        new Row("nothing to delete", roots(ROOT, ROOT), null),
        new Row("first plan of a mirror", roots(null, ROOT), null),
        new Row("root missing", roots(ROOT, null), Reason.ROOT_MISSING),
        new Row("root missing from the start", roots(null, null), Reason.ROOT_MISSING),
        new Row("another inode", roots(ROOT, new RootStamp(1, 101, 5000)), Reason.ROOT_REPLACED),
        new Row("inode used again", roots(ROOT, new RootStamp(1, 100, 6)), Reason.ROOT_REPLACED),
        new Row("renumbered at boot", roots(ROOT, new RootStamp(9, 100, 5000)), null),
        new Row(
            "another file system",
            roots(ROOT, new RootStamp(9, 2, 6)),
            Reason.ROOT_ON_ANOTHER_DEVICE),
        new Row(
            "another device, no birth known",
            roots(new RootStamp(1, 2, 0), new RootStamp(9, 2, 0)),
            Reason.ROOT_ON_ANOTHER_DEVICE),
        new Row("birth known only now", roots(new RootStamp(1, 100, 0), ROOT), null),
        new Row("emptied", new GuardFacts(ROOT, ROOT, true, 1, 1, none()), Reason.SOURCE_EMPTIED),
        new Row("empty on both sides", new GuardFacts(ROOT, ROOT, true, 0, 0, none()), null),
        new Row("99 of 100", deletes(100, 99), null),
        new Row("100 of 199", deletes(199, 100), Reason.TOO_MANY_DELETES),
        new Row("exactly half", deletes(200, 100), null),
        new Row("more than half", deletes(200, 101), Reason.TOO_MANY_DELETES),
        new Row("many, but a small share", deletes(1_000_000, 10_000), null),
        new Row("a nested mount is gone", mount(ROOT, 7, 1, 3), Reason.MOUNT_MISSING),
        new Row("gone, but holding nothing", mount(ROOT, 7, 1, 0), null),
        new Row("another mount in its place", mount(ROOT, 7, 8, 3), Reason.MOUNT_MISSING),
        new Row("a mount came", mount(ROOT, 1, 7, 3), Reason.MOUNT_MISSING),
        new Row("all renumbered at boot", mount(new RootStamp(9, 100, 5000), 1, 9, 3), null),
        new Row("mounts renumbered at boot", mount(new RootStamp(9, 100, 5000), 7, 8, 3), null),
        new Row(
            "renumbered at boot, and one gone",
            mount(new RootStamp(9, 100, 5000), 7, 9, 3),
            Reason.MOUNT_MISSING));
  }

  @Test
  void stopsAllOnlyWhereTheSourceIsInDoubt() {
    assertThat(veto(roots(ROOT, null)).kind()).isEqualTo(Veto.Kind.STOP_ALL);
    assertThat(veto(deletes(200, 150)).kind()).isEqualTo(Veto.Kind.HOLD_DELETES);
    assertThat(veto(mount(ROOT, 7, 1, 3)).kind()).isEqualTo(Veto.Kind.HOLD_DELETES);
  }

  @Test
  void namesTheSameFindingTheSameThoughMoreIsSentMeanwhile() {
    assertThat(veto(deletes(210, 150)).id())
        .isEqualTo(veto(deletes(200, 150)).id())
        .isNotEqualTo(veto(deletes(200, 151)).id())
        .matches("[0-9a-f]{8}");
    assertThat(veto(roots(ROOT, new RootStamp(1, 7, 7))).id())
        .isNotEqualTo(veto(roots(ROOT, new RootStamp(1, 8, 7))).id());
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

    assertThat(strict.check(deletes(100, 0))).isEmpty();
    assertThat(strict.check(deletes(100, 1))).isPresent();
  }

  @Test
  void refusesAShareThatIsNone() {
    assertThatIllegalArgumentException().isThrownBy(() -> new DeleteGuard(1.5, 100));
    assertThatIllegalArgumentException().isThrownBy(() -> new DeleteGuard(0.5, -1));
  }

  private static Veto veto(GuardFacts facts) {
    return GUARD.check(facts).orElseThrow();
  }

  private static GuardFacts roots(@Nullable RootStamp before, @Nullable RootStamp now) {
    return new GuardFacts(before, now, false, 1000, 0, none());
  }

  private static GuardFacts deletes(long known, long deletes) {
    return new GuardFacts(ROOT, ROOT, false, known, deletes, none());
  }

  private static GuardFacts mount(RootStamp now, long before, long after, long deletes) {
    GuardFacts.Moved moved = new GuardFacts.Moved(path("m"), before, after, deletes);
    return new GuardFacts(ROOT, now, false, 1000, deletes, ImmutableList.of(moved));
  }

  private static ImmutableList<GuardFacts.Moved> none() {
    return ImmutableList.of();
  }
}
