package io.relais.sync.remote.sftp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpReply;
import io.relais.sync.remote.sftp.TargetOptions.Wide;
import io.relais.sync.ssh.ChannelOpener;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Connections for large files alone. What one SSH connection carries is its window in each round
 * trip (2 MiB with OpenSSH's servers), so far away several carry more. They are made when a large
 * file comes and the round trip is long, and closed when none has come for a while.
 *
 * <p>Safe for use by many threads.
 */
final class ParallelConnections {
  private static final int CONNECTIONS = 4;
  private static final Duration IDLE = Duration.ofSeconds(30);

  private final SftpClient first;
  private final String root;
  private final ChannelOpener more;
  private final Function<SftpClient, UploadChannel> maker;
  private final Wide wide;

  /**
   * The connections, once they are there or can't be had: then none. Null while nobody has asked
   * for them.
   */
  @GuardedBy("this")
  private @Nullable CompletableFuture<List<UploadChannel>> lanes;

  @GuardedBy("this")
  private int users;

  @GuardedBy("this")
  private boolean used;

  private volatile boolean closed;

  /**
   * Prepares it; nothing is opened yet.
   *
   * @param root absolute, without a slash at the end: what is asked for to measure a round trip
   */
  ParallelConnections(
      SftpClient first,
      String root,
      ChannelOpener more,
      Function<SftpClient, UploadChannel> maker,
      Wide wide) {
    this.wide = wide;
    this.first = first;
    this.root = root;
    this.more = more;
    this.maker = maker;
  }

  /**
   * Opens it for one file, if it is worth while; {@link #leave} ends that, where there is something
   * to leave. Blocks until the connections are there, but not beyond {@link #close}.
   *
   * @return nothing where one connection is as good, or there can't be more
   */
  List<UploadChannel> enter(long expectedSize) throws IOException {
    if (expectedSize < wide.size() || !isFar()) {
      return List.of();
    }
    CompletableFuture<List<UploadChannel>> wanted = join();
    boolean entered = false;
    try {
      List<UploadChannel> opened = Replies.await(wanted);
      entered = !opened.isEmpty();
      return opened;
    } finally {
      if (!entered) {
        leave();
      }
    }
  }

  private synchronized CompletableFuture<List<UploadChannel>> join() {
    users++;
    used = true;
    CompletableFuture<List<UploadChannel>> wanted = lanes;
    if (wanted == null) {
      CompletableFuture<List<UploadChannel>> begun = new CompletableFuture<>();
      wanted = begun;
      lanes = begun;
      if (closed) {
        begun.complete(List.of());
      } else {
        Thread.ofVirtual().name("connections").start(() -> open(begun));
      }
    }
    return wanted;
  }

  /** Without the lock: {@link #close} is called on the I/O thread, and must not wait for others. */
  private void open(CompletableFuture<List<UploadChannel>> begun) {
    List<UploadChannel> made;
    try {
      made = openAll();
    } catch (RuntimeException | Error e) {
      begun.completeExceptionally(e);
      throw e;
    }
    if (!begun.complete(made)) {
      // The target has ended meanwhile.
      end(made, true);
    } else if (!made.isEmpty()) {
      closeWhenIdle();
    }
  }

  /** A file has come through. */
  void proven() {
    more.proven();
  }

  synchronized void leave() {
    users--;
  }

  private boolean isFar() throws IOException {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 2; i++) {
      long asked = System.nanoTime();
      SftpReply _ = Replies.await(first.lstat(root + "/."));
      best = Math.min(best, System.nanoTime() - asked);
    }
    return best >= wide.roundTrip().toNanos();
  }

  /** Makes the connections side by side; none if one of them can't be made. */
  private List<UploadChannel> openAll() {
    List<CompletableFuture<@Nullable SftpClient>> opened = new ArrayList<>();
    IntStream.range(0, CONNECTIONS)
        .forEach(
            i ->
                opened.add(
                    CompletableFuture.supplyAsync(
                        this::openOne, task -> Thread.ofVirtual().start(task))));
    List<UploadChannel> made = new ArrayList<>();
    for (var each : opened) {
      SftpClient client = each.join();
      if (client != null) {
        made.add(maker.apply(client));
      }
    }
    if (made.size() < 2) {
      end(made, true);
      return List.of();
    }
    return List.copyOf(made);
  }

  private @Nullable SftpClient openOne() {
    SftpClient client = more.openConnection();
    if (client != null && closed) {
      client.channel().close(true);
      return null;
    }
    return client;
  }

  private void closeWhenIdle() {
    List<UploadChannel> idle = List.of();
    while (idle.isEmpty() && !closed) {
      try {
        Thread.sleep(IDLE);
      } catch (InterruptedException e) {
        return;
      }
      idle = takeIdle();
    }
    end(idle, false);
  }

  private synchronized List<UploadChannel> takeIdle() {
    boolean busy = used || users > 0;
    used = false;
    return busy ? List.of() : take();
  }

  /** All that are there; whoever waits for those that are being made gets none. */
  private synchronized List<UploadChannel> take() {
    CompletableFuture<List<UploadChannel>> all = lanes;
    lanes = null;
    if (all == null) {
      return List.of();
    }
    all.complete(List.of());
    return all.isCompletedExceptionally() ? List.of() : all.join();
  }

  /** Ends all of them, also those that are still being made. Never waits. */
  void close(boolean immediately) {
    closed = true;
    end(take(), immediately);
  }

  private static void end(List<UploadChannel> lanes, boolean immediately) {
    lanes.forEach(uploadChannel -> uploadChannel.client().channel().close(immediately));
  }
}
