package io.relais.sync.remote.sftp;

import com.google.common.util.concurrent.Uninterruptibles;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpReply;
import io.relais.sync.ssh.ChannelOpener;
import io.relais.sync.ssh.SessionBudget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The channels that files are sent on. Each is a process of its own at the server, which carries
 * out one request after the other; so with many files under way, more are opened: their flushes to
 * the disk then run side by side, and the file system writes them as one. They are closed again
 * when nothing has been sent for a while. When one is lost, so is the target.
 *
 * <p>Safe for use by many threads.
 */
final class ChannelPool {
  /** Files under way on each channel before another is worth its process at the server. */
  private static final int CROWDED = 8;

  /**
   * One is far too few where files are flushed: with this many, 100,000 files of 1 KB took 19 s,
   * and 23 s with three beside the first.
   */
  private static final int MOST_OTHERS = SessionBudget.MOST;

  /** Until more are asked for again when there were none. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration IDLE = Duration.ofMinutes(1);

  /** Makes a lane of a channel. */
  private final Function<SftpClient, UploadChannel> maker;

  private final UploadChannel first;
  private final ChannelOpener more;
  private final RoundTripBudget roundTripBudget;

  @GuardedBy("this")
  private final List<UploadChannel> others = new ArrayList<>();

  @GuardedBy("this")
  private int opening;

  /** {@link System#nanoTime} when there were no more; null if there may be. */
  @GuardedBy("this")
  private @Nullable Long full;

  @GuardedBy("this")
  private boolean used;

  private volatile boolean closed;

  ChannelPool(
      SftpClient first,
      ChannelOpener more,
      Function<SftpClient, UploadChannel> maker,
      RoundTripBudget roundTripBudget) {
    this.roundTripBudget = roundTripBudget;
    this.first = maker.apply(first);
    this.more = more;
    this.maker = maker;
  }

  /** The one that everything visible is changed on, but for many removals at once. */
  UploadChannel first() {
    return first;
  }

  /** Takes the one to send a file on; {@link UploadChannel#end} gives it back. */
  synchronized UploadChannel take() {
    UploadChannel best = leastOfOthers(null);
    boolean isResting = others.stream().allMatch(uploadChannel -> uploadChannel.load() == 0);
    if (best == null || (first.load() == 0 && (isResting || best.load() > 0))) {
      best = first;
    }
    best.begin();
    used |= best != first;
    if (best.load() > CROWDED && opening == 0 && isRoom()) {
      begin();
    }
    return best;
  }

  /**
   * Takes one that is neither the first nor {@code busy}; null if there is none by now. {@link
   * UploadChannel#end} gives it back.
   */
  synchronized @Nullable UploadChannel takeOther(@Nullable UploadChannel busy) {
    UploadChannel best = leastOfOthers(busy);
    if (best != null) {
      best.begin();
      used = true;
    } else if (opening == 0 && isRoom()) {
      begin();
    }
    return best;
  }

  /**
   * Takes one to send a large file on: none that visible changes wait for, if it can be had. Blocks
   * until one is open where there is none that rests.
   */
  UploadChannel takeBeside() {
    Thread opening = null;
    synchronized (this) {
      if (others.stream().allMatch(uploadChannel -> uploadChannel.load() > 0) && isRoom()) {
        opening = begin();
      }
    }
    if (opening != null) {
      Uninterruptibles.joinUninterruptibly(opening);
    }
    UploadChannel other = takeOther(null);
    return other == null ? take() : other;
  }

  @GuardedBy("this")
  private @Nullable UploadChannel leastOfOthers(@Nullable UploadChannel without) {
    return others.stream()
        .filter(uploadChannel -> uploadChannel != without)
        .min(Comparator.comparingInt(UploadChannel::load))
        .orElse(null);
  }

  /**
   * Takes all that there can be, each to be given back by {@link UploadChannel#end}. Waits for
   * those that are still to be opened where that is a matter of milliseconds; else they are for
   * later.
   */
  List<UploadChannel> takeEach() {
    List<Thread> begun = new ArrayList<>();
    synchronized (this) {
      while (isRoom()) {
        begun.add(begin());
      }
    }
    if (!roundTripBudget.isFar()) {
      begun.forEach(Uninterruptibles::joinUninterruptibly);
    }
    synchronized (this) {
      used = true;
      List<UploadChannel> all = new ArrayList<>(others);
      all.addFirst(first);
      all.forEach(UploadChannel::begin);
      return all;
    }
  }

  @GuardedBy("this")
  private boolean isRoom() {
    boolean mayBeMore = full == null || System.nanoTime() - full > PATIENCE.toNanos();
    return !closed && mayBeMore && others.size() + opening < MOST_OTHERS;
  }

  @GuardedBy("this")
  private Thread begin() {
    opening++;
    return Thread.ofVirtual().name("lane").start(this::open);
  }

  /** Channels beside the first. */
  synchronized int others() {
    return others.size();
  }

  private void open() {
    SftpClient client = more.open();
    UploadChannel uploadChannel = client == null ? null : maker.apply(client);
    boolean watch = false;
    synchronized (this) {
      opening--;
      if (uploadChannel == null) {
        full = System.nanoTime();
      } else if (!closed) {
        watch = others.isEmpty();
        others.add(uploadChannel);
      }
    }
    if (uploadChannel == null) {
      return;
    }
    uploadChannel
        .client()
        .channel()
        .whenOver(
            () -> {
              if (isInUse(uploadChannel)) {
                first.client().channel().endLike(uploadChannel.client().channel());
              }
            });
    if (closed) {
      uploadChannel.client().channel().close(false);
    }
    if (watch) {
      Thread.ofVirtual().name("idle lanes").start(this::closeWhenIdle);
    }
  }

  private synchronized boolean isInUse(UploadChannel uploadChannel) {
    return others.contains(uploadChannel);
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
    for (UploadChannel uploadChannel : idle) {
      uploadChannel.client().settle(uploadChannel.pool().drain());
      uploadChannel.client().channel().close(false);
    }
  }

  /** All others, if none was used since the last time; none otherwise. */
  private synchronized List<UploadChannel> takeIdle() {
    boolean busy = used || others.stream().anyMatch(uploadChannel -> uploadChannel.load() > 0);
    used = false;
    if (busy) {
      return List.of();
    }
    List<UploadChannel> idle = List.copyOf(others);
    others.clear();
    full = null;
    return idle;
  }

  private synchronized List<UploadChannel> takeAll() {
    List<UploadChannel> all = List.copyOf(others);
    others.clear();
    return all;
  }

  /** Removes what was opened ahead; the answers come later. */
  synchronized List<CompletableFuture<SftpReply>> drain() {
    List<CompletableFuture<SftpReply>> removals = new ArrayList<>(first.pool().drain());
    others.forEach(uploadChannel -> removals.addAll(uploadChannel.pool().drain()));
    return removals;
  }

  /** Ends all but the first. */
  void close() {
    closed = true;
    takeAll().forEach(uploadChannel -> uploadChannel.client().channel().close(false));
  }

  /** Ends all but the first at once: that one is lost. */
  void abandon() {
    closed = true;
    takeAll().forEach(uploadChannel -> uploadChannel.client().channel().end());
  }
}
