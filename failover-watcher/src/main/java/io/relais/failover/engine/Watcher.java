package io.relais.failover.engine;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.relais.failover.alerts.BackupReadinessNotices;
import io.relais.failover.alerts.CertificateExpiryNotices;
import io.relais.failover.alerts.DeadMansSwitch;
import io.relais.failover.alerts.NoticeOutbox;
import io.relais.failover.alerts.StateChangeNotices;
import io.relais.failover.alerts.StatusReports;
import io.relais.failover.change.Outcome;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.decide.Observation;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Observation.Production;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.WatchState;
import io.relais.failover.observe.ParallelChecks;
import io.relais.failover.observe.RoundReport;
import io.relais.failover.observe.WatchOnlyChecks;
import io.relais.failover.selfcheck.SelfCheck;
import io.relais.failover.state.HistoryFile;
import io.relais.failover.state.PersistentState;
import io.relais.failover.state.StateKeeper;
import io.relais.failover.state.StatusFile;
import io.relais.failover.state.StatusReport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All that happens in a round, once. For one thread, which holds the lock. */
public final class Watcher {
  private static final Logger log = LoggerFactory.getLogger(Watcher.class);

  private static final ImmutableSet<Phase> QUIET =
      Sets.immutableEnumSet(Phase.UP, Phase.SUSPECT, Phase.RECOVERING);

  /** What a run has said, among what is told once a day. */
  private static final String SAID = "said ";

  private final Optional<Failover> failover;
  private final WatchOnlyChecks watchOnlyChecks;
  private final Tellers tellers;
  private final Records records;
  private final InstantSource clock;
  private PersistentState persistentState;
  private String rejection = "";

  /** The part that can switch. */
  record Failover(
      String site,
      FailoverRound round,
      StateChangeNotices changes,
      BackupReadinessNotices backup,
      Optional<DynDnsRound> dyndns,
      Optional<SelfCheck> selfCheck) {}

  /** Those who tell people of other things than changes of state. */
  record Tellers(
      CertificateExpiryNotices certificates, DeadMansSwitch deadman, NoticeOutbox outbox) {}

  /** What is kept on disk. */
  record Records(StateKeeper state, Optional<StatusFile> status, Optional<HistoryFile> history) {}

  Watcher(
      Optional<Failover> failover,
      WatchOnlyChecks watchOnlyChecks,
      Tellers tellers,
      Records records,
      Start start) {
    this.failover = failover;
    this.watchOnlyChecks = watchOnlyChecks;
    this.tellers = tellers;
    this.records = records;
    this.clock = start.clock();
    this.persistentState = start.memory();
  }

  /** What it begins with. */
  record Start(InstantSource clock, PersistentState memory) {}

  /**
   * What a round came to.
   *
   * @param phase where the site stands; empty where things are only watched
   * @param reason why, for people; or why a command is not followed
   * @param action what was to be done with the zone
   * @param changing whether a change of the zone is under way
   * @param refused whether the command was not followed
   * @param waiting whether the provider has not accepted that change yet
   * @param idle whether production is down and nothing was tried against it, or can be
   * @param doubtful whether something that is only watched has failed, and not often enough yet
   * @param kept whether what matters is on disk: if not, nothing is begun, and the next run does
   *     not know of this one
   */
  public record RoundOutcome(
      Optional<Phase> phase,
      String reason,
      Action action,
      boolean changing,
      boolean refused,
      boolean waiting,
      boolean idle,
      boolean doubtful,
      boolean kept,
      StatusReport status) {}

  /** Whether it waits for an operator. */
  public boolean isHalted() {
    return persistentState.watch().phase() == Phase.HALTED;
  }

  /** Carries one round out. Blocks for as long as its looks and calls do. */
  public RoundOutcome round(Optional<Command> command) throws InterruptedException {
    Instant now = clock.instant();
    persistentState = persistentState.withTold(persistentState.told().withoutOld(now));
    Optional<RoundReport> report = Optional.empty();
    ImmutableList<WatchOnlyChecks.WatchReading> looks;
    try (ParallelChecks meanwhile = new ParallelChecks()) {
      PersistentState before = persistentState;
      Future<ImmutableList<WatchOnlyChecks.WatchReading>> watching =
          meanwhile.submit(() -> watchOnlyChecks.look(before, now));
      if (failover.isPresent()) {
        report = Optional.of(failoverRound(failover.get(), command, now));
      }
      looks = ParallelChecks.result(watching);
    }
    looks.forEach(this::watched);
    persistentState = watchOnlyChecks.tell(persistentState, looks, clock.instant());
    looks.forEach(
        watchReading ->
            persistentState =
                tellers.certificates().tell(persistentState, watchReading.results(), now));
    return ended(report, looks);
  }

