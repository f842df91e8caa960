package io.relais.failover.decide;

import static io.relais.failover.decide.ChangeStatus.REFUSED;
import static io.relais.failover.decide.ChangeStatus.RETRYING;
import static io.relais.failover.decide.ChangeStatus.UNDER_WAY;
import static io.relais.failover.decide.ChangeStatus.VERIFIED;
import static io.relais.failover.decide.Decision.Action.CONTINUE;
import static io.relais.failover.decide.Decision.Action.FAIL_BACK;
import static io.relais.failover.decide.Decision.Action.FOLLOW;
import static io.relais.failover.decide.Decision.Action.NONE;
import static io.relais.failover.decide.Decision.Action.SWITCH;
import static io.relais.failover.decide.Decision.Action.UNDO;
import static io.relais.failover.decide.Observation.Backup.UNCHECKED;
import static io.relais.failover.decide.Observation.Backup.UNREADY;
import static io.relais.failover.decide.Observation.Sight.BLIND;
import static io.relais.failover.decide.Observation.Sight.DISPUTED;
import static io.relais.failover.decide.Observations.down;
import static io.relais.failover.decide.Observations.nothing;
import static io.relais.failover.decide.Observations.up;
import static io.relais.failover.decide.Observations.with;
import static io.relais.failover.decide.RecordPlace.BACKUP;
import static io.relais.failover.decide.RecordPlace.FOREIGN;
import static io.relais.failover.decide.RecordPlace.MIXED;
import static io.relais.failover.decide.RecordPlace.OLD_BACKUP;
import static io.relais.failover.decide.RecordPlace.PRODUCTION;
import static io.relais.failover.decide.RecordPlace.UNKNOWN;
import static io.relais.failover.decide.WatchStates.NOW;
import static io.relais.failover.decide.WatchStates.POLICY;
import static io.relais.failover.decide.WatchStates.SINCE;
import static io.relais.failover.decide.WatchStates.in;
import static io.relais.failover.decide.WatchStates.rounds;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation.Sight;
import io.relais.failover.decide.WatchState.BegunChange;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table in {@link Decider}'s documentation, row by row. */
final class DeciderTableTest {
  private static final Policy AUTOMATIC = automatic();

  /** One row; the policy is the default but for an automatic fail-back where it says so. */
  record Row(
      String name, Policy policy, WatchState before, Observation seen, Phase phase, Action action) {
    @Override
    public String toString() {
      return name;
    }
  }

  @ParameterizedTest
  @MethodSource({"production", "switching", "backup", "failingBack", "halted"})
  void follows(Row row) {
    Decision decision = new Decider(row.policy).decide(row.before, row.seen, NOW);
    assertThat(decision.next().phase()).isEqualTo(row.phase);
    assertThat(decision.action()).isEqualTo(row.action);
    assertThat(decision.refusal()).isEmpty();
    assertThat(decision.next().lastRound()).contains(NOW);
    assertThat(decision.next().since()).isEqualTo(row.phase == row.before.phase() ? SINCE : NOW);
    if (row.phase != Phase.UP) {
      assertThat(decision.next().reason()).isNotEmpty();
    }
  }

