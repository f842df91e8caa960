package io.relais.sync.target.sftp;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One SFTP channel that files are sent on: how much of them is under way there, and what was opened
 * ahead. Safe for use by many threads.
 */
final class Lane {
  /** What the windows of OpenSSH's channels hold, twice over: enough to keep them full. */
  private static final int BYTES_UNDER_WAY = 4 << 20;

  private final SftpClient client;
  private final StagingPool pool;
  private final Semaphore window = new Semaphore(BYTES_UNDER_WAY);
  private final AtomicInteger uploads = new AtomicInteger();

  Lane(SftpClient client, StagingPool pool) {
    this.client = client;
    this.pool = pool;
  }

  SftpClient client() {
    return client;
  }

  StagingPool pool() {
    return pool;
  }

  /** Files that are being sent here. */
  int load() {
    return uploads.get();
  }

  /** One more file is being sent here, until {@link #end}. */
  void begin() {
    uploads.incrementAndGet();
  }

  void end() {
    uploads.decrementAndGet();
  }

  /** Sends a write, as soon as there is room for its data among what is under way. */
  CompletableFuture<SftpReply> write(SftpPacket packet, int bytes) {
    window.acquireUninterruptibly(bytes);
    return client.channel().send(packet).whenComplete((done, failure) -> window.release(bytes));
  }
}