  private void watched(WatchOnlyChecks.WatchReading watchReading) {
    boolean up = watchReading.state().up();
    if (up == WatchOnlyChecks.wasUp(persistentState, watchReading.name())) {
      return;
    }
    String text =
        watchReading.name() + (up ? " is up again" : " is down: " + watchReading.failures("; "));
    if (up) {
      log.info("{}", text);
    } else {
      log.warn("{}", text);
    }
    record(new HistoryFile.Entry(watchReading.state().since(), "watch", word(!up), word(up), text));
  }

  private static String word(boolean up) {
    return up ? "up" : "down";
  }

  private RoundOutcome ended(
      Optional<RoundReport> report, ImmutableList<WatchOnlyChecks.WatchReading> looks)
      throws InterruptedException {
    Instant now = clock.instant();
    boolean kept = keepAndTell(now);
    StatusReport status =
        StatusReports.of(persistentState, report, failover.map(Failover::site), looks, now);
    records.status().ifPresent(file -> file.write(status, !kept));
    if (kept) {
      tellers.deadman().ping(now);
    }
    return result(report, looks, kept, status);
  }

  /** Saves what is remembered if it is time, then lets the notices go that it has as told. */
  private boolean keepAndTell(Instant now) throws InterruptedException {
    persistentState = persistentState.withUnsent(tellers.outbox().waiting());
    boolean kept = records.state().keep(persistentState, now);
    if (!tellers.outbox().deliver()) {
      return kept;
    }
    persistentState = persistentState.withUnsent(ImmutableList.of());
    return records.state().keep(persistentState, now);
  }

  private RoundReport failoverRound(Failover part, Optional<Command> command, Instant now)
      throws InterruptedException {
    RoundReport report =
        part.round()
            .run(
                persistentState,
                command,
                now,
                began -> persistentState = persistentState.withOutage(Optional.of(began)));
    persistentState = report.memory();
    if (persistentState.watch().phase() != report.before().phase()) {
      records
          .state()
          .keep(persistentState, now); // Whether it can be decides how loudly it is told.
    }
    transition(report, now);
    changed(report);
    persistentState = part.changes().tell(report, clock.instant());
    if (persistentState.watch().phase() == Phase.UP
        && report.seen().observation().production() == Production.UP) {
      records.state().outageOver();
    }
    persistentState = tellers.certificates().tell(persistentState, report.seen().probes(), now);
    persistentState = tellers.certificates().tell(persistentState, report.seen().own(), now);
    persistentState = part.backup().tell(persistentState, report, now);
    if (part.dyndns().isPresent()) {
      persistentState = part.dyndns().get().round(persistentState, report.result().changing(), now);
    }
    boolean calm = isCalm(report);
    part.selfCheck().ifPresent(check -> check.round(calm));
    return report;
  }

  /** Whether nothing is to be done with the zone, nor soon will be. */
  private boolean isCalm(RoundReport report) {
    Observation observation = report.seen().observation();
    boolean steady =
        switch (persistentState.watch().phase()) {
          case UP -> observation.production() == Production.UP;
          case ON_BACKUP -> true;
          case SUSPECT, DOWN, SWITCHING, RECOVERING, FAILING_BACK, BLIND, HALTED -> false;
        };
    return steady
        && report.before().phase() == persistentState.watch().phase()
        && !report.result().changing()
        && observation.command().isEmpty();
  }

  /** The self-check is to look at the next occasion, whenever it did last: a daemon begins. */
  public void selfCheckSoon() {
    failover.flatMap(Failover::selfCheck).ifPresent(SelfCheck::soon);
  }

  /**
   * Waits for the self-check if it looks just now: for runs that end at once.
   *
   * @return what it found in order again, since this began
   */
  public Optional<String> awaitSelfCheck(Duration atMost) {
    Optional<SelfCheck> selfCheck = failover.flatMap(Failover::selfCheck);
    selfCheck.ifPresent(check -> check.await(atMost));
    return selfCheck.flatMap(SelfCheck::fixed);
  }

  /** Gives up what goes on next to the rounds. */
  public void stop() {
    failover.flatMap(Failover::selfCheck).ifPresent(SelfCheck::stop);
  }

