package io.relais.failover.alerts;

import com.google.common.collect.ImmutableMap;
import io.relais.common.DurationFormat;
import io.relais.failover.change.Outcome;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation.Production;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.SiteHealth.Verdict;
import io.relais.failover.decide.WatchState;
import io.relais.failover.decide.WatchState.BegunChange;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.observe.RoundReport;
import io.relais.failover.observe.RoundReport.ActionResult;
import io.relais.failover.state.NoticeHistory;
import io.relais.failover.state.NoticeHistory.StalledChange;
import io.relais.failover.state.PersistentState;
import io.relais.failover.state.Sentence;
import io.relais.failover.state.StateKeeper;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Says what happened: from a round's report to notices. The key of one that matters each time holds
 * the time of what it tells; of one that a flaky line or site would repeat, it doesn't. For one
 * thread.
 */
public final class StateChangeNotices {
  private final FailoverConfig config;
  private final String program;
  private final StateKeeper keeper;
  private final Consumer<Notice> out;

  /**
   * Makes one.
   *
   * @param program how people call this program
   * @param keeper says whether what is told can be remembered
   */
  public StateChangeNotices(
      FailoverConfig config, String program, StateKeeper keeper, Consumer<Notice> out) {
    this.config = config;
    this.program = program;
    this.keeper = keeper;
    this.out = out;
  }

  /** Tells; returns the memory with what has been told. */
  public PersistentState tell(RoundReport report, Instant now) {
    WatchState after = report.memory().watch();
    if (after.phase() != report.before().phase()) {
      entered(report, after, now);
    }
    refused(report, now);
    followed(report, now);
    PersistentState persistentState = report.memory();
    NoticeHistory noticeHistory = stuck(report, after, now);
    return persistentState.withTold(
        noticeHistory.withBlind(blindness(after, noticeHistory.blind(), now)));
  }

  private void entered(RoundReport report, WatchState after, Instant now) {
    WatchState before = report.before();
    switch (after.phase()) {
      case SUSPECT -> {
        if (config.notifySuspect()) {
          post(Topic.SUSPECT, "suspect", "does not answer", sentence(after), now);
        }
      }
      case ON_BACKUP -> {
        if (before.phase() == Phase.FAILING_BACK) {
          post(Topic.SWITCH_FAILED, "fail-back " + now, "could not go back", sentence(after), now);
        } else if (before.onBackupSince().isEmpty()) {
          Instant began =
              before.phase() == Phase.SWITCHING ? before.since() : after.lastRound().orElse(now);
          post(Topic.SWITCHED, "switched " + began, "is on the backup now", switched(report), now);
        }
      }
      case RECOVERING -> {
        if (before.phase() == Phase.ON_BACKUP) {
          String stay = after.onBackupSince().map(Object::toString).orElse("");
          post(
              Topic.RECOVERED,
              "recovered " + stay,
              "answers again in production",
              recovered(),
              now);
        }
      }
      case UP -> {
        if (before.phase() == Phase.FAILING_BACK || before.onBackupSince().isPresent()) {
          post(Topic.FAILED_BACK, "back " + now, "is back in production", back(report), now);
        }
      }
      case HALTED ->
          post(Topic.HALTED, "halted " + now, "needs you: the watcher halted", halted(after), now);
      case DOWN, SWITCHING, FAILING_BACK, BLIND -> {}
    }
  }

  private String switched(RoundReport report) {
    boolean ours = report.result().outcome() instanceof Outcome.Verified;
    String why =
        ours
            ? Sentence.of("production failed: " + report.seen().observation().reasons())
            : Sentence.of(report.memory().watch().reason());
    return "%s\nThe records point at %s.\n%s\nGo back with: %s failback"
        .formatted(
            report.byHand() ? "An operator asked for it." : why,
            report.seen().backup().map(Object::toString).orElse("the backup"),
            times(report.result().outcome(), report.memory().outage()),
            program);
  }

  private static String back(RoundReport report) {
    return Sentence.of(report.memory().watch().reason())
        + "\n"
        + times(report.result().outcome(), Optional.empty());
  }

  private String recovered() {
    return config.policy().automaticFailback()
        ? "It goes back by itself after "
            + DurationFormat.of(config.policy().failbackAfter())
            + " of health."
        : "Go back with: " + program + " failback";
  }

