package io.relais.failover.observe;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import io.relais.failover.config.SiteConfig;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.probe.ProbeSpec;
import io.relais.failover.probe.Prober;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks production, at its own addresses, whatever DNS says. {@link #lookAgain} is for any thread,
 * {@link #round} for one at a time.
 */
public final class ProductionCheck {
  /** When further looks begin: they overlap the first, so that they cost a round little time. */
  public static final ImmutableList<Duration> FURTHER =
      ImmutableList.of(Duration.ofMillis(500), Duration.ofMillis(1000), Duration.ofMillis(1500));

  /** How long the first look of a process is waited for before another begins next to it. */
  private static final Duration COLD = Duration.ofSeconds(2);

  private final SiteConfig site;
  private final Prober prober;
  private final ImmutableList<Duration> further;
  private boolean warm;

  public ProductionCheck(SiteConfig site, Prober prober) {
    this(site, prober, FURTHER);
  }

  /**
   * Makes one.
   *
   * @param further how long after the first further looks begin
   */
  public ProductionCheck(SiteConfig site, Prober prober, ImmutableList<Duration> further) {
    this.site = site;
    this.prober = prober;
    this.further = further;
  }

  /**
   * The look of a round. A process that has just begun loads its code, and the authorities that it
   * trusts, within the time limits of its first look: on a slow machine that alone breaks them. So
   * that one does not count if it failed; another is made, which does.
   */
  public SiteCheckResult round() throws InterruptedException {
    if (warm) {
      return look();
    }
    warm = true;
    try (ParallelChecks threads = new ParallelChecks()) {
      Future<SiteCheckResult> first = threads.submit(this::look);
      if (endsWithin(first, COLD) && ParallelChecks.result(first).up()) {
        return ParallelChecks.result(first);
      }
      return look();
    }
  }

  private static boolean endsWithin(Future<?> task, Duration time) throws InterruptedException {
    try {
      task.get(time.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException _) {
      return false;
    } catch (ExecutionException _) {
      return true;
    }
  }

  /** One look: every probe at every address. */
  private SiteCheckResult look() throws InterruptedException {
    List<Callable<ProbeResult>> probes = new ArrayList<>();
    List<String> places = new ArrayList<>();
    for (InetAddress address : site.production()) {
      for (ProbeSpec spec : site.probes()) {
        places.add(address.getHostAddress());
        probes.add(() -> prober.probe(spec, Optional.of(address)));
      }
    }
    ImmutableListMultimap.Builder<String, ProbeResult> results = ImmutableListMultimap.builder();
    ImmutableList<ProbeResult> all = ParallelChecks.all(probes);
    for (int i = 0; i < all.size(); i++) {
      results.put(places.get(i), all.get(i));
    }
    return SiteCheckResult.of(results.build(), site.addresses(), site.require());
  }

  /** Whether one of some further looks, shortly after each other, finds production up. */
  boolean lookAgain() throws InterruptedException {
    List<Callable<Boolean>> looks = new ArrayList<>();
    for (Duration delay : further) {
      looks.add(
          () -> {
            Thread.sleep(delay);
            return look().up();
          });
    }
    return ParallelChecks.all(looks).contains(true);
  }
}
