package io.relais.failover.alerts;

import com.google.common.collect.ImmutableMap;
import io.relais.common.DurationFormat;
import io.relais.common.TimeText;
import io.relais.failover.alerts.ProblemNotices.Ending;
import io.relais.failover.alerts.ProblemNotices.Words;
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
import io.relais.failover.observe.SiteCheckResult;
import io.relais.failover.state.LineOutage;
import io.relais.failover.state.NoticeHistory;
import io.relais.failover.state.NoticeHistory.StalledChange;
import io.relais.failover.state.PersistentState;
import io.relais.failover.state.Sentence;
import io.relais.failover.state.StandingProblem;
import io.relais.failover.state.StateKeeper;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Says what happened: from a round's report to notices. What lasts is told from how things stand
 * and not from the moment in which they change, so that no restart loses it; each beginning has its
 * end:
 *
 * <pre>
 * thing      begins                        ends                           another reason
 * ---------  ----------------------------  -----------------------------  --------------------
 * on-backup  switched                      failed-back                    -
 * stuck      down and not switched; or     up again; or switched          told
 *              records can't be changed
 * halted     halted                        goes on again                  -
 * line       blind, if it lasts            back, and how long it was out  -
 * suspect    does not answer, if wanted    answers again, or one of the   -
 *                                            things above
 * recovered  answers again in production,  does not answer any more, or   -
 *              while on the backup           failed-back
 * </pre>
 *
 * What happens at once has no end: a change that is refused, a fail-back that fails, an address
 * that is followed. For one thread.
 */
public final class StateChangeNotices {
  private static final String ON_BACKUP = "on-backup";
  private static final String STUCK = "stuck";
  private static final String SUSPECT = "suspect";
  private static final String RECOVERED = "recovered";
  private static final String NOT_SWITCHED = " is down and not switched";

  /** Production that fails once on the backup may be back at once. */
  private static final Duration SETTLE = Duration.ofMinutes(5);

  private final FailoverConfig config;
  private final String program;
  private final Duration repeatAfter;
  private final StateKeeper keeper;
  private final Consumer<Notice> out;
  private final ProblemNotices onBackup;
  private final ProblemNotices stuck;
  private final ProblemNotices halted;
  private final ProblemNotices suspect;
  private final ProblemNotices recovered;

  /**
   * Makes one.
   *
   * @param program how people call this program
   * @param repeatAfter how long what a flaky line or site would repeat is not told again
   * @param keeper says whether what is told can be remembered
   */
  public StateChangeNotices(
      FailoverConfig config,
      String program,
      Duration repeatAfter,
      StateKeeper keeper,
      Consumer<Notice> out) {
    this.config = config;
    this.program = program;
    this.repeatAfter = repeatAfter;
    this.keeper = keeper;
    this.out = out;
    this.onBackup = problem(ON_BACKUP, Topic.SWITCHED, Topic.FAILED_BACK, Duration.ZERO);
    this.stuck = problem(STUCK, Topic.SWITCH_FAILED, Topic.SWITCH_FAILED, Duration.ZERO);
    this.halted = problem("halted", Topic.HALTED, Topic.HALTED, Duration.ZERO);
    this.suspect = problem(SUSPECT, Topic.SUSPECT, Topic.SUSPECT, Duration.ZERO);
    this.recovered = problem(RECOVERED, Topic.RECOVERED, Topic.RECOVERED, SETTLE);
  }

  private ProblemNotices problem(String thing, Topic began, Topic over, Duration settle) {
    return new ProblemNotices(
        thing,
        began,
        over,
        settle,
        Optional.empty(),
        ImmutableMap.of("site", config.site().name()),
        out);
  }

  /** Tells; returns the memory with what has been told. */
  public PersistentState tell(RoundReport report, Instant now) {
    NoticeHistory told = report.memory().told();
    told = halted(told, report, now);
    told = suspicion(told, report, now);
    told = place(told, report, now);
    told = recovery(told, report, now);
    told = stalled(told, report, now);
    happened(report, now);
    return report.memory().withTold(told.withLine(line(told.line(), report, now)));
  }