  static Stream<Row> production() {
    WatchState up = in(Phase.UP);
    WatchState suspect = in(Phase.SUSPECT);
    WatchState almost = suspect.edit().health(rounds("...xxx")).done();
    WatchState blind = in(Phase.BLIND);
    WatchState isDown = in(Phase.DOWN);
    WatchState almostUp = isDown.edit().health(rounds("xxxx..")).done();
    return Stream.of(
        row("up and answering", up, up(), Phase.UP, NONE),
        row("up and failing", up, down(), Phase.SUSPECT, NONE),
        row("up, failing, blind", up, down(BLIND), Phase.BLIND, NONE),
        row("up, not probed", up, nothing(), Phase.UP, NONE),
        row("up, found on the backup", up, with(up(), BACKUP), Phase.RECOVERING, NONE),
        row("suspect, found on the backup", suspect, with(down(), BACKUP), Phase.ON_BACKUP, NONE),
        row("down, found on the backup", isDown, with(down(), BACKUP), Phase.ON_BACKUP, NONE),
        row("up, on an old address", up, with(up(), OLD_BACKUP), Phase.RECOVERING, FOLLOW),
        row("up, records foreign", up, with(up(), FOREIGN), Phase.HALTED, NONE),
        row("down, records foreign", isDown, with(down(), FOREIGN), Phase.HALTED, NONE),
        row("up, refused", up, with(up(), REFUSED), Phase.HALTED, NONE),
        row("up, records mixed", up, with(up(), MIXED), Phase.UP, NONE),
        row("up, change unknown to us", up, with(up(), UNDER_WAY), Phase.UP, CONTINUE),
        row("down, change unknown to us", isDown, with(down(), RETRYING), Phase.DOWN, CONTINUE),
        row(
            "the same, blind, records foreign",
            isDown,
            with(with(down(BLIND), UNDER_WAY), FOREIGN),
            Phase.BLIND,
            CONTINUE),
        row("suspect, one good round", suspect, up(), Phase.SUSPECT, NONE),
        row(
            "suspect, good rounds enough",
            suspect.edit().health(rounds("xx..")).done(),
            up(),
            Phase.UP,
            NONE),
        row("suspect, third failure", suspect, down(), Phase.SUSPECT, NONE),
        row("suspect, blind", suspect, down(BLIND), Phase.BLIND, NONE),
        row("suspect, not probed", suspect, nothing(), Phase.SUSPECT, NONE),
        row("fourth failure", almost, down(), Phase.SWITCHING, SWITCH),
        row("fourth failure, mixed", almost, with(down(), MIXED), Phase.SWITCHING, SWITCH),
        row("fourth failure, unknown", almost, with(down(), UNKNOWN), Phase.SWITCHING, SWITCH),
        row(
            "fourth failure, verified long ago",
            almost,
            with(down(), VERIFIED),
            Phase.SWITCHING,
            SWITCH),
        row("fourth failure, disputed", almost, down(DISPUTED), Phase.DOWN, NONE),
        row("fourth failure, sight unchecked", almost, down(Sight.UNCHECKED), Phase.DOWN, NONE),
        row("fourth failure, blind", almost, down(BLIND), Phase.BLIND, NONE),
        row("fourth failure, backup unready", almost, with(down(), UNREADY), Phase.DOWN, NONE),
        row("fourth failure, backup unchecked", almost, with(down(), UNCHECKED), Phase.DOWN, NONE),
        row(
            "fourth failure, flaky before",
            suspect.edit().health(rounds(".x.x.xxx")).done(),
            down(),
            Phase.SUSPECT,
            NONE),
        row("down, backup ready", isDown, down(), Phase.SWITCHING, SWITCH),
        row("down, held", isDown.edit().held(true).done(), down(), Phase.DOWN, NONE),
        row("down, limit reached", switched(isDown, 4, 23), down(), Phase.HALTED, NONE),
        row("down, below the limit", switched(isDown, 3, 23), down(), Phase.SWITCHING, SWITCH),
        row("down, switched yesterday", switched(isDown, 9, 24), down(), Phase.SWITCHING, SWITCH),
        row("limit, but unready", switched(isDown, 4, 1), with(down(), UNREADY), Phase.DOWN, NONE),
        row("down, one good round", isDown, up(), Phase.DOWN, NONE),
        row("down, not probed", isDown, nothing(), Phase.DOWN, NONE),
        row("down, blind", isDown, down(BLIND), Phase.BLIND, NONE),
        row("down, good rounds enough", almostUp, up(), Phase.UP, NONE),
        row("blind and still blind", blind, down(BLIND), Phase.BLIND, NONE),
        row("blind, not probed", blind, nothing(), Phase.BLIND, NONE),
        row("blind, third failure", blind, down(), Phase.SUSPECT, NONE),
        row("blind, answering", blind, up(), Phase.SUSPECT, NONE),
        row("blind, was well", blind.edit().health(rounds("...")).done(), up(), Phase.UP, NONE),
        row(
            "blind, was down",
            blind.edit().health(rounds("xxxx")).done(),
            down(),
            Phase.SWITCHING,
            SWITCH),
        row("down, long ago", later(isDown), down(), Phase.SUSPECT, NONE),
        row("down, long ago, answering", later(isDown), up(), Phase.UP, NONE),
        row("down, clock set back", earlier(isDown), down(), Phase.SUSPECT, NONE));
  }

