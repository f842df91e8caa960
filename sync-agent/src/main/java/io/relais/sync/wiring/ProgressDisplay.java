package io.relais.sync.wiring;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.entry.Counts;
import io.relais.sync.remote.RemoteWait;
import io.relais.sync.transfer.TransferProgress;
import java.io.Console;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows how far long transfers are: a bar with files, bytes, rate and time left on a terminal, a
 * line in the log every ten seconds elsewhere. What takes less than a second is not shown at all.
 */
final class ProgressDisplay implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProgressDisplay.class);
  private static final Duration WORTH_SHOWING = Duration.ofSeconds(1);
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);

  /** In bytes, or bytes a second: what is less is shown as 0.0 MB, and no time left follows. */
  private static final long SHOWN = 50_000;

  private final boolean terminal;

  @GuardedBy("this")
  private final Map<String, Shown> shown = new HashMap<>();

  private static final class Shown {
    final TransferProgress progress;
    @Nullable ProgressBar bar;
    long lastLine;

    Shown(TransferProgress transferProgress) {
      this.progress = transferProgress;
      this.lastLine = transferProgress.startNanos();
    }
  }

  private ProgressDisplay(boolean terminal) {
    this.terminal = terminal;
  }

  /** A bar if somebody is watching. */
  static ProgressDisplay fitting(World world) {
    boolean terminal =
        Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()
            && !world.environment().getOrDefault("TERM", "dumb").equals("dumb");
    return new ProgressDisplay(terminal);
  }

  synchronized void begin(String mirror, TransferProgress transferProgress) {
    end(mirror);
    shown.put(mirror, new Shown(transferProgress));
  }

  synchronized void end(String mirror) {
    Shown ended = shown.remove(mirror);
    if (ended != null && ended.bar != null) {
      update(ended, ended.bar);
      ended.bar.close();
    }
  }

  /**
   * To be called a few times a second, while anything is shown.
   *
   * @return whether anything is
   */
  synchronized boolean tick() {
    long now = System.nanoTime();
    shown.forEach(
        (mirror, each) -> {
          if (now - each.progress.startNanos() < WORTH_SHOWING.toNanos()) {
            return;
          }
          if (terminal) {
            show(mirror, each);
          } else if (now - each.lastLine >= LOG_INTERVAL.toNanos()) {
            each.lastLine = now;
            LOG.info("{}: {}", mirror, describe(each.progress, now));
          }
        });
    return !shown.isEmpty();
  }

  private static void show(String mirror, Shown each) {
    ProgressBar bar = each.bar;
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(mirror)
              .setInitialMax(each.progress.total().bytes())
              .setUnit(" MB", 1_000_000)
              .showSpeed()
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(200)
              .build();
      each.bar = bar;
    }
    update(each, bar);
  }

  private static void update(Shown each, ProgressBar bar) {
    bar.stepTo(each.progress.bytesSent());
    bar.setExtraMessage(
        " %,d/%s"
            .formatted(
                each.progress.filesDone(), Counts.of(each.progress.total().files(), "file")));
  }

  /** Files, bytes, rate and time left, in one line. */
  static String describe(TransferProgress transferProgress, long now) {
    double seconds = Math.max(0.001, (now - transferProgress.startNanos()) / 1e9);
    long bytes = transferProgress.bytesSent();
    double rate = bytes / seconds;
    long left = transferProgress.total().bytes() - bytes;
    String eta =
        bytes >= SHOWN && left > 0
            ? ", " + RemoteWait.time(Duration.ofSeconds(Math.round(left / rate))) + " left"
            : "";
    return "%,d of %s, %,.1f of %,.1f MB, %s%s"
        .formatted(
            transferProgress.filesDone(),
            Counts.of(transferProgress.total().files(), "file"),
            bytes / 1e6,
            transferProgress.total().bytes() / 1e6,
            rate < SHOWN ? "%,.1f kB/s".formatted(rate / 1e3) : "%,.1f MB/s".formatted(rate / 1e6),
            eta);
  }

  @Override
  public synchronized void close() {
    List.copyOf(shown.keySet()).forEach(this::end);
  }
}
