package io.relais.sync.cli;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives the heap that a large sync took back to the system once all is quiet: the JVM by itself
 * collects only when more is needed, and an idle agent never needs more. A collection of what an
 * idle agent has takes some tens of milliseconds, and is not worth it for a few files.
 *
 * <p>Safe for use by many threads.
 */
final class RestingMemory {
  private static final Duration QUIET = Duration.ofSeconds(5);

  /** Of heap; an idle agent of 100,000 files has half of it. */
  private static final long WORTH_IT = 40L << 20;

  private final ScheduledExecutorService timer;

  @GuardedBy("this")
  private @Nullable Future<?> planned;

  RestingMemory(ScheduledExecutorService timer) {
    this.timer = timer;
  }

  /** A mirror has something to do, or nothing any more. */
  synchronized void seen(boolean resting) {
    if (planned != null) {
      planned.cancel(false);
      planned = null;
    }
    if (resting && isWorthIt()) {
      planned = timer.schedule(System::gc, QUIET.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private static boolean isWorthIt() {
    return Runtime.getRuntime().totalMemory() > WORTH_IT;
  }
}
