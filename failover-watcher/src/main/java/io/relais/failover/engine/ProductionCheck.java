package io.relais.failover.engine;

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

/** Asks production, at its own addresses, whatever DNS says. For any number of threads. */
final class ProductionCheck {
  /** When further looks begin: they overlap the first, so that they cost a round little time. */
  static final ImmutableList<Duration> FURTHER =
      ImmutableList.of(Duration.ofMillis(500), Duration.ofMillis(1000), Duration.ofMillis(1500));

  private final SiteConfig site;
  private final Prober prober;
  private final ImmutableList<Duration> further;

  ProductionCheck(SiteConfig site, Prober prober) {
    this(site, prober, FURTHER);
  }

  /**
   * Makes one.
   *
   * @param further how long after the first further looks begin
   */
  ProductionCheck(SiteConfig site, Prober prober, ImmutableList<Duration> further) {
    this.site = site;
    this.prober = prober;
    this.further = further;
  }

  /** One look: every probe at every address. */
  SiteLook look() throws InterruptedException {
    List<Callable<ProbeResult>> probes = new ArrayList<>();
    List<String> places = new ArrayList<>();
    for (InetAddress address : site.production()) {
      for (ProbeSpec spec : site.probes()) {
        places.add(address.getHostAddress());
        probes.add(() -> prober.probe(spec, Optional.of(address)));
      }
    }
    ImmutableListMultimap.Builder<String, ProbeResult> results = ImmutableListMultimap.builder();
    ImmutableList<ProbeResult> all = Parallel.all(probes);
    for (int i = 0; i < all.size(); i++) {
      results.put(places.get(i), all.get(i));
    }
    return SiteLook.of(results.build(), site.addresses(), site.require());
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
    return Parallel.all(looks).contains(true);
  }
}
