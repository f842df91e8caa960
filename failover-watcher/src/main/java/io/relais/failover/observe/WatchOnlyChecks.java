package io.relais.failover.observe;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.net.InetAddresses;
import io.relais.common.DurationFormat;
import io.relais.failover.config.WatchConfig;
import io.relais.failover.net.HttpTimings;
import io.relais.failover.net.SystemResolver;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.probe.Prober;
import io.relais.failover.state.Hysteresis;
import io.relais.failover.state.PersistentState;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Things that are only watched and told of. For one thread. */
public final class WatchOnlyChecks {
  private static final Duration LOOKUP = Duration.ofSeconds(5);

  private final ImmutableList<WatchConfig> watches;
  private final Prober prober;
  private final Consumer<Notice> out;

  public WatchOnlyChecks(ImmutableList<WatchConfig> watches, Prober prober, Consumer<Notice> out) {
    this.watches = watches;
    this.prober = prober;
    this.out = out;
  }

  /** One thing and what its probes said in this round. */
  public record WatchReading(String name, Hysteresis state, ImmutableList<ProbeResult> results) {
    /** What failed, for people. */
    public String failures(String between) {
      return results.stream()
          .flatMap(
              result ->
                  result.failure().stream().map(failure -> result.name() + ": " + failure.detail()))
          .collect(Collectors.joining(between));
    }
  }

  /** Probes all, at once. */
  public ImmutableList<WatchReading> look(PersistentState persistentState, Instant now)
      throws InterruptedException {
    ImmutableList<Callable<WatchReading>> tasks =
        watches.stream()
            .<Callable<WatchReading>>map(watch -> () -> look(watch, persistentState, now))
            .collect(toImmutableList());
    return ParallelChecks.all(tasks);
  }

  /** Tells of those that went down or came up; returns the memory of the looks. */
  public PersistentState tell(
      PersistentState persistentState, ImmutableList<WatchReading> looks, Instant now) {
    looks.forEach(watchReading -> tell(watchReading, persistentState, now));
    return persistentState.withWatches(
        looks.stream()
            .collect(ImmutableMap.toImmutableMap(WatchReading::name, WatchReading::state)));
  }

  private WatchReading look(WatchConfig watch, PersistentState persistentState, Instant now)
      throws InterruptedException {
    ImmutableList<ProbeResult> results =
        ParallelChecks.all(
            watch.targets().stream()
                .<Callable<ProbeResult>>map(target -> () -> probe(target))
                .toList());
    boolean ok =
        SiteCheckResult.holds(
            watch.require(), results.stream().map(ProbeResult::ok).collect(toImmutableList()));
    Hysteresis before =
        Optional.ofNullable(persistentState.watches().get(watch.name()))
            .orElseGet(() -> Hysteresis.initial(now));
    return new WatchReading(
        watch.name(), before.after(ok, watch.failures(), watch.successes(), now), results);
  }

  private ProbeResult probe(WatchConfig.Target target) throws InterruptedException {
    if (target.address().isEmpty()) {
      return prober.probe(target.probe(), Optional.empty());
    }
    try {
      return prober.probe(target.probe(), Optional.of(resolve(target.address().get())));
    } catch (UnknownHostException _) {
      return new ProbeResult(
          target.probe().name(),
          target.address().get(),
          Optional.of(
              new ProbeResult.Failure(
                  ProbeResult.Status.NAME,
                  "the name " + target.address().get() + " does not resolve")),
          HttpTimings.whole(Duration.ZERO),
          Optional.empty(),
          Optional.empty(),
          false);
    }
  }

  /** The system's resolver can't be interrupted, so a thread may be left behind for a while. */
  private static InetAddress resolve(String place)
      throws UnknownHostException, InterruptedException {
    if (InetAddresses.isInetAddress(place)) {
      return InetAddresses.forString(place);
    }
    FutureTask<InetAddress> lookup =
        new FutureTask<>(() -> SystemResolver.lookup(place, Optional.empty()).getFirst());
    Thread.ofPlatform().daemon().name("lookup of " + place).start(lookup);
    try {
      return lookup.get(LOOKUP.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new UnknownHostException(place);
    }
  }

  private void tell(WatchReading watchReading, PersistentState persistentState, Instant now) {
    Optional<Hysteresis> before =
        Optional.ofNullable(persistentState.watches().get(watchReading.name()));
    boolean wasUp = wasUp(persistentState, watchReading.name());
    if (wasUp == watchReading.state().up()) {
      return;
    }
    String text =
        wasUp
            ? watchReading.failures("\n")
            : "It was down for "
                + DurationFormat.of(Duration.between(before.orElseThrow().since(), now))
                + ".";
    out.accept(
        new Notice(
            wasUp ? Topic.WATCH_DOWN : Topic.WATCH_UP,
            watchReading.name() + " " + now,
            watchReading.name() + (wasUp ? " is down" : " is up again"),
            text,
            now,
            ImmutableMap.of("watch", watchReading.name(), "event", wasUp ? "begun" : "over")));
  }

  /** What it was before a round; up until something else was seen. */
  public static boolean wasUp(PersistentState persistentState, String name) {
    return Optional.ofNullable(persistentState.watches().get(name))
        .map(Hysteresis::up)
        .orElse(true);
  }
}
