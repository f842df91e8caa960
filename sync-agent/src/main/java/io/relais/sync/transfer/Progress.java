package io.relais.sync.transfer;

import io.relais.sync.plan.Summary;
import java.util.concurrent.atomic.LongAdder;

/** How far a plan is. Written by many threads, read by whoever shows it. */
public final class Progress {
  private final LongAdder files = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final Summary total;
  private final long startNanos;

  public Progress(Summary total, long startNanos) {
    this.total = total;
    this.startNanos = startNanos;
  }

  void fileDone() {
    files.increment();
  }

  void sent(long count) {
    bytes.add(count);
  }

  /** Takes back what a dropped upload had sent. */
  void dropped(long count) {
    bytes.add(-count);
  }

  public Summary total() {
    return total;
  }

  public long filesDone() {
    return files.sum();
  }

  public long bytesSent() {
    return bytes.sum();
  }

  /** {@link System#nanoTime} when it began. */
  public long startNanos() {
    return startNanos;
  }
}
