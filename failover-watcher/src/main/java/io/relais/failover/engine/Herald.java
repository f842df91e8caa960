package io.relais.failover.engine;

import com.google.common.collect.ImmutableMap;
import io.relais.failover.change.Outcome;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.WatchState;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/** Says what happened: from a round's report to notices. For one thread. */
final class Herald {
  private final FailoverConfig config;
  private final Consumer<Notice> out;

  Herald(FailoverConfig config, Consumer<Notice> out) {
    this.config = config;
    this.out = out;
  }

  /** Tells; returns the memory with what has been told. */
  Memory tell(FailoverRound.Report report, Instant now) {
    WatchState after = report.memory().watch();
    report.trouble().ifPresent(why -> post(Kind.SWITCH_FAILED, "state", "can't act", why, now));
    if (after.phase() != report.before().phase()) {
      entered(report, after, now);
    }
    held(report, after, now);
    failed(report, now);
    followed(report, now);
    return blindness(report.memory(), now);
  }

  private void entered(FailoverRound.Report report, WatchState after, Instant now) {
    Phase from = report.before().phase();
    switch (after.phase()) {
      case SUSPECT -> {
        if (config.notifySuspect()) {
          post(Kind.SUSPECT, "suspect", "does not answer", after.reason(), now);
        }
      }
      case ON_BACKUP -> {
        if (from != Phase.RECOVERING) {
          post(Kind.SWITCHED, "switched " + now, "is on the backup now", switched(report), now);
        }
      }
      case RECOVERING ->
          post(Kind.RECOVERED, "recovered", "answers again in production", recovered(), now);
      case UP -> {
        if (from == Phase.FAILING_BACK || wentBackAtOnce(report)) {
          post(
              Kind.FAILED_BACK,
              "failed back " + now,
              "is back in production",
              times(report.outcome(), Optional.empty()),
              now);
        }
      }
      case HALTED -> post(Kind.HALTED, after.reason(), "needs a person", halted(after), now);
      case DOWN, SWITCHING, FAILING_BACK, BLIND -> {}
    }
  }

  /** Where the name servers show a change at once, it begins and ends in one round. */
  private static boolean wentBackAtOnce(FailoverRound.Report report) {
    return (report.action() == Action.FAIL_BACK || report.action() == Action.UNDO)
        && report.outcome() instanceof Outcome.Verified;
  }

  private String switched(FailoverRound.Report report) {
    return "%s\nThe records point at %s.\n%s\nGo back with: failover-watcher failback"
        .formatted(
            report.seen().observation().reasons(),
            report.seen().backup().map(Object::toString).orElse("the backup"),
            times(report.outcome(), report.memory().outage()));
  }

  private String recovered() {
    return config.policy().automaticFailback()
        ? "It goes back by itself after "
            + Texts.duration(config.policy().failbackAfter())
            + " of health."
        : "Go back with: failover-watcher failback";
  }

  private static String halted(WatchState after) {
    return after.reason() + "\nWhen it is mended: failover-watcher resume";
  }

  private static String times(Outcome outcome, Optional<Instant> outage) {
    if (!(outcome instanceof Outcome.Verified verified)) {
      return "";
    }
    String visible =
        "%s after it was accepted"
            .formatted(Texts.duration(Duration.between(verified.accepted(), verified.visible())));
    return outage
            .map(
                began ->
                    "Accepted %s after production began to fail; "
                        .formatted(Texts.duration(Duration.between(began, verified.accepted()))))
            .orElse("")
        + "visible at every authoritative server "
        + visible
        + ".";
  }

  private void held(FailoverRound.Report report, WatchState after, Instant now) {
    if (after.phase() == Phase.DOWN && report.action() == Action.NONE) {
      post(
          Kind.SWITCH_FAILED, "down, not switched", "is down and stays there", after.reason(), now);
    }
  }

  private void failed(FailoverRound.Report report, Instant now) {
    String what =
        switch (report.outcome()) {
          case Outcome.Retrying retrying when report.action() != Action.NONE -> retrying.detail();
          case Outcome.Refused refused when report.action() != Action.NONE -> refused.detail();
          case Outcome.Conflict conflict when report.action() != Action.NONE -> conflict.detail();
          case Outcome.Retrying _, Outcome.Refused _, Outcome.Conflict _ -> "";
          case Outcome.Idle _, Outcome.Published _, Outcome.Verified _ -> "";
        };
    if (!what.isEmpty()) {
      post(Kind.SWITCH_FAILED, "change failed", "could not be moved yet", what, now);
    }
  }

  private void followed(FailoverRound.Report report, Instant now) {
    boolean stayed = isOnBackup(report.before()) && isOnBackup(report.memory().watch());
    if (stayed && report.outcome() instanceof Outcome.Verified && report.action() != Action.NONE) {
      String address = report.seen().backup().map(Object::toString).orElse("");
      post(
          Kind.ADDRESS_CHANGED,
          address,
          "follows the backup's address",
          "The records point at " + address + " now.",
          now);
    }
  }

  private static boolean isOnBackup(WatchState state) {
    return state.phase() == Phase.ON_BACKUP || state.phase() == Phase.RECOVERING;
  }

  private Memory blindness(Memory memory, Instant now) {
    WatchState watch = memory.watch();
    if (watch.phase() != Phase.BLIND) {
      return memory.withBlindTold(false);
    }
    Duration blind = Duration.between(watch.since(), now);
    if (memory.blindTold() || blind.compareTo(config.blindAlertAfter()) < 0) {
      return memory;
    }
    post(Kind.BLIND, "blind", "can't be judged", watch.reason(), now);
    return memory.withBlindTold(true);
  }

  private void post(Kind kind, String key, String title, String text, Instant now) {
    String site = config.site().name();
    out.accept(
        new Notice(
            kind, key, site + " " + title, text.strip(), now, ImmutableMap.of("site", site)));
  }
}
