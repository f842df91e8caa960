package io.relais.sync.engine;

import io.relais.sync.remote.RemoteWait;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.status.StatusSink;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells people when a mirror has waited for long for its target, for what, and when that is over.
 * What it tells is the link's word of that moment. It looks only while something is asked of the
 * target, so an idle mirror costs nothing. Safe for use by many threads.
 */
final class RemoteStallReporter {
  /** Waiting for less is part of the work: a slow disk, a busy link. */
  static final Duration LONG = Duration.ofSeconds(30);

  private static final Duration PACE = Duration.ofSeconds(2);
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  private final String mirror;
  private final TargetConnector link;
  private final StatusSink board;
  private final AtomicInteger asking = new AtomicInteger();
  private final AtomicBoolean looking = new AtomicBoolean();

  RemoteStallReporter(String mirror, TargetConnector link, StatusSink board) {
    this.mirror = mirror;
    this.link = link;
    this.board = board;
  }

  /** Something that is asked of the target; to be closed when it is over. */
  interface Asking extends AutoCloseable {
    @Override
    void close();
  }

  /** Begins to ask the target for something. */
  Asking begin() {
    asking.incrementAndGet();
    look();
    return asking::decrementAndGet;
  }

  private void look() {
    if (!looking.get() && looking.compareAndSet(false, true)) {
      Thread.ofVirtual().name("waiting").start(this::run);
    }
  }

  private void run() {
    Duration told = null;
    try {
      while (asking.get() > 0) {
        RemoteWait now = link.waiting();
        Duration left = now == null ? LONG : LONG.minus(now.time());
        if (now == null || left.isPositive()) {
          told = end(told);
          Thread.sleep(left);
        } else {
          if (told == null) {
            LOG.warn("{}: {}", mirror, now.describe());
          }
          told = now.time();
          board.waiting(mirror, now);
          Thread.sleep(PACE);
        }
      }
    } catch (InterruptedException e) {
      return; // Nobody does that.
    }
    var _ = end(told);
    looking.set(false);
    if (asking.get() > 0) {
      look();
    }
  }

  private @Nullable Duration end(@Nullable Duration told) {
    if (told != null) {
      LOG.info("{}: waits no longer, after {}", mirror, RemoteWait.time(told));
      board.waiting(mirror, null);
    }
    return null;
  }
}
