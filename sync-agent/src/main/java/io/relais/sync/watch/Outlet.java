package io.relais.sync.watch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.plan.RelPath;
import java.util.HashSet;
import java.util.Set;

/** Passes reports on to the listener until it is closed, and never after. Thread-safe. */
final class Outlet {
  private final ChangeSource.Listener listener;

  @GuardedBy("this")
  private final Set<String> problems = new HashSet<>();

  @GuardedBy("this")
  private boolean closed;

  Outlet(ChangeSource.Listener listener) {
    this.listener = listener;
  }

  void changed(RelPath path) {
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

  /** Reports a problem, once. */
  synchronized void degraded(String problem) {
    if (!closed && problems.add(problem)) {
      listener.degraded(problem);
    }
  }

  synchronized void close() {
    closed = true;
  }
}
