package io.relais.sync.engine;

import com.google.common.collect.ImmutableSet;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.path.RelPath;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.watch.ChangeSource;
import io.relais.sync.watch.Debouncer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Coalescing queue of events for the owner of a mirror. Events of the same kind are merged, so that
 * it stays small however much comes. Safe for use by many threads; only the owner waits and takes.
 */
final class Mailbox implements ChangeSource.Listener {
  /** Duration can't hold the way to the end of time in nanoseconds. */
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  private final InstantSource clock;

  /** Not the object's monitor, since that can only wait for whole milliseconds. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition posted = lock.newCondition();

  @GuardedBy("lock")
  private final Debouncer debouncer;

  @GuardedBy("lock")
  private final Set<RelPath> rescans = new LinkedHashSet<>();

  /** What is to be looked at without any delay. */
  @GuardedBy("lock")
  private final Set<RelPath> ready = new LinkedHashSet<>();

  @GuardedBy("lock")
  private final Set<String> degradations = new LinkedHashSet<>();

  /** What the last audit of the watches has found. */
  @GuardedBy("lock")
  private @Nullable String lostWatches;

  /** Why changes may go unseen; null if they don't. */
  @GuardedBy("lock")
  private @Nullable String doubt;

  /** Which other way to watch is used than the best, and why; null for the best. */
  @GuardedBy("lock")
  private @Nullable String fallback;

  @GuardedBy("lock")
  private boolean urgent;

  /** Whether what is wrong with watching was not asked for since it changed. */
  @GuardedBy("lock")
  private boolean rewatched;

  /** Hints that came so far. */
  @GuardedBy("lock")
  private long seen;

  Mailbox(Debouncer debouncer, InstantSource clock) {
    this.debouncer = debouncer;
    this.clock = clock;
  }

