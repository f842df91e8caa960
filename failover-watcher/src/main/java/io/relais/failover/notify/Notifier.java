package io.relais.failover.notify;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.net.HttpCaller;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Delivers notices. They lie in a queue on disk, one file for each notice and channel, so that a
 * kill loses none; each channel has a thread of its own, so that one that hangs delays no other. A
 * notice whose acceptance was not heard, because of a kill or a lost reply, is sent again. For any
 * number of threads.
 */
public final class Notifier implements AutoCloseable {
  private final ImmutableList<ChannelWorker> workers;
  private final NoticeStore store;
  private final RepeatFilter repeats;
  private final InstantSource clock;

  /**
   * Makes one, and begins to deliver what an earlier run left.
   *
   * @param directory where the queue is; made if it is not there. Only one notifier may use it: a
   *     second one delivers from memory, and leaves the first one's notices alone
   * @throws IllegalArgumentException if a channel's settings can't work (the user's fault; see
   *     {@link #check})
   */
  public Notifier(NotifySettings settings, Path directory, HttpCaller http, InstantSource clock) {
    this(
        settings,
        ChannelWorker.RetryPolicy.of(settings),
        directory,
        channels(settings, http),
        clock);
  }

  Notifier(
      NotifySettings settings,
      ChannelWorker.RetryPolicy policy,
      Path directory,
      ImmutableMap<String, Channel> channels,
      InstantSource clock) {
    this.clock = clock;
    this.store = new NoticeStore(directory);
    this.repeats = new RepeatFilter(store, settings.repeatAfter());
    this.workers =
        settings.channels().stream()
            .map(
                channel ->
                    new ChannelWorker(
                        channel,
                        requireNonNull(channels.get(channel.name())),
                        store,
                        policy,
                        clock))
            .collect(ImmutableList.toImmutableList());
    ImmutableListMultimap<String, NoticeStore.Entry> left = store.load(channels.keySet());
    workers.forEach(worker -> worker.start(left.get(worker.name())));
  }

  private static ImmutableMap<String, Channel> channels(NotifySettings settings, HttpCaller http) {
    ImmutableMap.Builder<String, Channel> channels = ImmutableMap.builder();
    ImmutableSet.Builder<String> names = ImmutableSet.builder();
    settings
        .channels()
        .forEach(
            channel -> {
              names.add(channel.name());
              channels.put(channel.name(), Channel.of(channel, http, settings.timeout()));
            });
    checkArgument(
        names.build().size() == settings.channels().size(),
        "two notify channels have the same name; give each its own");
    return channels.buildOrThrow();
  }

  /**
   * Checks a channel's settings, and reads its file of authorities; connects to nothing.
   *
   * @throws IllegalArgumentException if they can't work (the user's fault: the message names the
   *     channel, says what to do, and holds no secret)
   */
  public static void check(ChannelSettings channel) {
    Channel made =
        Channel.of(
            channel,
            call -> {
              throw new IllegalStateException("nothing is sent by a check");
            },
            Duration.ofSeconds(1));
    checkArgument(made != null, "no channel");
  }

  /**
   * Queues a notice for every channel that takes its kind, unless the same was queued within the
   * time set; tests always are. Returns at once; a queue that can't be written is logged, and
   * delivery tried from memory.
   */
  public void post(Notice notice) {
    var now = clock.instant();
    if (!repeats.note(notice, now)) {
      return;
    }
    for (ChannelWorker worker : workers) {
      if (worker.takes(notice.kind())) {
        NoticeStore.Entry entry = store.entry(worker.name(), notice, now);
        worker.offer(entry, store.save(entry));
      }
    }
    // Last: a kill before it tells twice, and one after it would not tell at all.
    repeats.save();
  }

  /**
   * Waits until the queue is empty or each remaining notice has failed at least once, or may not be
   * tried yet because its receiver said so; at most that long for all channels together.
   */
  public void flush(Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    for (ChannelWorker worker : workers) {
      worker.awaitRest(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    }
  }

  /**
   * Sends a notice through every channel now, past the queue, all at the same time; each takes at
   * most as long as one delivery may.
   */
  public ImmutableList<Delivery> deliverNow(Notice notice) throws InterruptedException {
    String id = store.entry("", notice, clock.instant()).id();
    List<Callable<Delivery>> tests = new ArrayList<>();
    workers.forEach(worker -> tests.add(() -> worker.test(id, notice)));
    ImmutableList.Builder<Delivery> deliveries = ImmutableList.builder();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Delivery> delivery : threads.invokeAll(tests)) {
        deliveries.add(delivery.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("a channel's error is a delivery", e);
    }
    return deliveries.build();
  }

  /** Ends the threads; what is not delivered stays on disk. */
  @Override
  public void close() {
    workers.forEach(ChannelWorker::close);
    store.close();
  }

  /**
   * What became of a test.
   *
   * @param failure empty if it was accepted; otherwise what failed and what to do, without secrets
   */
  public record Delivery(String channel, Optional<String> failure, Duration took) {}
}
