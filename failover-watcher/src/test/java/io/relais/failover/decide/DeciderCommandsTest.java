package io.relais.failover.decide;

import static io.relais.failover.decide.ChangeStatus.REFUSED;
import static io.relais.failover.decide.ChangeStatus.UNDER_WAY;
import static io.relais.failover.decide.ChangeStatus.VERIFIED;
import static io.relais.failover.decide.Decision.Action.CONTINUE;
import static io.relais.failover.decide.Decision.Action.FAIL_BACK;
import static io.relais.failover.decide.Decision.Action.FOLLOW;
import static io.relais.failover.decide.Decision.Action.NONE;
import static io.relais.failover.decide.Decision.Action.SWITCH;
import static io.relais.failover.decide.Decision.Action.UNDO;
import static io.relais.failover.decide.Observation.Backup.NO_ADDRESS;
import static io.relais.failover.decide.Observation.Backup.UNREADY;
import static io.relais.failover.decide.Observation.Command.FORCE_FAIL_BACK;
import static io.relais.failover.decide.Observation.Command.FORCE_SWITCH;
import static io.relais.failover.decide.Observation.Command.RESUME;
import static io.relais.failover.decide.Observations.down;
import static io.relais.failover.decide.Observations.unreturned;
import static io.relais.failover.decide.Observations.up;
import static io.relais.failover.decide.Observations.with;
import static io.relais.failover.decide.RecordPlace.BACKUP;
import static io.relais.failover.decide.RecordPlace.FOREIGN;
import static io.relais.failover.decide.RecordPlace.MIXED;
import static io.relais.failover.decide.RecordPlace.OLD_BACKUP;
import static io.relais.failover.decide.RecordPlace.UNKNOWN;
import static io.relais.failover.decide.WatchStates.NOW;
import static io.relais.failover.decide.WatchStates.SINCE;
import static io.relais.failover.decide.WatchStates.halted;
import static io.relais.failover.decide.WatchStates.in;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Observation.Sight;
import io.relais.failover.decide.WatchState.BegunChange;
import java.util.Collections;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of commands in {@link Decider}'s documentation, row by row. */
final class DeciderCommandsTest {
  private static final Command SWITCH_NOW = Command.SWITCH;
  private static final Command BACK_NOW = Command.FAIL_BACK;

  private final Decider decider = new Decider(WatchStates.POLICY);

  /** One row; {@code refusal} is a part of the text. */
  record Row(
      Command command,
      WatchState before,
      Observation seen,
      Phase phase,
      Action action,
      Optional<String> refusal) {
    @Override
    public String toString() {
      return command + " in " + before.phase() + " seeing " + seen + " → " + action;
    }
  }

  @ParameterizedTest
  @MethodSource({"switches", "failBacks", "resumes"})
  void follows(Row row) {
    Decision decision = decider.decide(row.before, with(row.seen, row.command), NOW);
    assertThat(decision.next().phase()).isEqualTo(row.phase);
    assertThat(decision.action()).isEqualTo(row.action);
    assertThat(decision.refusal().isPresent()).isEqualTo(row.refusal.isPresent());
    row.refusal.ifPresent(part -> assertThat(decision.refusal().orElseThrow()).contains(part));
  }

