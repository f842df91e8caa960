package io.relais.sync.watch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.path.RelPath;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Passes reports on to the listener until it is closed, and never after. Thread-safe. */
public final class GuardedListener {
  private final ChangeSource.Listener listener;

  @GuardedBy("this")
  private final Set<String> problems = new HashSet<>();

  /** What was reported since it began to be watched again; null while it is not. */
  @GuardedBy("this")
  private @Nullable Set<String> fresh;

  /** Whether the listener knows that changes may go unseen. */
  @GuardedBy("this")
  private boolean doubted;

  @GuardedBy("this")
  private @Nullable String fallback;

  @GuardedBy("this")
  private boolean closed;

  GuardedListener(ChangeSource.Listener listener) {
    this.listener = listener;
  }

  public void changed(RelPath path) {
    changed(path, ChangeSource.Sign.UNKNOWN);
  }

  synchronized void changed(RelPath path, ChangeSource.Sign sign) {
    if (!closed) {
      listener.changed(path, sign);
    }
  }

  synchronized void moved(RelPath from, RelPath to, boolean directory) {
    if (!closed) {
      listener.moved(from, to, directory);
    }
  }

  synchronized void rescan(String reason) {
    if (!closed) {
      listener.rescan(RelPath.ROOT, reason);
    }
  }

  /** The source is about to be watched again: see {@link #renewed}. */
  synchronized void renewing() {
    fresh = new LinkedHashSet<>();
  }

  /** It is: of the problems that were reported only those stand that came again meanwhile. */
  synchronized void renewed() {
    Set<String> now = fresh;
    fresh = null;
    if (!closed && now != null && !problems.equals(now)) {
      problems.clear();
      problems.addAll(now);
      listener.degradedNow(Set.copyOf(now));
    }
  }

  /** Reports a problem, once. */
  synchronized void degraded(String problem) {
    if (fresh != null) {
      fresh.add(problem);
    }
    if (!closed && problems.add(problem)) {
      listener.degraded(problem);
    }
  }

  /** A problem that was reported no longer exists. */
  synchronized void resolved(String problem) {
    if (fresh != null) {
      fresh.remove(problem);
    }
    if (!closed && problems.remove(problem)) {
      listener.degradedNow(Set.copyOf(problems));
    }
  }

  /** It is watched in another way than the best one; null for the best. */
  synchronized void fallback(@Nullable String why) {
    if (!closed && !Objects.equals(fallback, why)) {
      fallback = why;
      listener.fallback(why);
    }
  }

  /** Changes may go unseen from now on. */
  synchronized void doubtful(String why) {
    if (!closed && !doubted) {
      doubted = true;
      listener.doubtful(why);
    }
  }

  /**
   * They no longer do, and a scan was asked for.
   *
   * @param isSo asked while nobody can call {@link #doubtful}: what is in trouble before it calls
   *     that keeps the doubt alive
   */
  synchronized void trusted(BooleanSupplier isSo) {
    if (!closed && doubted && isSo.getAsBoolean()) {
      doubted = false;
      listener.doubtful(null);
    }
  }

  synchronized void audited(@Nullable String defect) {
    if (!closed) {
      listener.audited(defect);
    }
  }

  synchronized void close() {
    closed = true;
  }
}
