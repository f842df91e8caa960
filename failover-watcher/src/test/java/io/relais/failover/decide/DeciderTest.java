package io.relais.failover.decide;

import static io.relais.failover.decide.Observations.down;
import static io.relais.failover.decide.Observations.up;
import static io.relais.failover.decide.Observations.with;
import static io.relais.failover.decide.WatchStates.NOW;
import static io.relais.failover.decide.WatchStates.in;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation.Sight;
import io.relais.failover.decide.WatchState.BegunChange;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is remembered from round to round. */
final class DeciderTest {
  private final Decider decider = new Decider(WatchStates.POLICY);
  private Instant now = NOW;
  private WatchState state = WatchState.initial(now);

  @Test
  void goesThroughAnOutageAndBack() {
    assertThat(see(up())).isEqualTo(Action.NONE);
    assertThat(see(down())).isEqualTo(Action.NONE);
    assertThat(state.phase()).isEqualTo(Phase.SUSPECT);
    see(down());
    see(down());
    assertThat(see(down())).isEqualTo(Action.SWITCH);
    assertThat(state.switches()).containsExactly(now);
    assertThat(state.pending()).contains(new BegunChange(ChangeKind.SWITCH, false));
    assertThat(see(with(down(), ChangeStatus.UNDER_WAY))).isEqualTo(Action.CONTINUE);
    assertThat(see(with(with(down(), RecordPlace.BACKUP), ChangeStatus.VERIFIED)))
        .isEqualTo(Action.NONE);
    assertThat(state.phase()).isEqualTo(Phase.ON_BACKUP);
    assertThat(state.onBackupSince()).contains(now);
    assertThat(state.pending()).isEmpty();
    Instant recovered = now.plusSeconds(5);
    see(with(up(), RecordPlace.BACKUP));
    see(with(up(), RecordPlace.BACKUP));
    see(with(up(), RecordPlace.BACKUP));
    assertThat(state.phase()).isEqualTo(Phase.RECOVERING);
    assertThat(state.health().healthySince()).contains(recovered);
    assertThat(see(with(with(up(), RecordPlace.BACKUP), Observation.Command.FAIL_BACK)))
        .isEqualTo(Action.FAIL_BACK);
    assertThat(see(with(up(), ChangeStatus.VERIFIED))).isEqualTo(Action.NONE);
    assertThat(state.phase()).isEqualTo(Phase.UP);
    assertThat(state.onBackupSince()).isEmpty();
    assertThat(state.health()).isEqualTo(SiteHealth.UNKNOWN);
    assertThat(state.switches()).hasSize(1);
  }

  @Test
  void countsOnAfterBlindnessFromWhereItWas() {
    see(up());
    see(down());
    see(down());
    see(down());
    SiteHealth before = state.health();
    for (int round = 0; round < 100; round++) {
      see(down(Sight.BLIND));
    }
    assertThat(state.health()).isEqualTo(before);
    assertThat(see(down())).isEqualTo(Action.SWITCH);
  }

  @Test
  void doesNotTakeBlindnessForHealth() {
    state = in(Phase.RECOVERING);
    Instant healthy = state.health().healthySince().orElseThrow();
    now = WatchStates.LAST;
    for (int round = 0; round < 10; round++) {
      see(with(down(Sight.BLIND), RecordPlace.BACKUP));
    }
    assertThat(state.health().healthySince()).contains(healthy.plusSeconds(50));
  }

  @Test
  void haltsAtTheLimitAndNotBefore() {
    state = in(Phase.DOWN);
    now = WatchStates.LAST;
    for (int time = 1; time <= 4; time++) {
      assertThat(see(down())).isEqualTo(Action.SWITCH);
      see(with(down(), ChangeStatus.VERIFIED));
      state = in(Phase.DOWN).edit().switches(state.switches()).lastRound(now).done();
    }
    assertThat(see(down())).isEqualTo(Action.NONE);
    assertThat(state.phase()).isEqualTo(Phase.HALTED);
    assertThat(state.reason()).contains("4 times within 24 hours");
  }

  @Test
  void triesASwitchThatCannotBeBegunAsOftenAsItTakes() {
    state = in(Phase.DOWN);
    now = WatchStates.LAST;
    for (int time = 1; time <= 20; time++) {
      assertThat(see(down())).isEqualTo(Action.SWITCH);
      assertThat(see(down())).isEqualTo(Action.NONE);
      assertThat(state.switches()).isEmpty();
    }
  }

  @Test
  void doesNotSwitchLongAfterAnOutageThatIsOver() {
    state = in(Phase.SWITCHING);
    now = WatchStates.NOW.plus(Duration.ofHours(9));
    assertThat(see(with(up(), ChangeStatus.RETRYING))).isEqualTo(Action.NONE);
    assertThat(see(with(up(), ChangeStatus.RETRYING))).isEqualTo(Action.NONE);
    assertThat(see(with(up(), ChangeStatus.RETRYING))).isEqualTo(Action.UNDO);
  }

  @Test
  void takesTimesThatLieInTheFutureForNow() {
    Instant later = NOW.plus(Duration.ofHours(3));
    state =
        in(Phase.RECOVERING)
            .edit()
            .since(later)
            .onBackupSince(Optional.of(later))
            .switches(ImmutableList.of(later))
            .lastRound(later)
            .done();
    now = WatchStates.LAST;
    see(with(up(), RecordPlace.BACKUP));
    assertThat(state.phase()).isEqualTo(Phase.ON_BACKUP);
    assertThat(state.since()).isEqualTo(NOW);
    assertThat(state.onBackupSince()).contains(NOW);
    assertThat(state.switches()).containsExactly(NOW);
    assertThat(state.health().goodRounds()).isEqualTo(1);
    assertThat(state.health().samples()).hasSize(1);
  }

  @Test
  void saysWhyWithWhatWasObserved() {
    Observation seen =
        new Observation(
            Observation.Production.DOWN,
            Sight.CLEAR,
            Observation.Backup.UNREADY,
            RecordPlace.PRODUCTION,
            ChangeStatus.NONE,
            Optional.empty(),
            "",
            "the copy is 3 hours old");
    state = in(Phase.DOWN);
    see(seen);
    assertThat(state.reason())
        .isEqualTo(
            "production is down, and not switched: the backup is not ready to take over; the copy"
                + " is 3 hours old; 'failover-watcher switch --force' moves the records all the"
                + " same");
  }

  @Test
  void saysHowFarASuspicionIs() {
    see(up());
    see(down());
    assertThat(state.reason()).isEqualTo("production failed (1 failed in a row, 4 make it down)");
  }

  @ParameterizedTest
  @EnumSource(ChangeKind.class)
  void carriesOnWhatTheJournalHasWhenTheStateIsLost(ChangeKind kind) {
    state = WatchState.recovered(kind, now);
    Phase phase = state.phase();
    assertThat(see(with(down(), ChangeStatus.UNDER_WAY))).isEqualTo(Action.CONTINUE);
    assertThat(state.phase()).isEqualTo(phase);
    see(
        with(
            with(
                down(), kind == ChangeKind.FAIL_BACK ? RecordPlace.PRODUCTION : RecordPlace.BACKUP),
            ChangeStatus.VERIFIED));
    assertThat(state.phase()).isEqualTo(kind == ChangeKind.FAIL_BACK ? Phase.UP : Phase.ON_BACKUP);
  }

  private Action see(Observation seen) {
    now = now.plusSeconds(5);
    Decision decision = decider.decide(state, seen, now);
    state = decision.next();
    return decision.action();
  }
}