  private String halted(WatchState after) {
    return sentence(after) + "\nWhen it is fixed: " + program + " resume";
  }

  private static String sentence(WatchState state) {
    return Sentence.of(state.reason());
  }

  /** How long a change took, for people; empty if it is not done. */
  public static String times(Outcome outcome, Optional<Instant> outage) {
    if (!(outcome instanceof Outcome.Verified verified)) {
      return "";
    }
    String accepted =
        outage
            .map(
                began ->
                    "Accepted %s after production began to fail; visible"
                        .formatted(DurationFormat.of(Duration.between(began, verified.accepted()))))
            .orElse("Visible");
    return "%s at every authoritative server %s after it was accepted."
        .formatted(
            accepted, DurationFormat.of(Duration.between(verified.accepted(), verified.visible())));
  }

  /**
   * What lasts is told: what the next round cures is not worth a notice. Where nobody can remember
   * how long it has lasted, it is told at once.
   */
  private NoticeHistory stuck(RoundReport report, WatchState after, Instant now) {
    NoticeHistory noticeHistory = report.memory().told();
    ActionResult result = report.result();
    boolean held =
        after.phase() == Phase.DOWN
            && result.action() == Action.NONE
            && report.seen().observation().production() == Production.DOWN;
    if (!held && !result.failed()) {
      return after.phase() == Phase.DOWN || result.changing()
          ? noticeHistory
          : noticeHistory.withStuck(Optional.empty());
    }
    StalledChange before = noticeHistory.stuck().orElseGet(() -> StalledChange.begin(now));
    StalledChange stalledChange = held || result.tried() ? before.again() : before;
    if ((keeper.isFailing() || stalledChange.lasts(now)) && keeper.isOutageToTell(now)) {
      String what =
          isDown(after) ? "is down and not switched" : "has records that can't be changed";
      String why =
          held
              ? sentence(after)
              : Sentence.of(result.outcome().detail()) + "\nIt is tried again by itself.";
      post(Topic.SWITCH_FAILED, "stuck " + stalledChange.since(), what, why, now);
    }
    return noticeHistory.withStuck(Optional.of(stalledChange));
  }

  /** An operator may switch while production is well. */
  private static boolean isDown(WatchState after) {
    boolean byHand = after.pending().filter(BegunChange::byHand).isPresent();
    return after.phase() == Phase.DOWN
        || (after.phase() == Phase.SWITCHING
            && (!byHand || after.health().verdict() == Verdict.DOWN));
  }

  private void refused(RoundReport report, Instant now) {
    Outcome outcome = report.result().outcome();
    boolean refused = outcome instanceof Outcome.Refused || outcome instanceof Outcome.Conflict;
    boolean halts =
        report.memory().watch().phase() == Phase.HALTED && report.before().phase() != Phase.HALTED;
    if (refused && !halts && report.result().action() != Action.NONE) {
      post(
          Topic.SWITCH_FAILED,
          "refused " + now,
          "has records that can't be changed",
          Sentence.of(outcome.detail()),
          now);
    }
  }

  private void followed(RoundReport report, Instant now) {
    boolean stayed =
        isOnBackup(report.before().phase()) && isOnBackup(report.memory().watch().phase());
    boolean done = report.result().outcome() instanceof Outcome.Verified;
    if (stayed && done && report.result().action() != Action.NONE) {
      String address = report.seen().backup().map(Object::toString).orElse("its new address");
      post(
          Topic.ADDRESS_CHANGED,
          address + " " + now,
          "follows the backup to " + address,
          "The backup's public address changed, and the records point at it.",
          now);
    }
  }

  private static boolean isOnBackup(Phase phase) {
    return phase == Phase.ON_BACKUP || phase == Phase.RECOVERING;
  }

  private boolean blindness(WatchState after, boolean told, Instant now) {
    if (after.phase() != Phase.BLIND) {
      return false;
    }
    if (!told && Duration.between(after.since(), now).compareTo(config.blindAlertAfter()) >= 0) {
      String title = "can't be judged: our own line is in doubt";
      post(Topic.BLIND, "blind " + after.since(), title, sentence(after), now);
      return true;
    }
    return told;
  }

  private void post(Topic topic, String key, String title, String text, Instant now) {
    String site = config.site().name();
    out.accept(
        new Notice(
            topic, key, site + " " + title, text.strip(), now, ImmutableMap.of("site", site)));
  }
}
