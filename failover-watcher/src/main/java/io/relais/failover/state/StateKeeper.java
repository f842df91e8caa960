package io.relais.failover.state;

import com.google.common.collect.ImmutableMap;
import io.relais.common.DurationFormat;
import io.relais.common.TimeText;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Topic;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Keeps the memory on disk: at once when what matters in it has changed, otherwise once a minute.
 * When it can't, people are told, once in a while, and nothing is begun until it can. For one
 * thread.
 */
public final class StateKeeper {
  private static final Logger log = LoggerFactory.getLogger(StateKeeper.class);
  private static final Duration PAUSE = Duration.ofMinutes(1);

  private final Store store;
  private final String who;
  private final Optional<StateWriteFailure> unwritable;
  private final Duration repeatAfter;
  private final Consumer<Notice> out;
  private Optional<Object> essence = Optional.empty();
  private Optional<Instant> tried = Optional.empty();
  private boolean failing;
  private boolean news;
  private boolean outageNews;

  /** Where it is kept. */
  @FunctionalInterface
  public interface Store {
    /** Replaces what is there, flushed to the disk. */
    void write(PersistentState persistentState) throws IOException;
  }

  /**
   * Makes one.
   *
   * @param who the site, for notices
   * @param unwritable empty in a dry run
   * @param repeatAfter how long the same is not told again, by another run either
   */
  public StateKeeper(
      Store store,
      String who,
      Optional<StateWriteFailure> unwritable,
      Duration repeatAfter,
      Consumer<Notice> out) {
    this.store = store;
    this.who = who;
    this.unwritable = unwritable;
    this.repeatAfter = repeatAfter;
    this.out = out;
  }

  /**
   * Saves it now.
   *
   * @throws IOException if it can't: then nothing may be begun (the message says what to do)
   */
  public void save(PersistentState persistentState, Instant now)
      throws IOException, InterruptedException {
    tried = Optional.of(now);
    try {
      store.write(persistentState);
    } catch (ClosedByInterruptException e) {
      Thread.interrupted();
      throw interrupted(e);
    } catch (IOException e) {
      String why = reason(e);
      essence = Optional.empty();
      fails(why, now);
      throw new IOException(why, e);
    }
    essence = Optional.of(persistentState.essence());
    Optional<Instant> told = unwritable.flatMap(StateWriteFailure::told);
    unwritable.ifPresent(StateWriteFailure::clear);
    told.ifPresent(since -> worksAgain(since, now));
    if (failing) {
      log.info("the state is written again");
      failing = false;
      outageNews = false;
    }
  }

  private void worksAgain(Instant since, Instant now) {
    out.accept(
        new Notice(
            Topic.HALTED,
            "state is written again " + since,
            who + ": the watcher writes its state again",
            "It could not from %s to %s (%s)."
                .formatted(
                    TimeText.of(since),
                    TimeText.of(now),
                    DurationFormat.of(Duration.between(since, now))),
            now,
            ImmutableMap.of("site", who, "problem", "state", "event", "over")));
  }

  private static InterruptedException interrupted(ClosedByInterruptException cause) {
    InterruptedException interruption = new InterruptedException();
    interruption.initCause(cause);
    return interruption;
  }

  private static String reason(IOException e) {
    return "the state can't be written (%s); make room, or fix who may write there"
        .formatted(FileProblem.describe(e));
  }

  private void fails(String why, Instant now) {
    if (failing) {
      return;
    }
    failing = true;
    news = unwritable.filter(mark -> mark.isKnown(repeatAfter, now)).isEmpty();
    // A run from cron would say so every minute.
    log.atLevel(news ? Level.WARN : Level.INFO).log("{}; until then nothing is begun", why);
    if (!news) {
      return;
    }
    unwritable.ifPresent(mark -> mark.note(now));
    out.accept(
        new Notice(
            Topic.HALTED,
            "state " + now,
            who + ": the watcher can't write its state, so it only looks on",
            Sentence.of(why) + "\nUntil then nothing is begun; it goes on by itself.",
            now,
            ImmutableMap.of("site", who, "problem", "state", "event", "begun")));
  }

  /** Whether it can't be saved. */
  public boolean isFailing() {
    return failing;
  }

  /** Whether it can't be saved, and people hear something by this run for it. */
  public boolean hasNews() {
    return failing && (news || outageNews);
  }

  /**
   * Whether people are to be told now that nothing is done against an outage. While it can be
   * saved, what was told is remembered elsewhere.
   */
  public boolean isOutageToTell(Instant now) {
    if (!failing || outageNews) {
      return true;
    }
    outageNews = unwritable.filter(mark -> mark.isOutageKnown(repeatAfter, now)).isEmpty();
    if (outageNews) {
      unwritable.ifPresent(mark -> mark.noteOutage(now));
    }
    return outageNews;
  }

  /** When people were told of an outage by a run that could not remember it, if they were. */
  public Optional<Instant> outageTold() {
    return unwritable.flatMap(StateWriteFailure::outageTold);
  }

  /** The next one is another. */
  public void outageOver() {
    outageNews = false;
    unwritable
        .filter(mark -> mark.outageTold().isPresent())
        .ifPresent(StateWriteFailure::clearOutage);
  }

  /** Saves it if it is time; whether all that matters is on disk. */
  public boolean keep(PersistentState persistentState, Instant now) throws InterruptedException {
    boolean same = essence.equals(Optional.of(persistentState.essence()));
    boolean early =
        tried
            .filter(at -> !at.isAfter(now))
            .filter(at -> Duration.between(at, now).compareTo(PAUSE) < 0)
            .isPresent();
    if (early && (same || failing)) {
      return !failing;
    }
    return keepNow(persistentState, now);
  }

  /** Saves it: at the end of a run. */
  public boolean keepNow(PersistentState persistentState, Instant now) throws InterruptedException {
    try {
      save(persistentState, now);
      return true;
    } catch (IOException _) {
      return false; // It is told.
    }
  }
}
