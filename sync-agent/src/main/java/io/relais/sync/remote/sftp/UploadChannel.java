package io.relais.sync.remote.sftp;

import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpPacket;
import io.relais.sftp.SftpReply;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One SFTP channel that files are sent on: how much of them is under way there, and what was opened
 * ahead. Safe for use by many threads.
 */
final class UploadChannel {
  /** What the windows of OpenSSH's channels hold, twice over: enough to keep them full. */
  private static final int BYTES_UNDER_WAY = 4 << 20;

  private final SftpClient client;
  private final StagingPool pool;
  private final RateLimit rate;
  private final Semaphore window = new Semaphore(BYTES_UNDER_WAY);
  private final AtomicInteger uploads = new AtomicInteger();

  UploadChannel(SftpClient client, StagingPool pool, RateLimit rate) {
    this.client = client;
    this.pool = pool;
    this.rate = rate;
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

  /** Bytes that may still be sent before some must be confirmed. */
  int room() {
    return window.availablePermits();
  }

  /** Sends a write, as soon as there is room for its data and the rate limit lets it. */
  CompletableFuture<SftpReply> write(SftpPacket packet, int bytes) throws InterruptedIOException {
    return write(List.of(packet), bytes).getFirst();
  }

  /** The same with what is to follow it, in one piece. */
  List<CompletableFuture<SftpReply>> write(List<SftpPacket> writeAndMore, int bytes)
      throws InterruptedIOException {
    rate.take(bytes);
    window.acquireUninterruptibly(bytes);
    List<CompletableFuture<SftpReply>> replies = client.channel().sendTogether(writeAndMore);
    var _ = replies.getFirst().whenComplete((done, failure) -> window.release(bytes));
    return replies;
  }
}