  static Stream<Row> switching() {
    WatchState state = in(Phase.SWITCHING);
    WatchState almostWell = state.edit().health(rounds("xxxx..")).done();
    WatchState byHand =
        almostWell.edit().pending(Optional.of(new BegunChange(ChangeKind.SWITCH, true))).done();
    return Stream.of(
        row("accepted", state, with(down(), UNDER_WAY), Phase.SWITCHING, CONTINUE),
        row("to be tried again", state, with(down(), RETRYING), Phase.SWITCHING, CONTINUE),
        row("blind meanwhile", state, with(down(BLIND), UNDER_WAY), Phase.SWITCHING, CONTINUE),
        row(
            "foreign meanwhile",
            state,
            with(with(down(), FOREIGN), RETRYING),
            Phase.SWITCHING,
            CONTINUE),
        row("verified", state, with(down(), VERIFIED), Phase.ON_BACKUP, NONE),
        row("verified, production back", almostWell, with(up(), VERIFIED), Phase.ON_BACKUP, NONE),
        row("refused", state, with(down(), REFUSED), Phase.HALTED, NONE),
        row("one good round", state, with(up(), UNDER_WAY), Phase.SWITCHING, CONTINUE),
        row("answering, to be tried again", state, with(up(), RETRYING), Phase.SWITCHING, NONE),
        row("the same, by hand, retrying", byHand, with(up(), RETRYING), Phase.SWITCHING, CONTINUE),
        row(
            "long after, answering, to be tried again",
            later(state),
            with(up(), RETRYING),
            Phase.SWITCHING,
            NONE),
        row("production back", almostWell, with(up(), UNDER_WAY), Phase.FAILING_BACK, UNDO),
        row("the same, retrying", almostWell, with(up(), RETRYING), Phase.FAILING_BACK, UNDO),
        row("the same, by hand", byHand, with(up(), UNDER_WAY), Phase.SWITCHING, CONTINUE),
        row("never begun", state, down(), Phase.DOWN, NONE),
        row("never begun, unknown", state, with(down(), UNKNOWN), Phase.DOWN, NONE),
        row("never begun, production back", almostWell, up(), Phase.UP, NONE),
        row("nothing under way, there", state, with(down(), BACKUP), Phase.ON_BACKUP, NONE),
        row("the same, old address", state, with(down(), OLD_BACKUP), Phase.ON_BACKUP, NONE),
        row("nothing under way, foreign", state, with(down(), FOREIGN), Phase.HALTED, NONE));
  }

