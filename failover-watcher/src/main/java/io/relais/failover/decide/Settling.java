package io.relais.failover.decide;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.Optional;

/** Brings the phase in line with a change that ended and with where the records point. */
final class Settling {
  private Settling() {}

  /** The round, with the phase that the world is in. */
  static Round settle(Round round) {
    return switch (round.state().phase()) {
      case UP, SUSPECT, DOWN, BLIND -> round.isChangeActive() ? round : atProduction(round);
      case ON_BACKUP, RECOVERING -> round.isChangeActive() ? round : atBackup(round);
      case SWITCHING, FAILING_BACK -> moving(round);
      case HALTED -> round;
    };
  }

  private static Round atProduction(Round round) {
    return switch (round.seen().zone()) {
      case BACKUP, OLD_BACKUP ->
          onBackup(round, round.because("the records were found at the backup"));
      case FOREIGN -> halted(round, foreign(round));
      case PRODUCTION, MIXED, UNKNOWN ->
          round.seen().change() == ChangeStatus.REFUSED ? refused(round) : round;
    };
  }

  private static Round atBackup(Round round) {
    if (round.seen().change() == ChangeStatus.REFUSED) {
      return refused(round);
    }
    Round ended = round.with(round.state().edit().pending(Optional.empty()).done());
    return switch (round.seen().zone()) {
      case PRODUCTION -> foundAtProduction(ended);
      case FOREIGN -> halted(ended, foreign(round));
      case BACKUP, OLD_BACKUP, MIXED, UNKNOWN -> ended;
    };
  }

  private static Round foundAtProduction(Round round) {
    Round back = atProductionAgain(round, "somebody pointed the records at production");
    return back.countedAfresh();
  }

  private static Round moving(Round round) {
    boolean switching = round.state().phase() == Phase.SWITCHING;
    return switch (round.seen().change()) {
      case UNDER_WAY, RETRYING -> round;
      case VERIFIED ->
          switching
              ? onBackup(round, round.because("the switch" + asked(round) + " is verified"))
              : atProductionAgain(
                  round, "the records are back, which is verified" + askedFor(round));
      case REFUSED -> refused(round);
      case NONE -> switching ? neverSwitched(round) : neverFailedBack(round);
    };
  }

  private static String asked(Round round) {
    return round.isByHand() ? " that a person asked for" : "";
  }

  private static String askedFor(Round round) {
    return round.isByHand() ? "; a person asked for it" : "";
  }

  /** The journal has nothing: we died before it was written, or it could not be. */
  private static Round neverSwitched(Round round) {
    return switch (round.seen().zone()) {
      case BACKUP, OLD_BACKUP -> onBackup(round, "the records are at the backup");
      case FOREIGN -> halted(round, foreign(round));
      case PRODUCTION, MIXED, UNKNOWN ->
          at(uncounted(round), byVerdict(round), round.because("the switch was not begun"));
    };
  }

  /** A switch that never was does not count: the limit is there against flapping. */
  private static Round uncounted(Round round) {
    ImmutableList<Instant> switches = round.state().switches();
    return switches.isEmpty() || round.isByHand()
        ? round
        : round.with(
            round.state().edit().switches(switches.subList(0, switches.size() - 1)).done());
  }

  private static Round neverFailedBack(Round round) {
    boolean wasOnBackup = round.state().onBackupSince().isPresent();
    return switch (round.seen().zone()) {
      case PRODUCTION -> atProductionAgain(round, "the records are back");
      case BACKUP, OLD_BACKUP -> notBack(round);
      case FOREIGN -> halted(round, foreign(round));
      case MIXED, UNKNOWN ->
          wasOnBackup
              ? notBack(round)
              : atProductionAgain(round, "there was nothing left to take back");
    };
  }

  /** Health is counted afresh, so that a fail-back that can't be begun is not tried each round. */
  private static Round notBack(Round round) {
    return onBackup(
        round.with(round.state().edit().health(Health.UNKNOWN).held(false).done()),
        round.because("the fail-back was not begun"));
  }

  private static Round onBackup(Round round, String reason) {
    Round there = at(round, Phase.ON_BACKUP, reason);
    Optional<Instant> since = round.state().onBackupSince().or(() -> Optional.of(round.now()));
    return there.with(there.state().edit().onBackupSince(since).held(false).done());
  }

  /** Production is trusted anew: what it did before does not count. */
  private static Round atProductionAgain(Round round, String reason) {
    Round there = at(round, Phase.UP, reason);
    return there.with(
        there.state().edit().onBackupSince(Optional.empty()).health(Health.UNKNOWN).done());
  }

  private static Round at(Round round, Phase phase, String reason) {
    return round.with(round.to(phase).pending(Optional.empty()).reason(reason).done());
  }

  static Phase byVerdict(Round round) {
    return switch (round.health().verdict()) {
      case WELL -> Phase.UP;
      case SUSPECT -> Phase.SUSPECT;
      case DOWN -> Phase.DOWN;
    };
  }

  private static Round refused(Round round) {
    String what =
        round.isPending(ChangeKind.SWITCH)
            ? "the switch"
            : round.isPending(ChangeKind.FAIL_BACK) ? "the fail-back" : "the change of the records";
    return halted(
        round, round.because(what + " can't succeed before a person mends what is in its way"));
  }

  private static String foreign(Round round) {
    return round.because("the records are not as configured");
  }

  private static Round halted(Round round, String reason) {
    return round.with(round.to(Phase.HALTED).reason(reason).done());
  }
}