  @Override
  public void changed(RelPath path, ChangeSource.Sign sign) {
    lock.lock();
    try {
      seen++;
      debouncer.add(path, sign, clock.instant());
      posted.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void moved(RelPath from, RelPath to, boolean directory) {
    lock.lock();
    try {
      seen++;
      debouncer.addMove(from, to, directory, clock.instant());
      posted.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void rescan(RelPath root, String reason) {
    lock.lock();
    try {
      seen++;
      debouncer.add(root, clock.instant());
      rescans.add(root);
      posted.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void degradedNow(Set<String> problems) {
    lock.lock();
    try {
      degradations.clear();
      degradations.addAll(problems);
      rewatched = true;
      posted.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void degraded(String problem) {
    lock.lock();
    try {
      degradations.add(problem);
      rewatched = true;
      posted.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void audited(@Nullable String defect) {
    lock.lock();
    try {
      if (!Objects.equals(defect, lostWatches)) {
        lostWatches = defect;
        rewatched = true;
        posted.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void doubtful(@Nullable String why) {
    lock.lock();
    try {
      doubt = why;
      rewatched = true;
      posted.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void fallback(@Nullable String why) {
    lock.lock();
    try {
      fallback = why;
      rewatched = true;
      posted.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** A path is to be looked at once more: no hint came for it, our own work calls for it. */
  void again(RelPath path) {
    lock.lock();
    try {
      debouncer.add(path, clock.instant());
      posted.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** A path is to be looked at once more, but not before {@code wait} is over. */
  void later(RelPath path, Duration wait) {
    lock.lock();
    try {
      debouncer.addLater(path, wait, clock.instant());
      posted.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** A path is to be looked at once the owner looks up: not its content but our work is new. */
  void ready(RelPath path) {
    lock.lock();
    try {
      ready.add(path);
      posted.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The owner has to look up from what it waits for: the connection is lost, or it is to stop. */
  void wake() {
    lock.lock();
    try {
      urgent = true;
      posted.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until something is due, somebody called {@link #wake}, or it is {@code until}. */
  void await(Instant until) throws InterruptedException {
    await(until, Known.MORE);
  }

  /** What the owner has said, so that it is woken where that is no longer so. */
  enum Known {
    /** That nothing waits: whatever comes makes that untrue. */
    NOTHING_WAITS,
    /** Nothing that a hint alone would change. */
    MORE
  }

  /** The same, but where it was said that nothing waits, it ends also once something does. */
  void await(Instant until, Known said) throws InterruptedException {
    lock.lock();
    try {
      while (!urgent && !rewatched && ready.isEmpty()) {
        if (said == Known.NOTHING_WAITS && debouncer.size() > 0) {
          return;
        }
        Instant due = debouncer.nextDue().orElse(until);
        Instant wake = due.isBefore(until) ? due : until;
        Instant now = clock.instant();
        if (!now.isBefore(wake)) {
          return;
        }
        Instant soon = now.plus(LONGEST_WAIT);
        long nanos = Duration.between(now, wake.isBefore(soon) ? wake : soon).toNanos();
        boolean _ = posted.await(nanos, TimeUnit.NANOSECONDS);
      }
      urgent = false;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until then, or until somebody called {@link #wake}; hints wait as well. */
  void rest(Instant until) throws InterruptedException {
    lock.lock();
    try {
      for (Instant now = clock.instant();
          !urgent && !rewatched && now.isBefore(until);
          now = clock.instant()) {
        Instant soon = now.plus(LONGEST_WAIT);
        long nanos = Duration.between(now, until.isBefore(soon) ? until : soon).toNanos();
        boolean _ = posted.await(nanos, TimeUnit.NANOSECONDS);
      }
      urgent = false;
    } finally {
      lock.unlock();
    }
  }

  /** Takes what is due. */
  ScanScope take() {
    lock.lock();
    try {
      Debouncer.Due due = debouncer.takeDue(clock.instant());
      if (due.isEmpty() && ready.isEmpty()) {
        return ScanScope.NOTHING;
      }
      ImmutableSet<RelPath> hints =
          ImmutableSet.<RelPath>builder().addAll(due.paths()).addAll(ready).build();
      ready.clear();
      if (due.isEmpty()) {
        return new ScanScope(hints, ImmutableSet.of(), ImmutableSet.of());
      }
      ImmutableSet<RelPath> deep =
          due.everything() ? ImmutableSet.of(RelPath.ROOT) : ImmutableSet.copyOf(rescans);
      rescans.clear();
      return new ScanScope(hints, deep, ImmutableSet.of());
    } finally {
      lock.unlock();
    }
  }

  /**
   * What has come and was not taken yet.
   *
   * @param seen hints that came so far, taken or not
   * @param paths that wait
   * @param everything whether anything may have changed
   * @param held what waits for quiet as a whole; null if nothing does
   * @param degradations what is wrong with watching, one line each
   * @param doubt why changes may go unseen; null if they don't
   * @param fallback which other way to watch is used than the best, and why; null for the best
   */
  record Waiting(
      long seen,
      long paths,
      boolean everything,
      Debouncer.@Nullable Held held,
      ImmutableSet<String> degradations,
      @Nullable String doubt,
      @Nullable String fallback) {}

  /** What waits, and how it is watched: both as of one moment. */
  Waiting waiting() {
    lock.lock();
    try {
      rewatched = false;
      return new Waiting(
          seen,
          debouncer.size() + ready.size(),
          debouncer.overflowed() || rescans.contains(RelPath.ROOT),
          debouncer.held().orElse(null),
          allDegradations(),
          doubt,
          fallback);
    } finally {
      lock.unlock();
    }
  }

  /** When the first hint came of what waits longest; empty if nothing waits. */
  Optional<Instant> oldest() {
    lock.lock();
    try {
      return debouncer.oldest();
    } finally {
      lock.unlock();
    }
  }

  /** The paths that are not due yet, unless there are more than {@code most}: then none. */
  Set<RelPath> upcoming(int most) {
    lock.lock();
    try {
      return debouncer.size() > most ? ImmutableSet.of() : debouncer.waiting();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private ImmutableSet<String> allDegradations() {
    ImmutableSet.Builder<String> all = ImmutableSet.<String>builder().addAll(degradations);
    if (lostWatches != null) {
      all.add(lostWatches);
    }
    return all.build();
  }
}
