package io.relais.failover.notify;

import com.google.common.collect.ImmutableList;
import io.relais.failover.net.HttpCaller;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Delivers notices. They lie in a queue on disk, one file for each notice and channel, so that a
 * kill loses none; each channel has a thread of its own, so that one that hangs delays no other.
 * For any number of threads.
 */
public final class Notifier implements AutoCloseable {
  /**
   * Makes one, and begins to deliver what an earlier run left.
   *
   * @param directory where the queue is; made if it is not there. Only one notifier may use it
   */
  public Notifier(NotifySettings settings, Path directory, HttpCaller http, InstantSource clock) {
    throw new UnsupportedOperationException("" + settings + directory + http + clock);
  }

  /**
   * Queues a notice for every channel that takes its kind, unless the same was queued within the
   * time set. Returns at once; a queue that can't be written is logged, and delivery tried from
   * memory.
   */
  public void post(Notice notice) {
    throw new UnsupportedOperationException("" + notice);
  }

  /** Waits until the queue is empty or each remaining notice has failed at least once. */
  public void flush(Duration atMost) throws InterruptedException {
    throw new UnsupportedOperationException("" + atMost);
  }

  /** Sends a notice through every channel now, past the queue. */
  public ImmutableList<Delivery> test(Notice notice) throws InterruptedException {
    throw new UnsupportedOperationException("" + notice);
  }

  /** Ends the threads; what is not delivered stays on disk. */
  @Override
  public void close() {}

  /**
   * What became of a test.
   *
   * @param failure empty if it was accepted; else what failed and what to do, without secrets
   */
  public record Delivery(String channel, Optional<String> failure, Duration took) {}
}
