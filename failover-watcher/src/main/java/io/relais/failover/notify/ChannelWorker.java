package io.relais.failover.notify;

import com.google.common.collect.ImmutableSet;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.Backoff;
import io.relais.common.DurationFormat;
import io.relais.common.Printable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One channel's entries and the virtual thread that delivers them, one after the other: those that
 * failed least first, of those the oldest. So one that is never taken doesn't keep the others.
 *
 * <p>After a failure it waits, by backoff and at least as long as the receiver said; a new entry
 * cuts the backoff short, since it may be the one that matters. Other threads only offer and wait.
 */
final class ChannelWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChannelWorker.class);
  static final int MOST_WAITING = 1000;
  private static final Duration LATE = Duration.ofMinutes(2);

  /** Longer than any receiver is obeyed; also tells a clock that was set back. */
  private static final Duration LONGEST_HOLD = Duration.ofHours(6);

  /** How long it sleeps at most: a machine that was suspended has missed time. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

  private static final Duration END_WITHIN = Duration.ofSeconds(5);

  /**
   * How a notice that was not taken is tried again.
   *
   * @param first the longest wait after the first failure
   * @param longest the longest wait after any
   * @param giveUpAfter how long it is tried at all
   */
  record RetryPolicy(Duration first, Duration longest, Duration giveUpAfter) {
    static RetryPolicy of(NotifySettings settings) {
      return new RetryPolicy(Duration.ofSeconds(2), Duration.ofMinutes(5), settings.giveUpAfter());
    }

    Backoff backoff() {
      return new Backoff(first, longest, new SplittableRandom());
    }
  }

  private final String name;
  private final ImmutableSet<Notice.Topic> only;
  private final Channel channel;
  private final NoticeStore store;
  private final RetryPolicy policy;
  private final InstantSource clock;
  private final Backoff backoff;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final List<Waiting> waiting = new ArrayList<>();

  @GuardedBy("lock")
  private @Nullable Waiting underWay;

  /** When the next may be tried, by backoff; and as the receiver said. */
  @GuardedBy("lock")
  private Instant retryAt = Instant.MIN;

  @GuardedBy("lock")
  private Instant heldUntil = Instant.MIN;

  @GuardedBy("lock")
  private int dropped;

  /** Connects to nothing, and begins with {@link #start}. */
  ChannelWorker(
      ChannelSettings settings,
      Channel channel,
      NoticeStore store,
      RetryPolicy policy,
      InstantSource clock) {
    this.name = settings.name();
    this.only = settings.only();
    this.channel = channel;
    this.store = store;
    this.policy = policy;
    this.clock = clock;
    this.backoff = policy.backoff();
    this.thread = Thread.ofVirtual().name("notify-" + name).unstarted(this::run);
  }

  String name() {
    return name;
  }

  boolean takes(Notice.Topic topic) {
    return topic == Notice.Topic.TEST || only.contains(topic);
  }

  /** Begins, with what an earlier run left. */
  void start(List<NoticeStore.Entry> left) {
    lock.lock();
    try {
      for (NoticeStore.Entry entry : left) {
        waiting.add(new Waiting(entry, true));
        entry.notBefore().filter(heldUntil::isBefore).ifPresent(time -> heldUntil = time);
      }
    } finally {
      lock.unlock();
    }
    thread.start();
  }

  /** Adds one. The disk has it already, or can't have it. */
  void offer(NoticeStore.Entry entry, boolean saved) {
    lock.lock();
    try {
      waiting.add(new Waiting(entry, saved));
      if (waiting.size() > MOST_WAITING) {
        drop();
      }
      retryAt = Instant.MIN;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The oldest suspicion, since it says least; otherwise the oldest. */
  @GuardedBy("lock")
  private void drop() {
    Comparator<Waiting> least =
        Comparator.comparing((Waiting w) -> w.entry.notice().kind() != Notice.Topic.SUSPECT)
            .thenComparing(w -> w.entry.id());
    Waiting sent = underWay;
    waiting.stream()
        .filter(w -> w != sent)
        .min(least)
        .ifPresent(
            victim -> {
              waiting.remove(victim);
              store.remove(victim.entry);
            });
    if (dropped++ == 0) {
      LOG.error(
          "notify channel '{}': {} notices wait, so the oldest are dropped; fix the channel, or"
              + " take it out of the configuration",
          name,
          MOST_WAITING);
    }
  }

  private void run() {
    try {
      while (true) {
        attempt(next());
      }
    } catch (InterruptedException e) {
      // Closed: what waits stays on the disk.
    }
  }

  private Waiting next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      Duration wait = untilNext();
      while (wait.isPositive()) {
        changed.await(shorter(wait, LOOK_AGAIN).toNanos(), TimeUnit.NANOSECONDS);
        wait = untilNext();
      }
      Waiting next =
          waiting.stream()
              .min(
                  Comparator.comparingInt((Waiting w) -> w.failures)
                      .thenComparing(w -> w.entry.id()))
              .orElseThrow();
      underWay = next;
      return next;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private Duration untilNext() {
    if (waiting.isEmpty()) {
      return LOOK_AGAIN;
    }
    Instant now = clock.instant();
    Instant due = retryAt.isAfter(heldUntil) ? retryAt : heldUntil;
    return due.isAfter(now) && !due.isAfter(now.plus(LONGEST_HOLD))
        ? Duration.between(now, due)
        : Duration.ZERO;
  }

  private void attempt(Waiting next) throws InterruptedException {
    try {
      channel.send(next.entry.id(), dated(next.entry));
      accepted(next);
    } catch (DeliveryException e) {
      if (e.isPermanent()) {
        giveUp(next, e.reason());
      } else {
        failed(next, e);
      }
    } catch (RuntimeException e) {
      // A bug in this channel; its message may hold what must not be logged.
      LOG.error(
          "notify channel '{}': internal error; please report it: {} at {}",
          name,
          e.getClass().getName(),
          place(e));
      giveUp(next, "an internal error; please report it");
    }
  }

  private static String place(RuntimeException e) {
    return e.getStackTrace().length == 0 ? "an unknown place" : e.getStackTrace()[0].toString();
  }

  private Notice dated(NoticeStore.Entry entry) {
    Duration age = Duration.between(entry.queued(), clock.instant());
    Notice notice = entry.notice();
    return age.compareTo(LATE) < 0
        ? notice
        : notice.withTitle(notice.title() + " (delayed by " + DurationFormat.of(age) + ")");
  }

  private void accepted(Waiting done) {
    if (backoff.failures() > 0) {
      LOG.info("notify channel '{}' works again after {} failures", name, backoff.failures());
    }
    remove(done);
  }

  private void giveUp(Waiting hopeless, String why) {
    LOG.error("notify channel '{}': '{}' is not delivered: {}", name, title(hopeless.entry), why);
    remove(hopeless);
  }

  private static String title(NoticeStore.Entry entry) {
    return Printable.cut(entry.notice().title(), 120);
  }

  /** The receiver had its say: whatever comes next may be tried at once. */
  private void remove(Waiting done) {
    store.remove(done.entry);
    lock.lock();
    try {
      waiting.remove(done);
      underWay = null;
      backoff.reset();
      retryAt = Instant.MIN;
      if (waiting.isEmpty() && dropped > 0) {
        LOG.warn("notify channel '{}': {} notices were dropped meanwhile", name, dropped);
        dropped = 0;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void failed(Waiting next, DeliveryException e) {
    Instant now = clock.instant();
    if (!next.entry.queued().plus(policy.giveUpAfter()).isAfter(now)) {
      giveUp(next, e.reason() + "; tried for " + DurationFormat.of(policy.giveUpAfter()));
      return;
    }
    if (backoff.failures() == 0) {
      LOG.warn("notify channel '{}' fails, and is tried again: {}", name, e.reason());
    }
    e.retryAfter().ifPresent(told -> hold(next, now.plus(shorter(told, LONGEST_HOLD))));
    lock.lock();
    try {
      next.failures++;
      underWay = null;
      retryAt = now.plus(backoff.next());
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  /** On the disk too, for runs that last a second. */
  private void hold(Waiting next, Instant until) {
    NoticeStore.Entry held = next.entry.heldUntil(until);
    boolean saved = store.save(held);
    lock.lock();
    try {
      next.entry = held;
      next.saved |= saved;
      heldUntil = until;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until nothing waits, or what waits has failed once or may not be tried now.
   *
   * @return whether that was so within {@code atMost}
   */
  boolean awaitRest(Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (!isAtRest()) {
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private boolean isAtRest() {
    return waiting.stream().allMatch(w -> w.failures > 0)
        || (underWay == null && heldUntil.isAfter(clock.instant()));
  }

  /** Sends one now, past the queue, on the thread that asks. */
  Notifier.Delivery test(String id, Notice notice) throws InterruptedException {
    long begin = System.nanoTime();
    Optional<String> failure = Optional.empty();
    try {
      channel.send(id, notice);
    } catch (DeliveryException e) {
      failure = Optional.of(e.reason());
    } catch (RuntimeException e) {
      failure = Optional.of("internal error; please report it");
    }
    return new Notifier.Delivery(name, failure, Duration.ofNanos(System.nanoTime() - begin));
  }

  /** Ends the thread, and tries once more to save what the disk did not take. */
  @Override
  public void close() {
    thread.interrupt();
    boolean interrupted = joinInterrupted();
    lock.lock();
    try {
      waiting.stream().filter(w -> !w.saved).forEach(w -> w.saved = store.save(w.entry));
    } finally {
      lock.unlock();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean joinInterrupted() {
    try {
      thread.join(END_WITHIN);
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }

  /** An entry and how it fared in this run; guarded by the worker's lock. */
  private static final class Waiting {
    private NoticeStore.Entry entry;
    private boolean saved;
    private int failures;

    Waiting(NoticeStore.Entry entry, boolean saved) {
      this.entry = entry;
      this.saved = saved;
    }
  }
}