  static Stream<Row> switches() {
    return Stream.of(
        done(SWITCH_NOW, in(Phase.UP), up(), Phase.SWITCHING, SWITCH),
        done(SWITCH_NOW, in(Phase.SUSPECT), down(), Phase.SWITCHING, SWITCH),
        done(SWITCH_NOW, in(Phase.DOWN), down(Sight.DISPUTED), Phase.SWITCHING, SWITCH),
        done(SWITCH_NOW, in(Phase.BLIND), down(Sight.BLIND), Phase.SWITCHING, SWITCH),
        done(SWITCH_NOW, in(Phase.HALTED), down(), Phase.SWITCHING, SWITCH),
        done(SWITCH_NOW, halted(ChangeKind.SWITCH), with(down(), REFUSED), Phase.SWITCHING, SWITCH),
        done(SWITCH_NOW, limited(in(Phase.DOWN)), down(), Phase.SWITCHING, SWITCH),
        done(SWITCH_NOW, in(Phase.DOWN).edit().held(true).done(), down(), Phase.SWITCHING, SWITCH),
        refused(
            SWITCH_NOW,
            in(Phase.UP),
            with(up(), UNREADY),
            Phase.UP,
            NONE,
            "not ready to take over; 'failover-watcher switch --force'"),
        refused(SWITCH_NOW, in(Phase.UP), with(up(), NO_ADDRESS), Phase.UP, NONE, "not ready"),
        done(FORCE_SWITCH, in(Phase.UP), with(up(), UNREADY), Phase.SWITCHING, SWITCH),
        done(FORCE_SWITCH, in(Phase.DOWN), with(down(), UNREADY), Phase.SWITCHING, SWITCH),
        done(FORCE_SWITCH, in(Phase.HALTED), with(down(), UNREADY), Phase.SWITCHING, SWITCH),
        refused(FORCE_SWITCH, in(Phase.UP), with(up(), NO_ADDRESS), Phase.UP, NONE, "no address"),
        refused(FORCE_SWITCH, in(Phase.UP), with(up(), UNDER_WAY), Phase.UP, CONTINUE, "under way"),
        refused(
            FORCE_SWITCH,
            in(Phase.ON_BACKUP),
            with(down(), BACKUP),
            Phase.ON_BACKUP,
            NONE,
            "already"),
        refused(SWITCH_NOW, in(Phase.HALTED), with(up(), UNREADY), Phase.HALTED, NONE, "not ready"),
        refused(SWITCH_NOW, in(Phase.UP), with(up(), UNDER_WAY), Phase.UP, CONTINUE, "under way"),
        refused(SWITCH_NOW, in(Phase.UP), with(up(), BACKUP), Phase.RECOVERING, NONE, "already"),
        refused(SWITCH_NOW, in(Phase.HALTED), with(up(), OLD_BACKUP), Phase.HALTED, NONE, "resume"),
        refused(
            SWITCH_NOW,
            halted(ChangeKind.SWITCH),
            with(down(), UNDER_WAY),
            Phase.HALTED,
            NONE,
            "resume first"),
        refused(
            SWITCH_NOW,
            in(Phase.SWITCHING),
            with(down(), UNDER_WAY),
            Phase.SWITCHING,
            CONTINUE,
            "already"),
        refused(
            SWITCH_NOW,
            in(Phase.ON_BACKUP),
            with(down(), BACKUP),
            Phase.ON_BACKUP,
            NONE,
            "already"),
        refused(
            SWITCH_NOW,
            in(Phase.RECOVERING),
            with(up(), OLD_BACKUP),
            Phase.RECOVERING,
            FOLLOW,
            "already"),
        refused(
            SWITCH_NOW,
            in(Phase.FAILING_BACK),
            with(down(), UNDER_WAY),
            Phase.FAILING_BACK,
            CONTINUE,
            "when it is done"));
  }