  private NoticeHistory halted(NoticeHistory told, RoundReport report, Instant now) {
    WatchState after = report.memory().watch();
    if (after.phase() == Phase.HALTED) {
      String text = sentence(after) + "\nWhen it is fixed: " + program + " resume";
      Words words = new Words(titled(" needs you: the watcher halted"), text);
      // What it halted for is told once, however it is put later.
      return told.problem(halted.thing()).isPresent()
          ? told
          : halted.stands(told, words, after.since(), now);
    }
    return halted.isGone(
        told,
        new Ending(titled(": the watcher goes on again"), "It was halted", sentence(after)),
        now);
  }

  /** What a suspicion turns into has an end of its own. */
  private NoticeHistory suspicion(NoticeHistory told, RoundReport report, Instant now) {
    WatchState after = report.memory().watch();
    return switch (after.phase()) {
      case SUSPECT -> {
        boolean known =
            told.problem(SUSPECT).isPresent()
                || told.problem(STUCK).isPresent()
                || told.isRecent(SUSPECT, repeatAfter, now);
        Words words = new Words(titled(" does not answer"), sentence(after));
        yield known || !config.notifySuspect()
            ? told
            : suspect.stands(told.withDaily(SUSPECT, now), words, outage(report, now), now);
      }
      case UP ->
          isWell(report)
              ? suspect.isGone(
                  told, new Ending(titled(" answers again"), "It did not answer", ""), now)
              : told;
      case ON_BACKUP, RECOVERING -> told.withProblem(SUSPECT, Optional.empty());
      case DOWN, SWITCHING, FAILING_BACK, BLIND, HALTED -> told;
    };
  }

  /** Where the site is: on the backup, or back. */
  private NoticeHistory place(NoticeHistory told, RoundReport report, Instant now) {
    WatchState before = report.before();
    WatchState after = report.memory().watch();
    return switch (after.phase()) {
      case ON_BACKUP, RECOVERING -> {
        if (before.phase() == Phase.FAILING_BACK) {
          post(Topic.SWITCH_FAILED, "fail-back " + now, " could not go back", sentence(after), now);
        }
        if (told.problem(ON_BACKUP).isPresent()) {
          yield told;
        }
        keeper.outageOver();
        String text =
            switched(report) + told.problem(STUCK).map(known -> waited(known, now)).orElse("");
        yield onBackup.stands(
            told.withProblem(STUCK, Optional.empty()).withStuck(Optional.empty()),
            new Words(titled(" is on the backup now"), text),
            after.onBackupSince().orElse(now),
            now);
      }
      case UP, SUSPECT, DOWN, BLIND -> {
        Ending ending =
            new Ending(titled(" is back in production"), "It was on the backup", back(report));
        if (told.problem(ON_BACKUP).isEmpty()) {
          if (before.phase() == Phase.FAILING_BACK && after.phase() == Phase.UP) {
            // A switch that was undone before anybody was told of it.
            post(Topic.FAILED_BACK, "back " + now, " is back in production", back(report), now);
          }
          yield told;
        }
        yield onBackup.isGone(told.withProblem(RECOVERED, Optional.empty()), ending, now);
      }
      case SWITCHING, FAILING_BACK, HALTED -> told;
    };
  }

  private static String waited(StandingProblem problem, Instant now) {
    return problem.told().isPresent()
        ? "\n" + ProblemNotices.lasted(was(problem), problem.gone(now))
        : "";
  }

  private NoticeHistory recovery(NoticeHistory told, RoundReport report, Instant now) {
    boolean known = told.problem(RECOVERED).isPresent();
    String stay =
        RECOVERED + told.problem(ON_BACKUP).map(problem -> " " + problem.noticed()).orElse("");
    return switch (report.memory().watch().phase()) {
      case RECOVERING -> {
        Words words = new Words(titled(" answers again in production"), recovered());
        if (known) {
          yield recovered.stands(told, words, now, now);
        }
        yield report.before().phase() == Phase.UP || told.isRecent(stay, repeatAfter, now)
            ? told
            : recovered.stands(told.withDaily(stay, now), words, now, now);
      }
      case ON_BACKUP ->
          recovered.isGone(
              told,
              new Ending(
                  titled(" does not answer in production any more"),
                  "It answered",
                  "It stays on the backup. " + sentence(report.memory().watch())),
              now);
      case UP, SUSPECT, DOWN, SWITCHING, FAILING_BACK, BLIND, HALTED -> told;
    };
  }