  static Stream<Row> backup() {
    WatchState on = in(Phase.ON_BACKUP);
    WatchState well = in(Phase.RECOVERING);
    WatchState following = WatchStates.begun(on.edit(), ChangeKind.FOLLOW).done();
    WatchState healthy = healthySince(well, Duration.ofMinutes(30));
    WatchState justThere =
        healthy.edit().onBackupSince(Optional.of(NOW.minus(Duration.ofMinutes(9)))).done();
    return Stream.of(
        row("production failing", on, with(down(), BACKUP), Phase.ON_BACKUP, NONE),
        row("one good round", on, with(up(), BACKUP), Phase.ON_BACKUP, NONE),
        row(
            "good rounds enough",
            on.edit().health(rounds("xxxx..")).done(),
            with(up(), BACKUP),
            Phase.RECOVERING,
            NONE),
        row("not probed", on, with(nothing(), BACKUP), Phase.ON_BACKUP, NONE),
        row("backup broken", on, with(with(up(), BACKUP), UNREADY), Phase.ON_BACKUP, NONE),
        row("zone mixed", on, with(down(), MIXED), Phase.ON_BACKUP, NONE),
        row("zone unknown", on, with(down(), UNKNOWN), Phase.ON_BACKUP, NONE),
        row("recovering, failing", well, with(down(), BACKUP), Phase.ON_BACKUP, NONE),
        row("recovering, blind", well, with(down(BLIND), BACKUP), Phase.RECOVERING, NONE),
        row("recovering, not probed", well, with(nothing(), BACKUP), Phase.RECOVERING, NONE),
        row("recovering, long ago", later(well), with(up(), BACKUP), Phase.ON_BACKUP, NONE),
        row("went back by hand", well, with(up(), PRODUCTION), Phase.UP, NONE),
        row("the same, failing", on, with(down(), PRODUCTION), Phase.SUSPECT, NONE),
        row("the same, blind", on, with(down(BLIND), PRODUCTION), Phase.BLIND, NONE),
        row("foreign", on, with(down(), FOREIGN), Phase.HALTED, NONE),
        row("address changed", on, with(down(), OLD_BACKUP), Phase.ON_BACKUP, FOLLOW),
        row("the same, recovering", well, with(up(), OLD_BACKUP), Phase.RECOVERING, FOLLOW),
        row("the same, disputed", on, with(down(DISPUTED), OLD_BACKUP), Phase.ON_BACKUP, FOLLOW),
        row("the same, blind", on, with(down(BLIND), OLD_BACKUP), Phase.ON_BACKUP, NONE),
        row(
            "the same, sight unchecked",
            on,
            with(down(Sight.UNCHECKED), OLD_BACKUP),
            Phase.ON_BACKUP,
            NONE),
        row("the same, not probed", on, with(nothing(), OLD_BACKUP), Phase.ON_BACKUP, NONE),
        row(
            "the same, unready",
            on,
            with(with(down(), OLD_BACKUP), UNREADY),
            Phase.ON_BACKUP,
            NONE),
        row(
            "following",
            following,
            with(with(down(), OLD_BACKUP), UNDER_WAY),
            Phase.ON_BACKUP,
            CONTINUE),
        row(
            "following, retrying",
            following,
            with(with(up(), FOREIGN), RETRYING),
            Phase.ON_BACKUP,
            CONTINUE),
        row("followed", following, with(with(down(), BACKUP), VERIFIED), Phase.ON_BACKUP, NONE),
        row("follow refused", following, with(with(down(), BACKUP), REFUSED), Phase.HALTED, NONE),
        row("follow not begun", following, with(down(), OLD_BACKUP), Phase.ON_BACKUP, FOLLOW),
        row("healthy, not automatic", healthy, with(up(), BACKUP), Phase.RECOVERING, NONE),
        auto("healthy", healthy, with(up(), BACKUP), Phase.FAILING_BACK, FAIL_BACK),
        auto("healthy, zone unknown", healthy, with(up(), UNKNOWN), Phase.FAILING_BACK, FAIL_BACK),
        auto("healthy, failing", healthy, with(down(), BACKUP), Phase.ON_BACKUP, NONE),
        auto("healthy, not probed", healthy, with(nothing(), BACKUP), Phase.RECOVERING, NONE),
        auto(
            "healthy, following",
            healthy,
            with(with(up(), BACKUP), UNDER_WAY),
            Phase.RECOVERING,
            CONTINUE),
        auto(
            "healthy, not long enough",
            healthySince(well, Duration.ofMinutes(30).minusSeconds(1)),
            with(up(), BACKUP),
            Phase.RECOVERING,
            NONE),
        auto("healthy, stay too short", justThere, with(up(), BACKUP), Phase.RECOVERING, NONE),
        auto(
            "the same, backup broken",
            justThere,
            with(with(up(), BACKUP), UNREADY),
            Phase.FAILING_BACK,
            FAIL_BACK),
        auto(
            "backup broken, not healthy",
            well,
            with(with(up(), BACKUP), UNREADY),
            Phase.RECOVERING,
            NONE));
  }