  private void transition(RoundReport report, Instant now) {
    WatchState before = report.before();
    WatchState after = persistentState.watch();
    String why = report.result().rejected() ? report.result().outcome().detail() : "";
    boolean news = !why.equals(rejection);
    rejection = why;
    if (before.phase() == after.phase()) {
      if (news && !why.isEmpty()) {
        log.warn("{}: {}", StatusReports.word(after.phase()), after.reason());
      }
      return;
    }
    String text = StatusReports.word(before.phase()) + " -> " + StatusReports.word(after.phase());
    // Nothing is wrong, so there is no reason.
    String reason = after.reason().isEmpty() ? "production answers" : after.reason();
    if (QUIET.contains(after.phase()) || isForgotten()) {
      log.info("{}: {}", text, reason);
    } else {
      log.warn("{}: {}", text, reason);
    }
    record("phase", before.phase(), now, reason);
  }

  /** Whether each run comes to the same again, and people know that the state can't be written. */
  private boolean isForgotten() {
    return records.state().isFailing() && !records.state().hasNews();
  }

  /** With the times that people want to know: from the outage to here. */
  private void changed(RoundReport report) {
    if (report.result().action() != Action.NONE
        && report.result().outcome() instanceof Outcome.Verified verified) {
      String times = StateChangeNotices.times(verified, report.memory().outage());
      String text =
          verified.detail() + ". " + times + (report.byHand() ? " An operator asked for it." : "");
      log.info("the records are changed: {}", text);
      record("change", persistentState.watch().phase(), verified.visible(), text);
    }
  }

  private void record(String event, Phase from, Instant at, String text) {
    record(
        new HistoryFile.Entry(
            at,
            event,
            StatusReports.word(from),
            StatusReports.word(persistentState.watch().phase()),
            text));
  }

  private void record(HistoryFile.Entry entry) {
    records.history().ifPresent(file -> file.add(entry));
  }

  /** Saves what is remembered: at the end of a run. False if it can't, which is told. */
  public boolean saveNow() {
    try {
      persistentState = persistentState.withUnsent(tellers.outbox().waiting());
      boolean kept = records.state().keepNow(persistentState, clock.instant());
      if (!tellers.outbox().deliver()) {
        return kept;
      }
      persistentState = persistentState.withUnsent(ImmutableList.of());
      return records.state().keepNow(persistentState, clock.instant());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private RoundOutcome result(
      Optional<RoundReport> report,
      ImmutableList<WatchOnlyChecks.WatchReading> looks,
      boolean kept,
      StatusReport status) {
    boolean doubtful = looks.stream().anyMatch(watchReading -> watchReading.state().isDoubtful());
    if (report.isEmpty()) {
      return new RoundOutcome(
          Optional.empty(), "", Action.NONE, false, false, false, false, doubtful, kept, status);
    }
    WatchState watch = persistentState.watch();
    RoundReport done = report.get();
    return new RoundOutcome(
        Optional.of(watch.phase()),
        done.refusal().orElse(watch.reason()),
        done.result().action(),
        done.result().changing(),
        done.refusal().isPresent(),
        done.result().changing() && !done.result().accepted(),
        watch.phase() == Phase.DOWN
            && (!kept || !(done.result().outcome() instanceof Outcome.Retrying)),
        doubtful,
        kept,
        status);
  }

  /**
   * Whether what a run ends with is to be said by it: it is new, or it was said a day ago. Where it
   * can't be kept, it is said when people are told that, or of an outage.
   *
   * @param standing how things stand, in words that stay the same while they do
   * @param well whether that is as it should be
   */
  public boolean isNews(String standing, boolean well) {
    Instant now = clock.instant();
    Map<String, Instant> daily = new HashMap<>(persistentState.told().daily());
    String thing = SAID + standing;
    boolean before = daily.keySet().stream().anyMatch(key -> key.startsWith(SAID));
    daily.keySet().removeIf(key -> key.startsWith(SAID) && (well || !key.equals(thing)));
    boolean news = well ? before : daily.putIfAbsent(thing, now) == null;
    persistentState =
        persistentState.withTold(persistentState.told().withDaily(ImmutableMap.copyOf(daily)));
    return records.state().hasNews() || (news && !records.state().isFailing());
  }

  /** Waits for the dead man's switch's pings, which go out next to the rounds. */
  public void awaitPings(Duration atMost) throws InterruptedException {
    tellers.deadman().await(atMost);
  }
}