  /** Since when production fails, as far as is known. */
  private static Instant outage(RoundReport report, Instant now) {
    return report.memory().outage().orElse(now);
  }

  private static boolean isWell(RoundReport report) {
    return report.memory().watch().phase() == Phase.UP
        && report.seen().observation().production() == Production.UP;
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
  private NoticeHistory stalled(NoticeHistory told, RoundReport report, Instant now) {
    WatchState after = report.memory().watch();
    ActionResult result = report.result();
    boolean held =
        after.phase() == Phase.DOWN
            && result.action() == Action.NONE
            && report.seen().observation().production() == Production.DOWN;
    if (!held && !result.failed()) {
      return notStalled(told, report, now);
    }
    StalledChange before = told.stuck().orElseGet(() -> StalledChange.begin(now));
    StalledChange stalledChange = held || result.tried() ? before.again() : before;
    NoticeHistory next = told.withStuck(Optional.of(stalledChange));
    Words words = stalled(report, held);
    Instant since = isDown(after) ? outage(report, now) : stalledChange.since();
    if (told.problem(STUCK).isPresent()) {
      // While the provider is given time, there is nothing new.
      return held || result.tried() ? stuck.stands(next, words, since, now) : next;
    }
    if (!keeper.isFailing() && keeper.outageTold().isPresent()) {
      return stuck.isKnown(next, words, since, now);
    }
    return (keeper.isFailing() || stalledChange.lasts(now)) && keeper.isOutageToTell(now)
        ? stuck.stands(next, words, since, now).withProblem(SUSPECT, Optional.empty())
        : next;
  }

  /** Production's own failures say why it is down, and not why it is not switched. */
  private Words stalled(RoundReport report, boolean held) {
    WatchState after = report.memory().watch();
    String title = titled(isDown(after) ? NOT_SWITCHED : " has records that can't be changed");
    String text =
        held
            ? sentence(after)
            : Sentence.of(report.result().outcome().detail()) + "\nIt is tried again by itself.";
    String failures = new SiteCheckResult(false, report.seen().probes()).failures();
    String reason =
        failures.isEmpty()
            ? text
            : text.replace("; " + failures, "").replace(failures + "; ", "").replace(failures, "");
    return new Words(title, title + ", for another reason now", text, title + "\n" + reason);
  }

  /** Whether it is over shows by where it led, once nothing is tried any more. */
  private NoticeHistory notStalled(NoticeHistory told, RoundReport report, Instant now) {
    WatchState after = report.memory().watch();
    boolean changing = report.result().changing();
    NoticeHistory next =
        after.phase() == Phase.DOWN || changing ? told : told.withStuck(Optional.empty());
    if (changing || told.problem(STUCK).isEmpty()) {
      if (isWell(report)) {
        forgotten(now);
      }
      return next;
    }
    return switch (after.phase()) {
      case UP ->
          isWell(report)
              ? stuck.isGone(next, stalledNoMore(told.problem(STUCK).orElseThrow()), now)
              : next;
      case ON_BACKUP, RECOVERING -> {
        keeper.outageOver();
        yield stuck.isGone(next, stalledNoMore(told.problem(STUCK).orElseThrow()), now);
      }
      case SUSPECT, DOWN, SWITCHING, FAILING_BACK, BLIND, HALTED -> next;
    };
  }

  private Ending stalledNoMore(StandingProblem problem) {
    return new Ending(
        titled(
            isNotSwitched(problem)
                ? " is up again"
                : " no longer waits for a change of its records"),
        was(problem),
        "");
  }

  private static String was(StandingProblem problem) {
    return isNotSwitched(problem)
        ? "It was down and not switched"
        : "Its records could not be changed";
  }

  private static boolean isNotSwitched(StandingProblem problem) {
    return problem.told().filter(known -> known.contains(NOT_SWITCHED)).isPresent();
  }

  /** An outage that was told by a run which could not remember it. */
  private void forgotten(Instant now) {
    keeper
        .outageTold()
        .ifPresent(
            since ->
                post(
                    Topic.SWITCH_FAILED,
                    STUCK + " " + since + " over",
                    " is up again",
                    "It was down at %s or before, and was not switched."
                        .formatted(TimeText.of(since)),
                    now,
                    ImmutableMap.of("problem", STUCK, "event", "over")));
  }

  /** An operator may switch while production is well. */
  private static boolean isDown(WatchState after) {
    boolean byHand = after.pending().filter(BegunChange::byHand).isPresent();
    return after.phase() == Phase.DOWN
        || (after.phase() == Phase.SWITCHING
            && (!byHand || after.health().verdict() == Verdict.DOWN));
  }

  private void happened(RoundReport report, Instant now) {
    refused(report, now);
    followed(report, now);
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
          " has records that can't be changed",
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
          " follows the backup to " + address,
          "The backup's public address changed, and the records point at it.",
          now);
    }
  }

  private static boolean isOnBackup(Phase phase) {
    return phase == Phase.ON_BACKUP || phase == Phase.RECOVERING;
  }

  /** An outage of our own line is told after its return, however short; while it lasts, once. */
  private Optional<LineOutage> line(Optional<LineOutage> known, RoundReport report, Instant now) {
    WatchState after = report.memory().watch();
    if (after.phase() == Phase.BLIND) {
      LineOutage outage = LineOutage.out(known, now);
      if (outage.told().isPresent() || !outage.lasts(config.blindAlertAfter(), now)) {
        return Optional.of(outage);
      }
      post(
          Topic.BLIND,
          "blind " + outage.since(),
          " can't be judged: our own line is in doubt",
          sentence(after),
          now,
          ofLine("begun"));
      return Optional.of(outage.toldAt(now));
    }
    Optional<LineOutage> back = known.map(outage -> outage.back(now));
    if (back.filter(outage -> outage.isOver(now)).isEmpty()) {
      return back;
    }
    LineOutage outage = back.orElseThrow();
    post(
        Topic.BLIND,
        "blind " + outage.since() + " over",
        outage.told().isPresent()
            ? " can be judged again: our own line is back"
            : ": our own line was out for " + DurationFormat.of(outage.total()),
        lineWasOut(outage),
        now,
        ofLine("over"));
    return Optional.empty();
  }

  private static ImmutableMap<String, String> ofLine(String event) {
    return ImmutableMap.of("problem", "line", "event", event);
  }

  private static String lineWasOut(LineOutage outage) {
    String times =
        outage.times() == 1
            ? "It was out from %s to %s (%s)"
                .formatted(
                    TimeText.of(outage.since()),
                    TimeText.of(outage.until()),
                    DurationFormat.of(outage.total()))
            : "It was out %d times from %s to %s, for %s in all"
                .formatted(
                    outage.times(),
                    TimeText.of(outage.since()),
                    TimeText.of(outage.until()),
                    DurationFormat.of(outage.total()));
    return times + ". Nothing could be said of production in that time.";
  }

  private String titled(String what) {
    return config.site().name() + what;
  }

  private void post(Topic topic, String key, String title, String text, Instant now) {
    post(topic, key, title, text, now, ImmutableMap.of());
  }

  private void post(
      Topic topic,
      String key,
      String title,
      String text,
      Instant now,
      ImmutableMap<String, String> more) {
    out.accept(
        new Notice(
            topic,
            key,
            titled(title),
            text.strip(),
            now,
            ImmutableMap.<String, String>builder()
                .put("site", config.site().name())
                .putAll(more)
                .buildOrThrow()));
  }
}
