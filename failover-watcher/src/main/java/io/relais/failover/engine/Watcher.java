package io.relais.failover.engine;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.WatchState;
import io.relais.failover.engine.FailoverRound.Report;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All that happens in a round, once. For one thread, which holds the lock. */
public final class Watcher {
  private static final Logger log = LoggerFactory.getLogger(Watcher.class);

  /** How often the memory is saved while nothing changes in it that matters. */
  private static final Duration SAVE = Duration.ofMinutes(1);

  private final Optional<Failover> failover;
  private final Watches watches;
  private final Tellers tellers;
  private final Records records;
  private final InstantSource clock;
  private Memory memory;
  private Optional<Instant> saved = Optional.empty();

  /** The part that can switch. */
  record Failover(String site, FailoverRound round, Optional<DynDnsRound> dyndns) {}

  /** Those who tell people. */
  record Tellers(Optional<Herald> herald, CertificateWatch certificates, Deadman deadman) {}

  /** What is kept on disk. */
  record Records(
      FailoverRound.Keeper state, Optional<StatusFile> status, Optional<HistoryFile> history) {}

  Watcher(
      Optional<Failover> failover, Watches watches, Tellers tellers, Records records, Start start) {
    this.failover = failover;
    this.watches = watches;
    this.tellers = tellers;
    this.records = records;
    this.clock = start.clock();
    this.memory = start.memory();
  }

  /** What it begins with. */
  record Start(InstantSource clock, Memory memory) {}

  /**
   * What a round came to.
   *
   * @param phase where the site stands; empty where things are only watched
   * @param reason why, for people; or why nothing could be done
   * @param changing whether a change of the zone is under way
   */
  public record Result(
      Optional<Phase> phase, String reason, boolean changing, StatusReport status) {}

  /** Carries one round out. Blocks for as long as its looks and calls do. */
  public Result round(Optional<Command> command) throws InterruptedException {
    Instant now = clock.instant();
    ImmutableList<Watches.Look> looks = watches.round(memory, now);
    memory = memory.withWatches(Watches.remember(looks));
    Optional<Report> report = Optional.empty();
    if (failover.isPresent()) {
      report = Optional.of(failoverRound(failover.get(), command, now));
    }
    looks.forEach(look -> memory = tellers.certificates().tell(memory, look.results(), now));
    save(report, clock.instant());
    StatusReport status =
        Statuses.of(memory, report, failover.map(Failover::site), looks, clock.instant());
    records.status().ifPresent(file -> file.write(status));
    tellers.deadman().ping(now);
    return result(report, status);
  }

  private Report failoverRound(Failover part, Optional<Command> command, Instant now)
      throws InterruptedException {
    Report report = part.round().run(memory, command, now);
    memory = report.memory();
    transition(report, now);
    memory = tellers.herald().orElseThrow().tell(report, clock.instant());
    memory = tellers.certificates().tell(memory, report.seen().probes(), now);
    memory = tellers.certificates().tell(memory, report.seen().own(), now);
    if (part.dyndns().isPresent() && !report.changing()) {
      memory = part.dyndns().get().round(memory);
    }
    return report;
  }

  private void transition(Report report, Instant now) {
    WatchState before = report.before();
    WatchState after = memory.watch();
    if (before.phase() == after.phase()) {
      return;
    }
    String text = Statuses.word(before.phase()) + " -> " + Statuses.word(after.phase());
    if (after.phase() == Phase.UP || after.phase() == Phase.RECOVERING) {
      log.info("{}: {}", text, after.reason());
    } else {
      log.warn("{}: {}", text, after.reason());
    }
    HistoryFile.Entry entry =
        new HistoryFile.Entry(
            now,
            "phase",
            Statuses.word(before.phase()),
            Statuses.word(after.phase()),
            after.reason());
    records.history().ifPresent(file -> file.add(entry));
  }

  private void save(Optional<Report> report, Instant now) {
    boolean changed =
        report.filter(done -> done.before().phase() != memory.watch().phase()).isPresent();
    boolean due =
        saved
            .filter(at -> !at.isAfter(now))
            .filter(at -> Duration.between(at, now).compareTo(SAVE) < 0)
            .isEmpty();
    if (changed || due) {
      saveNow();
      saved = Optional.of(now);
    }
  }

  /** Saves the memory: at the end of a run. */
  public void saveNow() {
    try {
      records.state().save(memory);
    } catch (IOException e) {
      log.warn(
          "the state can't be written: {}; make room, or mend who may write there", e.getMessage());
    }
  }

  private Result result(Optional<Report> report, StatusReport status) {
    if (report.isEmpty()) {
      return new Result(Optional.empty(), "", false, status);
    }
    WatchState watch = memory.watch();
    return new Result(
        Optional.of(watch.phase()),
        report.get().trouble().orElse(watch.reason()),
        report.get().changing(),
        status);
  }

  /** Waits for what goes out beside the rounds. */
  public void settle(Duration atMost) throws InterruptedException {
    tellers.deadman().await(atMost);
  }
}
