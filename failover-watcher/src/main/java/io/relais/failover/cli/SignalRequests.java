package io.relais.failover.cli;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.failover.config.WatcherConfig;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What signals ask of the thread that runs the rounds. It is interrupted only while it may be: an
 * interrupt that comes while files are opened or saved would close them. For any number of threads.
 */
final class SignalRequests {
  private static final Logger log = LoggerFactory.getLogger(SignalRequests.class);

  /** 128 + SIGTERM, as of a process that a signal ends. */
  private static final int KILLED = 143;

  @GuardedBy("this")
  private Optional<Request> request = Optional.empty();

  @GuardedBy("this")
  private @Nullable Thread waiting;

  /** What is asked for. */
  sealed interface Request {}

  record End() implements Request {}

  record Reload(WatcherConfig config) implements Request {}

  /** What goes on until it is interrupted. */
  @FunctionalInterface
  interface Work {
    void run() throws InterruptedException;
  }

  /** Asks for the end; the second time, it ends the process at once. */
  void end() {
    synchronized (this) {
      if (request.filter(End.class::isInstance).isEmpty()) {
        ask(new End());
        return;
      }
    }
    log.warn("asked to end again: ending at once; what was under way goes on at the next start");
    Runtime.getRuntime().halt(KILLED);
  }

  /** Asks for another configuration, unless the end is asked for. */
  synchronized void reload(WatcherConfig config) {
    if (request.filter(End.class::isInstance).isEmpty()) {
      ask(new Reload(config));
    }
  }

  @GuardedBy("this")
  private void ask(Request what) {
    request = Optional.of(what);
    if (waiting != null) {
      waiting.interrupt();
    }
  }

  /** Works until something is asked for. A second end counts from the first on, also later. */
  Request whileWaiting(Work work) {
    try {
      if (begin()) {
        work.run();
      }
    } catch (InterruptedException _) {
      // Asked; or interrupted by somebody else, which is the same as the end.
    } finally {
      stop();
    }
    return take();
  }

  private synchronized boolean begin() {
    waiting = request.isEmpty() ? Thread.currentThread() : null;
    return waiting != null;
  }

  private synchronized void stop() {
    waiting = null;
    // Whoever asked has been heard.
    boolean _ = Thread.interrupted();
  }

  private synchronized Request take() {
    Request taken = request.orElseGet(End::new);
    if (taken instanceof Reload) {
      request = Optional.empty();
    } else {
      request = Optional.of(taken);
    }
    return taken;
  }
}
