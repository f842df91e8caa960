package io.relais.failover.selfcheck;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.DurationFormat;
import io.relais.common.TimeText;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.Check.Status;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.observe.Ports;
import io.relais.failover.selfcheck.SelfCheckState.Finding;
import io.relais.failover.state.HistoryFile;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every few hours, while all is well, at what would make a change of the records fail in an
 * outage, and tells: when it turns bad, once a day while it stays, and when it is good again. The
 * look has a thread of its own, which no round waits for, and is given up as soon as something is
 * to be done with the zone. For one thread.
 */
public final class SelfCheck {
  private static final Logger log = LoggerFactory.getLogger(SelfCheck.class);
  private static final Duration LONGEST = Duration.ofMinutes(5);
  private static final String ITSELF = SelfCheckState.ITSELF;

  private final Settings settings;
  private final Ports.SelfCheckLook look;
  private final SelfCheckFile file;
  private final Tellers tellers;
  private final InstantSource clock;
  private SelfCheckState state;
  private Optional<Running> running = Optional.empty();
  private Optional<String> fixed = Optional.empty();
  private boolean wanted;

  /**
   * What it is about.
   *
   * @param program how people call this program
   * @param interval between two looks while all is well
   */
  public record Settings(String site, String program, Duration interval) {}

  /** Where what is found goes. */
  public record Tellers(Consumer<Notice> notices, Consumer<HistoryFile.Entry> history) {}

  /** A look under way. */
  private record Running(FutureTask<ImmutableList<Check>> task, Thread thread, long began) {
    boolean isLate() {
      return System.nanoTime() - began > LONGEST.toNanos();
    }
  }

  public SelfCheck(
      Settings settings,
      Ports.SelfCheckLook look,
      SelfCheckFile file,
      Tellers tellers,
      InstantSource clock) {
    this.settings = settings;
    this.look = look;
    this.file = file;
    this.tellers = tellers;
    this.clock = clock;
    this.state = file.read().orElse(SelfCheckState.NOTHING);
  }

  /** It is to look at the next occasion, whenever it did last: a daemon begins. */
  public void soon() {
    wanted = true;
  }

  /**
   * Takes in a look that has ended, or begins one if it is time; does not wait.
   *
   * @param calm whether there is nothing to be done with the zone
   */
  public void round(boolean calm) {
    if (!calm) {
      stop();
    } else if (running.isEmpty()) {
      if (wanted || state.isLookDue(clock.instant(), settings.interval())) {
        wanted = false;
        FutureTask<ImmutableList<Check>> task = new FutureTask<>(look::look);
        Thread thread = Thread.ofVirtual().name(ITSELF).start(task);
        running = Optional.of(new Running(task, thread, System.nanoTime()));
      }
    } else if (running.get().task().isDone() || running.get().isLate()) {
      await(Duration.ZERO);
    }
  }

  /** Waits for a look under way, if there is one: for runs that end at once. */
  public void await(Duration atMost) {
    if (running.isEmpty()) {
      return;
    }
    Running ending = running.get();
    try {
      conclude(ending.task().get(Math.max(0, atMost.toMillis()), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      stop();
      conclude(
          ImmutableList.of(
              Check.unknown(
                  ITSELF,
                  "it could not look at all within %s; where that is not enough, give 'check' more time (--at-most), or run the daemon"
                      .formatted(
                          DurationFormat.of(
                              Duration.ofNanos(System.nanoTime() - ending.began()))))));
    } catch (ExecutionException e) {
      log.error("the self-check ended with an error of this program", e.getCause());
      conclude(ImmutableList.of(Check.unanswered(ITSELF, "it ended with an error; see the log")));
    } catch (InterruptedException e) {
      stop();
      Thread.currentThread().interrupt();
    }
  }

  /** What people were told that it is bad, and is in order again, as far as this has looked. */
  public Optional<String> fixed() {
    return fixed;
  }

  /** Gives up a look under way. */
  public void stop() {
    running.ifPresent(look -> look.thread().interrupt());
    running = Optional.empty();
  }

  private void conclude(ImmutableList<Check> checks) {
    running = Optional.empty();
    Instant now = clock.instant();
    SelfCheckState before = state;
    SelfCheckState.Next next = before.after(checks, now, settings.interval());
    state = next.state();
    next.unseen().forEach((name, finding) -> log.info("{}: {}", name, finding.detail()));
    if (!next.tell().isEmpty()) {
      bad(next.tell(), now);
    }
    if (!next.good().isEmpty()) {
      good(next, before, now);
    }
    file.write(state);
  }

  private void bad(ImmutableMap<String, Finding> findings, Instant now) {
    boolean news = findings.values().stream().anyMatch(finding -> finding.told().isEmpty());
    boolean fails =
        findings.values().stream().anyMatch(finding -> finding.result() != Status.WARNING);
    String what =
        fails
            ? "a switch would %sfail".formatted(news ? "" : "still ")
            : "fix this before a switch needs it";
    String text = lines(findings);
    if (news) {
      String line = what + ": " + text.replace("\n", "; ");
      log.warn("{}", line);
      record("good", "bad", line, now);
    }
    post(
        Topic.WATCH_DOWN,
        what,
        "%s\nFound by the self-check while nothing is wrong with the site; for more run: %s doctor"
            .formatted(text, settings.program()),
        now);
  }

  private void good(SelfCheckState.Next next, SelfCheckState before, Instant now) {
    ImmutableMap<String, Finding> left =
        next.state().findings().entrySet().stream()
            .filter(entry -> entry.getValue().isBad())
            .collect(ImmutableMap.toImmutableMap(Map.Entry::getKey, Map.Entry::getValue));
    String what =
        left.isEmpty()
            ? "a switch would work again"
            : "part of what a switch needs is in order again";
    String text = lines(next.good());
    String line = what + ": " + text.replace("\n", "; ");
    log.info("{}", line);
    fixed = Optional.of(line);
    record("bad", "good", line, now);
    String times = text + "\n" + lasted(next, before, now);
    post(
        Topic.WATCH_UP, what, left.isEmpty() ? times : times + "\nStill bad:\n" + lines(left), now);
  }

  /** How long what is good again was bad. */
  private static String lasted(SelfCheckState.Next next, SelfCheckState before, Instant now) {
    Instant since =
        next.good().keySet().stream()
            .flatMap(name -> Optional.ofNullable(before.findings().get(name)).stream())
            .map(Finding::since)
            .min(Comparator.naturalOrder())
            .orElse(now);
    return "It was bad from %s to %s (%s)."
        .formatted(
            TimeText.of(since), TimeText.of(now), DurationFormat.of(Duration.between(since, now)));
  }

  private static String lines(ImmutableMap<String, Finding> findings) {
    return findings.entrySet().stream()
        .map(
            entry ->
                entry.getValue().detail().isEmpty()
                    ? entry.getKey() + ": in order"
                    : entry.getKey() + ": " + entry.getValue().detail())
        .collect(Collectors.joining("\n"));
  }

  private void record(String from, String to, String text, Instant now) {
    tellers.history().accept(new HistoryFile.Entry(now, ITSELF, from, to, text));
  }

  private void post(Topic topic, String title, String text, Instant now) {
    tellers
        .notices()
        .accept(
            new Notice(
                topic,
                ITSELF + " " + now,
                settings.site() + ": " + title,
                text,
                now,
                ImmutableMap.of(
                    "site",
                    settings.site(),
                    "watch",
                    ITSELF,
                    "event",
                    topic == Topic.WATCH_UP ? "over" : "begun")));
  }
}
