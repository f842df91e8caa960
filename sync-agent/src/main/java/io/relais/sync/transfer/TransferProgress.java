package io.relais.sync.transfer;

import io.relais.sync.plan.Step;
import io.relais.sync.plan.Summary;
import java.util.concurrent.atomic.LongAdder;

/** How far a plan is. Written by many threads, read by those that show it. */
public final class TransferProgress {
  private final LongAdder files = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final Summary.Builder total = new Summary.Builder();
  private final long startNanos;

  public TransferProgress(Summary total, long startNanos) {
    this.total.add(total);
    this.startNanos = startNanos;
  }

  /** More is to be done than was known. */
  public synchronized void grow(Step step) {
    total.add(step);
  }

  /** More is to be done than was known. */
  public synchronized void grow(Summary more) {
    total.add(more);
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

  /** All that is known so far to be done. */
  public synchronized Summary total() {
    return total.build();
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
