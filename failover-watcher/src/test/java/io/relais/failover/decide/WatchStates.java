package io.relais.failover.decide;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.WatchState.BegunChange;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What is remembered before a round at {@link #NOW}, the last round having been 5 s before. */
final class WatchStates {
  static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  static final Instant LAST = NOW.minusSeconds(5);
  static final Instant SINCE = NOW.minus(Duration.ofHours(1));
  static final Policy POLICY = Policy.DEFAULT;

  private WatchStates() {}

  static WatchState in(Phase phase) {
    WatchState.Edit state =
        WatchState.initial(SINCE).edit().phase(phase).lastRound(LAST).reason("as it was");
    return switch (phase) {
      case UP -> state.health(rounds("...")).done();
      case SUSPECT, BLIND -> state.health(rounds("...xx")).done();
      case DOWN -> state.health(rounds("...xxxx")).done();
      case SWITCHING ->
          begun(state, ChangeKind.SWITCH)
              .health(rounds("...xxxx"))
              .switches(ImmutableList.of(SINCE))
              .done();
      case ON_BACKUP -> onBackup(state).health(rounds("...xxxx")).done();
      case RECOVERING -> onBackup(state).health(rounds("xxxx...")).done();
      case FAILING_BACK ->
          begun(onBackup(state), ChangeKind.FAIL_BACK).health(rounds("xxxx...")).done();
      case HALTED -> state.health(rounds("...xxxx")).done();
    };
  }

  static WatchState halted(ChangeKind pending) {
    return begun(in(Phase.HALTED).edit(), pending).done();
  }

  static WatchState.Edit begun(WatchState.Edit state, ChangeKind kind) {
    return state.pending(Optional.of(new BegunChange(kind, false)));
  }

  private static WatchState.Edit onBackup(WatchState.Edit state) {
    return state.onBackupSince(Optional.of(SINCE));
  }

  /** Rounds 5 s apart up to the last; a dot is a good one, an x one that failed. */
  static SiteHealth rounds(String text) {
    SiteHealth siteHealth = SiteHealth.UNKNOWN;
    for (int round = 0; round < text.length(); round++) {
      Instant at = LAST.minusSeconds(5L * (text.length() - 1 - round));
      siteHealth = siteHealth.after(text.charAt(round) == '.', at, POLICY);
    }
    return siteHealth;
  }
}