  static Stream<Row> failBacks() {
    Observation there = with(up(), BACKUP);
    Observation dead = with(down(), BACKUP);
    Phase back = Phase.FAILING_BACK;
    return Stream.of(
        done(BACK_NOW, in(Phase.ON_BACKUP), there, back, FAIL_BACK),
        refused(
            BACK_NOW,
            in(Phase.RECOVERING),
            unreturned(there),
            Phase.RECOVERING,
            NONE,
            "not returned yet; 'failback --force'"),
        done(FORCE_FAIL_BACK, in(Phase.RECOVERING), unreturned(there), back, FAIL_BACK),
        done(BACK_NOW, in(Phase.RECOVERING), there, back, FAIL_BACK),
        done(BACK_NOW, in(Phase.SWITCHING), with(up(), UNDER_WAY), back, UNDO),
        done(BACK_NOW, in(Phase.SWITCHING), with(up(), VERIFIED), back, FAIL_BACK),
        done(BACK_NOW, in(Phase.HALTED), there, back, FAIL_BACK),
        done(BACK_NOW, halted(ChangeKind.FOLLOW), with(there, REFUSED), back, FAIL_BACK),
        done(BACK_NOW, halted(ChangeKind.SWITCH), with(up(), UNDER_WAY), back, UNDO),
        done(BACK_NOW, in(Phase.UP), there, back, FAIL_BACK),
        done(FORCE_FAIL_BACK, in(Phase.ON_BACKUP), dead, back, FAIL_BACK),
        done(FORCE_FAIL_BACK, in(Phase.SWITCHING), with(down(), UNDER_WAY), back, UNDO),
        done(FORCE_FAIL_BACK, in(Phase.HALTED), with(down(), FOREIGN), back, FAIL_BACK),
        refused(BACK_NOW, in(Phase.ON_BACKUP), dead, Phase.ON_BACKUP, NONE, "--force"),
        refused(BACK_NOW, in(Phase.HALTED), dead, Phase.HALTED, NONE, "--force"),
        refused(
            BACK_NOW,
            in(Phase.SWITCHING),
            with(down(), UNDER_WAY),
            Phase.SWITCHING,
            CONTINUE,
            "--force"),
        refused(
            BACK_NOW,
            in(Phase.RECOVERING),
            with(there, UNDER_WAY),
            Phase.RECOVERING,
            CONTINUE,
            "follow the backup's address"),
        refused(BACK_NOW, in(Phase.FAILING_BACK), with(up(), UNDER_WAY), back, CONTINUE, "already"),
        refused(FORCE_FAIL_BACK, in(Phase.UP), up(), Phase.UP, NONE, "already"),
        refused(BACK_NOW, in(Phase.HALTED), up(), Phase.HALTED, NONE, "resume instead"),
        refused(
            FORCE_FAIL_BACK,
            halted(ChangeKind.FAIL_BACK),
            with(there, UNDER_WAY),
            Phase.HALTED,
            NONE,
            "resume first"));
  }

  static Stream<Row> resumes() {
    WatchState onBackup =
        in(Phase.HALTED).edit().onBackupSince(Optional.of(SINCE)).health(well()).done();
    return Stream.of(
        done(RESUME, in(Phase.HALTED), up(), Phase.DOWN, NONE),
        done(RESUME, onBackup, up(), Phase.UP, NONE),
        done(RESUME, onBackup, with(up(), BACKUP), Phase.RECOVERING, NONE),
        done(RESUME, onBackup, with(up(), OLD_BACKUP), Phase.RECOVERING, FOLLOW),
        done(RESUME, onBackup, with(up(), UNKNOWN), Phase.RECOVERING, NONE),
        done(RESUME, in(Phase.HALTED), with(down(), MIXED), Phase.SWITCHING, SWITCH),
        done(RESUME, in(Phase.HALTED), with(down(), UNREADY), Phase.DOWN, NONE),
        done(RESUME, in(Phase.HALTED), with(down(), BACKUP), Phase.ON_BACKUP, NONE),
        done(RESUME, limited(in(Phase.HALTED)), down(), Phase.SWITCHING, SWITCH),
        done(RESUME, halted(ChangeKind.SWITCH), with(down(), REFUSED), Phase.SWITCHING, CONTINUE),
        done(
            RESUME,
            halted(ChangeKind.FAIL_BACK),
            with(up(), REFUSED),
            Phase.FAILING_BACK,
            CONTINUE),
        done(RESUME, halted(ChangeKind.FOLLOW), with(up(), UNDER_WAY), Phase.ON_BACKUP, CONTINUE),
        done(RESUME, in(Phase.HALTED), with(up(), UNDER_WAY), Phase.DOWN, CONTINUE),
        done(RESUME, limited(in(Phase.DOWN)), down(), Phase.SWITCHING, SWITCH),
        done(RESUME, limited(in(Phase.UP)), up(), Phase.UP, NONE),
        refused(RESUME, in(Phase.UP), up(), Phase.UP, NONE, "nothing is halted"),
        refused(
            RESUME,
            in(Phase.HALTED),
            with(up(), FOREIGN),
            Phase.HALTED,
            NONE,
            "not as configured"));
  }

  @Test
  void keepsTheReasonOfTheHaltWhenACommandIsNotFollowed() {
    Observation seen = with(with(up(), FOREIGN), RESUME);
    assertThat(decider.decide(in(Phase.HALTED), seen, NOW).next().reason()).isEqualTo("as it was");
  }

