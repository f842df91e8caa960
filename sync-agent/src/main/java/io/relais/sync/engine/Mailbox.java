package io.relais.sync.engine;

import com.google.common.collect.ImmutableSet;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.plan.RelPath;
import io.relais.sync.watch.ChangeSource;
import io.relais.sync.watch.Debouncer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Where everybody leaves word for the owner of a mirror. Word of the same kind is merged, so that
 * it stays small however much comes. Safe for use by many threads; only the owner waits and takes.
 */
final class Mailbox implements ChangeSource.Listener {
  private static final Scope NOTHING =
      new Scope(ImmutableSet.of(), ImmutableSet.of(), ImmutableSet.of());

  private final InstantSource clock;

  @GuardedBy("this")
  private final Debouncer debouncer;

  @GuardedBy("this")
  private final Set<RelPath> rescans = new LinkedHashSet<>();

  @GuardedBy("this")
  private final Set<String> degradations = new LinkedHashSet<>();

  @GuardedBy("this")
  private boolean urgent;

  Mailbox(Debouncer debouncer, InstantSource clock) {
    this.debouncer = debouncer;
    this.clock = clock;
  }

  @Override
  public synchronized void changed(RelPath path) {
    debouncer.add(path, clock.instant());
    notifyAll();
  }

  @Override
  public synchronized void rescan(RelPath root, String reason) {
    debouncer.add(root, clock.instant());
    rescans.add(root);
    notifyAll();
  }

  @Override
  public synchronized void degraded(String problem) {
    degradations.add(problem);
    notifyAll();
  }

  /** The owner has to look up from what it waits for: the connection is lost, or it is to stop. */
  synchronized void wake() {
    urgent = true;
    notifyAll();
  }

  /** Waits until something is due, somebody called {@link #wake}, or it is {@code until}. */
  synchronized void await(Instant until) throws InterruptedException {
    while (!urgent) {
      Instant due = debouncer.nextDue().orElse(until);
      Instant wake = due.isBefore(until) ? due : until;
      Instant now = clock.instant();
      if (!now.isBefore(wake)) {
        return;
      }
      // An hour at most: Duration can't hold the way to the end of time in milliseconds.
      Instant soon = now.plus(Duration.ofHours(1));
      wait(Duration.between(now, wake.isBefore(soon) ? wake : soon).toMillis() + 1);
    }
    urgent = false;
  }

  /** Takes what is due. */
  synchronized Scope take() {
    Debouncer.Due due = debouncer.takeDue(clock.instant());
    if (due.isEmpty()) {
      return NOTHING;
    }
    ImmutableSet<RelPath> deep =
        due.everything() ? ImmutableSet.of(RelPath.ROOT) : ImmutableSet.copyOf(rescans);
    rescans.clear();
    return new Scope(ImmutableSet.copyOf(due.paths()), deep, ImmutableSet.of());
  }

  /** How many paths wait. */
  synchronized long waiting() {
    return debouncer.size();
  }

  /** The paths that are not due yet, unless there are more than {@code most}: then none. */
  synchronized Set<RelPath> upcoming(int most) {
    return debouncer.size() > most ? ImmutableSet.of() : debouncer.waiting();
  }

  /** What is wrong with watching, one line each. */
  synchronized ImmutableSet<String> degradations() {
    return ImmutableSet.copyOf(degradations);
  }
}
