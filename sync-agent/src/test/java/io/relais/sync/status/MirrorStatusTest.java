package io.relais.sync.status;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static io.relais.sync.status.MirrorState.Condition.CATCHING_UP;
import static io.relais.sync.status.MirrorState.Condition.COMPARING;
import static io.relais.sync.status.MirrorState.Condition.CONNECTING;
import static io.relais.sync.status.MirrorState.Condition.FAILING;
import static io.relais.sync.status.MirrorState.Condition.HALTED;
import static io.relais.sync.status.MirrorState.Condition.IN_SYNC;
import static io.relais.sync.status.MirrorState.Condition.OFFLINE;
import static io.relais.sync.status.MirrorState.Condition.PARTLY_WATCHED;
import static io.relais.sync.status.MirrorState.Condition.PENDING;
import static io.relais.sync.status.MirrorState.Condition.WAITING;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.status.MirrorFacts.Connection;
import io.relais.sync.status.MirrorFacts.Failures;
import io.relais.sync.status.MirrorFacts.Held;
import io.relais.sync.status.MirrorFacts.Sending;
import io.relais.sync.status.MirrorFacts.Watching;
import io.relais.sync.status.MirrorFacts.Work;
import io.relais.sync.status.MirrorState.Condition;
import io.relais.sync.status.MirrorState.Halt;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class MirrorStatusTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final Instant COMPARED = NOON.minusSeconds(60);
  private static final Instant LATER = NOON.plusSeconds(10);
  private static final Instant SEEN = NOON.minusSeconds(20);
  private static final Connection UP = new Connection.Up();
  private static final Connection LOST = new Connection.Lost("no route to host", LATER, false);
  private static final Connection NEW = new Connection.Connecting("backup");
  private static final Halt HALT =
      new Halt(
          "01234567",
          GuardViolation.Reason.TOO_MANY_DELETES,
          COMPARED,
          "too much",
          40,
          ImmutableList.of(),
          "bring it back",
          Optional.of("run it"));
  private static final Failures FAILS = new Failures(2, 40, 0, COMPARED.minusSeconds(5));
  private static final Watching SHORT =
      new Watching(true, ImmutableSet.of("no watch is left"), null, null);
  private static final Watching BLIND = new Watching(false, ImmutableSet.of(), null, null);
  private static final Watching DOUBTFUL =
      new Watching(true, ImmutableSet.of(), "events were lost", null);
  private static final Watching WHOLE = Watching.WHOLE;
  private static final Work NONE = Work.NONE;
  private static final Work WAITS = work(3, false, null, null);
  private static final Work LOST_EVENTS = work(1, true, null, null);
  private static final Work SENDS = work(1, false, new Sending(1, 2_000_000), null);
  private static final Work HELD = work(2, false, null, new Held(COMPARED, "access.log", null));

  private static final Work MISMATCH =
      work(15, false, null, new Held(COMPARED, null, "the key matches nothing"));

  private static Work work(
      long paths, boolean everything, @Nullable Sending sending, @Nullable Held held) {
    return new Work(7, paths, everything, paths == 0 ? null : SEEN, sending, held);
  }

  private static MirrorFacts facts(
      Connection connection,
      @Nullable Instant compared,
      @Nullable Halt halt,
      Work work,
      Failures failures,
      Watching watching) {
    return new MirrorFacts(connection, compared, halt, work, failures, watching, null);
  }

  /** What holds, what is said first first. */
  static Stream<Arguments> table() {
    Failures fine = Failures.NONE;
    return Stream.of(
        row(facts(UP, COMPARED, null, NONE, fine, WHOLE), IN_SYNC),
        row(facts(UP, COMPARED, null, NONE, fine, SHORT), PARTLY_WATCHED),
        row(facts(UP, COMPARED, null, NONE, fine, BLIND), PARTLY_WATCHED),
        row(facts(UP, COMPARED, null, WAITS, fine, WHOLE), PENDING),
        row(facts(UP, COMPARED, null, WAITS, fine, SHORT), PENDING),
        row(facts(UP, COMPARED, null, HELD, fine, WHOLE), WAITING),
        row(facts(UP, COMPARED, null, MISMATCH, fine, WHOLE), WAITING),
        row(facts(UP, COMPARED, null, SENDS, fine, WHOLE), CATCHING_UP),
        row(facts(UP, COMPARED, null, LOST_EVENTS, fine, WHOLE), COMPARING),
        row(facts(UP, COMPARED, null, NONE, FAILS, WHOLE), FAILING),
        row(facts(UP, COMPARED, null, WAITS, FAILS, WHOLE), FAILING, PENDING),
        row(facts(UP, COMPARED, null, SENDS, FAILS, WHOLE), FAILING, CATCHING_UP),
        row(facts(UP, COMPARED, null, HELD, FAILS, SHORT), FAILING, WAITING),
        row(facts(UP, COMPARED, HALT, NONE, fine, WHOLE), HALTED),
        row(facts(UP, COMPARED, HALT, SENDS, FAILS, WHOLE), HALTED, FAILING, CATCHING_UP),
        row(facts(UP, COMPARED, HALT, WAITS, fine, WHOLE), HALTED, PENDING),
        row(facts(UP, null, null, NONE, fine, WHOLE), COMPARING),
        row(facts(UP, null, null, WAITS, fine, WHOLE), COMPARING),
        row(facts(UP, null, null, SENDS, fine, WHOLE), CATCHING_UP),
        row(facts(UP, null, null, NONE, FAILS, WHOLE), COMPARING, FAILING),
        row(facts(UP, null, HALT, NONE, fine, WHOLE), HALTED),
        row(facts(LOST, COMPARED, null, NONE, fine, WHOLE), OFFLINE),
        row(facts(LOST, COMPARED, null, WAITS, FAILS, WHOLE), OFFLINE, FAILING),
        row(facts(LOST, null, HALT, NONE, fine, WHOLE), HALTED, OFFLINE),
        row(facts(NEW, null, null, NONE, fine, WHOLE), CONNECTING),
        row(facts(NEW, null, null, WAITS, fine, BLIND), CONNECTING));
  }

  private static Arguments row(MirrorFacts mirrorFacts, Condition... expected) {
    return Arguments.of(mirrorFacts, ImmutableList.copyOf(expected));
  }

  private static List<Condition> kinds(MirrorStatus mirrorStatus) {
    List<Condition> kinds = new ArrayList<>();
    kinds.add(mirrorStatus.state().kind());
    mirrorStatus.also().forEach(state -> kinds.add(state.kind()));
    return kinds;
  }

  @ParameterizedTest
  @MethodSource("table")
  void saysWhatFollowsFromTheFacts(MirrorFacts mirrorFacts, List<Condition> expected) {
    MirrorStatus mirrorStatus = MirrorStatus.of(mirrorFacts, null, NOON);
    assertThat(kinds(mirrorStatus)).isEqualTo(expected);
  }

  /** All combinations, so that no fact is left out of what in sync means. */
  @Test
  void isInSyncOnlyIfAllOfItHolds() {
    MirrorFacts well = facts(UP, COMPARED, null, NONE, Failures.NONE, WHOLE);
    List<MirrorFacts> all = new ArrayList<>();
    for (Connection connection : List.of(UP, LOST, NEW)) {
      for (Work work : List.of(NONE, WAITS, LOST_EVENTS, SENDS, HELD, MISMATCH)) {
        for (Failures failures : List.of(Failures.NONE, FAILS)) {
          for (Watching watching : List.of(WHOLE, SHORT, BLIND, DOUBTFUL)) {
            all.add(facts(connection, COMPARED, null, work, failures, watching));
            all.add(facts(connection, null, null, work, failures, watching));
            all.add(facts(connection, COMPARED, HALT, work, failures, watching));
            all.add(facts(connection, null, HALT, work, failures, watching));
          }
        }
      }
    }
    for (MirrorFacts mirrorFacts : all) {
      MirrorStatus mirrorStatus = MirrorStatus.of(mirrorFacts, null, NOON);
      assertThat(mirrorStatus.is(IN_SYNC))
          .as("%s", mirrorFacts)
          .isEqualTo(mirrorFacts.equals(well));
      assertThat(kinds(mirrorStatus)).as("%s", mirrorFacts).isNotEmpty().isSorted();
      assertThat(mirrorStatus.describe().contains("in sync")).isEqualTo(mirrorFacts.equals(well));
      if (!mirrorFacts.equals(well)) {
        assertThat(mirrorStatus.equalAsOf(NOON)).as("%s", mirrorFacts).isNotEqualTo(NOON);
      }
    }
  }

  @Test
  void keepsItsBeginningForAsLongAsItHolds() {
    MirrorStatus first =
        MirrorStatus.of(facts(UP, COMPARED, null, NONE, Failures.NONE, WHOLE), null, NOON);
    MirrorStatus second =
        MirrorStatus.of(facts(UP, COMPARED, null, NONE, Failures.NONE, WHOLE), first, LATER);
    assertThat(second.state().since()).isEqualTo(NOON);

    MirrorStatus pending =
        MirrorStatus.of(facts(UP, COMPARED, null, WAITS, Failures.NONE, WHOLE), second, LATER);
    assertThat(pending.state().since()).isEqualTo(LATER);
    assertThat(second.isLike(first)).isTrue();
    assertThat(pending.isLike(first)).isFalse();
  }

  @Test
  void whatIsSaidFirstDoesNotChangeWhenTheRestBegan() {
    MirrorStatus failing =
        MirrorStatus.of(facts(UP, COMPARED, null, NONE, FAILS, WHOLE), null, NOON);
    MirrorStatus halted =
        MirrorStatus.of(facts(UP, COMPARED, HALT, NONE, FAILS, WHOLE), failing, LATER);

    assertThat(halted.state().since()).isEqualTo(COMPARED);
    assertThat(halted.also().stream().map(MirrorState::since).collect(toImmutableList()))
        .containsExactly(NOON);
  }

  @Test
  void isEqualAsOfTheLastComparisonWhereNotAllIsWatched() {
    assertThat(
            MirrorStatus.of(facts(UP, COMPARED, null, NONE, Failures.NONE, SHORT), null, NOON)
                .equalAsOf(NOON))
        .contains(COMPARED);
    assertThat(
            MirrorStatus.of(facts(UP, COMPARED, null, NONE, Failures.NONE, WHOLE), null, NOON)
                .equalAsOf(NOON))
        .contains(NOON);
  }

  private static Optional<Instant> applied(
      Connection connection, @Nullable Instant compared, Work work, Failures failures) {
    return MirrorStatus.appliedUntil(
        facts(connection, compared, null, work, failures, WHOLE), NOON);
  }

  @Test
  void isAppliedUntilTheOldestChangeThatIsNotAtTheTarget() {
    Failures none = Failures.NONE;
    assertThat(applied(UP, COMPARED, NONE, none)).contains(NOON);
    assertThat(applied(UP, COMPARED, WAITS, none)).contains(SEEN);
    assertThat(applied(UP, COMPARED, SENDS, none)).contains(SEEN);
    assertThat(applied(UP, COMPARED, HELD, none)).contains(COMPARED);
    assertThat(applied(UP, COMPARED, NONE, FAILS)).contains(COMPARED.minusSeconds(5));
    assertThat(MirrorStatus.appliedUntil(facts(UP, COMPARED, null, NONE, none, SHORT), NOON))
        .contains(COMPARED);
  }

  @Test
  void isAppliedWhateverCanOnlyNotBeDeleted() {
    assertThat(applied(UP, COMPARED, NONE, new Failures(3, 0, 3, null))).contains(NOON);
    assertThat(
            MirrorStatus.of(
                    facts(UP, COMPARED, null, NONE, new Failures(3, 0, 3, null), WHOLE), null, NOON)
                .describe())
        .isEqualTo("FAILING: 3 paths can't be deleted at the target; nothing is missing there");
  }

  @Test
  void saysNothingOfWhatIsAppliedWhereItIsNotKnown() {
    Failures none = Failures.NONE;
    assertThat(applied(LOST, COMPARED, NONE, none)).isEmpty();
    assertThat(applied(NEW, null, NONE, none)).isEmpty();
    assertThat(applied(UP, null, NONE, none)).isEmpty();
    assertThat(applied(UP, COMPARED, LOST_EVENTS, none)).isEmpty();
    assertThat(applied(UP, COMPARED, new Work(7, 1, false, null, null, null), none)).isEmpty();
    assertThat(MirrorStatus.appliedUntil(facts(UP, COMPARED, HALT, NONE, none, WHOLE), NOON))
        .isEmpty();
  }

  @Test
  void namesWhatKeepsAMirrorAwakeAndWhatIsMissing() {
    assertThat(
            MirrorStatus.of(facts(UP, COMPARED, null, HELD, Failures.NONE, WHOLE), null, NOON)
                .describe())
        .isEqualTo(
            "waiting for the source to be quiet, with 2 paths not sent yet; what changes most is"
                + " access.log");
    assertThat(
            MirrorStatus.of(facts(UP, COMPARED, null, MISMATCH, Failures.NONE, WHOLE), null, NOON)
                .describe())
        .isEqualTo("waiting, with 15 paths not sent yet: the key matches nothing");
    assertThat(
            MirrorStatus.of(facts(UP, COMPARED, null, NONE, FAILS, WHOLE), null, NOON).describe())
        .isEqualTo("FAILING: 2 paths can't be made equal; 40 entries are missing at the target");
  }
}
