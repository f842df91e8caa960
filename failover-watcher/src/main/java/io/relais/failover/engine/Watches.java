package io.relais.failover.engine;

import io.relais.common.DurationText;
import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.net.InetAddresses;
import io.relais.failover.config.WatchConfig;
import io.relais.failover.net.HttpTimings;
import io.relais.failover.net.SystemResolver;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Kind;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.probe.Prober;
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
final class Watches {
  private static final Duration LOOKUP = Duration.ofSeconds(5);

  private final ImmutableList<WatchConfig> watches;
  private final Prober prober;
  private final Consumer<Notice> out;

  Watches(ImmutableList<WatchConfig> watches, Prober prober, Consumer<Notice> out) {
    this.watches = watches;
    this.prober = prober;
    this.out = out;
  }

  /** One thing and what its probes said in this round. */
  record Look(String name, Hysteresis state, ImmutableList<ProbeResult> results) {
    /** What failed, for people. */
    String failures(String between) {
      return results.stream()
          .flatMap(
              result ->
                  result.failure().stream().map(failure -> result.name() + ": " + failure.detail()))
          .collect(Collectors.joining(between));
    }
  }

  /** Probes all, at once. */
  ImmutableList<Look> look(Memory memory, Instant now) throws InterruptedException {
    ImmutableList<Callable<Look>> tasks =
        watches.stream()
            .<Callable<Look>>map(watch -> () -> look(watch, memory, now))
            .collect(toImmutableList());
    return Parallel.all(tasks);
  }

  /** Tells of those that went down or came up; returns the memory of the looks. */
  Memory tell(Memory memory, ImmutableList<Look> looks, Instant now) {
    looks.forEach(look -> tell(look, memory, now));
    return memory.withWatches(
        looks.stream().collect(ImmutableMap.toImmutableMap(Look::name, Look::state)));
  }

  private Look look(WatchConfig watch, Memory memory, Instant now) throws InterruptedException {
    ImmutableList<ProbeResult> results =
        Parallel.all(
            watch.targets().stream()
                .<Callable<ProbeResult>>map(target -> () -> probe(target))
                .toList());
    boolean ok =
        SiteLook.holds(
            watch.require(), results.stream().map(ProbeResult::ok).collect(toImmutableList()));
    Hysteresis before =
        Optional.ofNullable(memory.watches().get(watch.name()))
            .orElseGet(() -> Hysteresis.initial(now));
    return new Look(
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
                  ProbeResult.Kind.NAME, "the name " + target.address().get() + " leads nowhere")),
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

  private void tell(Look look, Memory memory, Instant now) {
    Optional<Hysteresis> before = Optional.ofNullable(memory.watches().get(look.name()));
    boolean wasUp = wasUp(memory, look.name());
    if (wasUp == look.state().up()) {
      return;
    }
    String text =
        wasUp
            ? look.failures("\n")
            : "It was down for "
                + DurationText.of(Duration.between(before.orElseThrow().since(), now))
                + ".";
    out.accept(
        new Notice(
            wasUp ? Kind.WATCH_DOWN : Kind.WATCH_UP,
            look.name() + " " + now,
            look.name() + (wasUp ? " is down" : " is up again"),
            text,
            now,
            ImmutableMap.of("watch", look.name())));
  }

  /** What it was before a round; up until something else was seen. */
  static boolean wasUp(Memory memory, String name) {
    return Optional.ofNullable(memory.watches().get(name)).map(Hysteresis::up).orElse(true);
  }
}