  static Stream<Row> failingBack() {
    WatchState state = in(Phase.FAILING_BACK);
    WatchState undoing = state.edit().onBackupSince(Optional.empty()).done();
    return Stream.of(
        row("accepted", state, with(up(), UNDER_WAY), Phase.FAILING_BACK, CONTINUE),
        row("to be tried again", state, with(up(), RETRYING), Phase.FAILING_BACK, CONTINUE),
        row("production dead", state, with(down(), UNDER_WAY), Phase.FAILING_BACK, CONTINUE),
        row("verified", state, with(up(), VERIFIED), Phase.UP, NONE),
        row("verified, failing", state, with(down(), VERIFIED), Phase.UP, NONE),
        row("refused", state, with(up(), REFUSED), Phase.HALTED, NONE),
        row("nothing under way, there", state, up(), Phase.UP, NONE),
        row("never begun", state, with(up(), BACKUP), Phase.ON_BACKUP, NONE),
        row("never begun, old address", state, with(up(), OLD_BACKUP), Phase.ON_BACKUP, NONE),
        row("nothing under way, foreign", state, with(up(), FOREIGN), Phase.HALTED, NONE),
        row("nothing under way, mixed", state, with(up(), MIXED), Phase.ON_BACKUP, NONE),
        row("nothing under way, unknown", state, with(up(), UNKNOWN), Phase.ON_BACKUP, NONE),
        row("undone, unknown", undoing, with(up(), UNKNOWN), Phase.UP, NONE));
  }

  static Stream<Row> halted() {
    WatchState state = in(Phase.HALTED);
    return Stream.of(
        row("answering", state, up(), Phase.HALTED, NONE),
        row("failing", state, down(), Phase.HALTED, NONE),
        row("at the backup", state, with(up(), BACKUP), Phase.HALTED, NONE),
        row("foreign", state, with(up(), FOREIGN), Phase.HALTED, NONE),
        row(
            "change under way",
            WatchStates.halted(ChangeKind.SWITCH),
            with(down(), UNDER_WAY),
            Phase.HALTED,
            NONE),
        row(
            "change refused",
            WatchStates.halted(ChangeKind.SWITCH),
            with(down(), REFUSED),
            Phase.HALTED,
            NONE));
  }

  private static Row row(
      String name, WatchState before, Observation seen, Phase phase, Action action) {
    return new Row(name, POLICY, before, seen, phase, action);
  }

  private static Row auto(
      String name, WatchState before, Observation seen, Phase phase, Action action) {
    return new Row("automatic: " + name, AUTOMATIC, before, seen, phase, action);
  }

  private static WatchState switched(WatchState state, int times, int hoursAgo) {
    Instant at = NOW.minus(Duration.ofHours(hoursAgo));
    return state.edit().switches(ImmutableList.copyOf(Collections.nCopies(times, at))).done();
  }

  private static WatchState later(WatchState state) {
    return state.edit().lastRound(NOW.minus(POLICY.maxGap()).minusSeconds(1)).done();
  }

  private static WatchState earlier(WatchState state) {
    return state.edit().lastRound(NOW.plusSeconds(1)).done();
  }

  private static WatchState healthySince(WatchState state, Duration ago) {
    SiteHealth siteHealth = state.health();
    return state
        .edit()
        .health(
            new SiteHealth(
                siteHealth.verdict(),
                siteHealth.failures(),
                siteHealth.goodRounds(),
                siteHealth.samples(),
                Optional.of(NOW.minus(ago))))
        .done();
  }

  private static Policy automatic() {
    return new Policy(
        POLICY.failures(),
        POLICY.failureShare(),
        POLICY.failureWindow(),
        POLICY.successes(),
        POLICY.minimumStay(),
        POLICY.switchesPerDay(),
        true,
        POLICY.failbackAfter(),
        POLICY.maxGap());
  }
}