  @Test
  void forgetsTheSwitchesOfTheDayOnResume() {
    Decision decision = decider.decide(limited(in(Phase.UP)), with(up(), RESUME), NOW);
    assertThat(decision.next().switches()).isEmpty();
  }

  @Test
  void leavesTheSwitchesOfTheDayToTheWatcher() {
    Decision decision = decider.decide(in(Phase.UP), with(up(), SWITCH_NOW), NOW);
    assertThat(decision.next().switches()).isEmpty();
    assertThat(decision.next().pending()).contains(new BegunChange(ChangeKind.SWITCH, true));
  }

  @Test
  void takesNoAutomaticSwitchOffTheDayForAPersonsThatWasNeverBegun() {
    WatchState before = limited(in(Phase.UP));
    WatchState asked = decider.decide(before, with(up(), SWITCH_NOW), NOW).next();
    WatchState next = decider.decide(asked, up(), NOW.plusSeconds(5)).next();
    assertThat(next.phase()).isNotEqualTo(Phase.SWITCHING);
    assertThat(next.switches()).isEqualTo(before.switches());
  }

  @Test
  void tellsTheWayOutOfAHaltByTheLimit() {
    Decision decision = decider.decide(limited(in(Phase.DOWN)), down(), NOW);
    assertThat(decision.next().phase()).isEqualTo(Phase.HALTED);
    assertThat(decision.next().reason())
        .contains("4 times within 24 hours", "allows 4", "'resume'", "'switch'");
  }

  @Test
  void saysThatAPersonAskedWhenTheChangeIsVerified() {
    WatchState asked = decider.decide(in(Phase.UP), with(up(), SWITCH_NOW), NOW).next();
    Observation verified = with(up(), VERIFIED);
    assertThat(decider.decide(asked, verified, NOW).next().reason()).contains("an operator asked");
    WatchState unasked = decider.decide(in(Phase.DOWN), down(), NOW).next();
    assertThat(decider.decide(unasked, verified, NOW).next().reason()).doesNotContain("person");
    WatchState resumed =
        decider.decide(in(Phase.HALTED), with(with(down(), MIXED), RESUME), NOW).next();
    assertThat(resumed.reason()).contains("an operator resumed", "production is down");
  }

  @Test
  void holdsAfterAForcedFailBackUntilProductionWasWell() {
    Observation force = with(with(down(), BACKUP), FORCE_FAIL_BACK);
    WatchState state = decider.decide(in(Phase.ON_BACKUP), force, NOW).next();
    assertThat(state.held()).isTrue();
    state = decider.decide(state, with(down(), VERIFIED), NOW.plusSeconds(5)).next();
    for (int round = 2; round < 50; round++) {
      Decision decision = decider.decide(state, down(), NOW.plusSeconds(5L * round));
      assertThat(decision.action()).isEqualTo(NONE);
      state = decision.next();
    }
    assertThat(state.phase()).isEqualTo(Phase.DOWN);
    assertThat(state.reason()).contains("an operator forced");
    for (int round = 50; round < 53; round++) {
      assertThat(state.held()).isTrue();
      state = decider.decide(state, up(), NOW.plusSeconds(5L * round)).next();
    }
    assertThat(state.held()).isFalse();
    assertThat(state.phase()).isEqualTo(Phase.UP);
  }

  @Test
  void doesNotHoldAfterAForcedFailBackToAProductionThatAnswers() {
    Observation force = with(with(up(), BACKUP), FORCE_FAIL_BACK);
    assertThat(decider.decide(in(Phase.ON_BACKUP), force, NOW).next().held()).isFalse();
  }

  private static SiteHealth well() {
    return WatchStates.rounds("....");
  }

  private static WatchState limited(WatchState state) {
    return state.edit().switches(ImmutableList.copyOf(Collections.nCopies(4, SINCE))).done();
  }

  private static Row done(
      Command command, WatchState before, Observation seen, Phase phase, Action action) {
    return new Row(command, before, seen, phase, action, Optional.empty());
  }

  private static Row refused(
      Command command,
      WatchState before,
      Observation seen,
      Phase phase,
      Action action,
      String refusal) {
    return new Row(command, before, seen, phase, action, Optional.of(refusal));
  }
}
