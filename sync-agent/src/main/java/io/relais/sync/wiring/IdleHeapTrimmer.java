package io.relais.sync.wiring;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
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
 * <p>How much of the heap a collection leaves free is set for it alone: with so little, a busy
 * agent would collect all the time (1.3 s of CPU for a file of 1 GiB).
 *
 * <p>Safe for use by many threads.
 */
final class IdleHeapTrimmer {
  private static final Duration QUIET = Duration.ofSeconds(5);

  /** Of heap; an idle agent of 100,000 files has half of it. */
  private static final long WORTH_IT = 40L << 20;

  /** Percent of the heap; both may be set while the JVM runs (java(1), manageable flags). */
  private static final String LEAST_FREE = "MinHeapFreeRatio";

  private static final String MOST_FREE = "MaxHeapFreeRatio";

  private final ScheduledExecutorService timer;

  @GuardedBy("this")
  private @Nullable Future<?> planned;

  IdleHeapTrimmer(ScheduledExecutorService timer) {
    this.timer = timer;
  }

  /** A mirror has something to do, or nothing any more. */
  synchronized void seen(boolean resting) {
    if (planned != null) {
      planned.cancel(false);
      planned = null;
    }
    if (resting && isWorthIt()) {
      planned = timer.schedule(IdleHeapTrimmer::giveBack, QUIET.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private static void giveBack() {
    HotSpotDiagnosticMXBean flags =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    String least = flags.getVMOption(LEAST_FREE).getValue();
    String most = flags.getVMOption(MOST_FREE).getValue();
    // Never the least above the most: the JVM refuses that.
    try {
      flags.setVMOption(LEAST_FREE, "5");
      flags.setVMOption(MOST_FREE, "10");
      System.gc();
    } finally {
      flags.setVMOption(MOST_FREE, most);
      flags.setVMOption(LEAST_FREE, least);
    }
  }

  private static boolean isWorthIt() {
    return Runtime.getRuntime().totalMemory() > WORTH_IT;
  }
}
