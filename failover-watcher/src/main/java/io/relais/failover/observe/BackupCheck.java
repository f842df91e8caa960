package io.relais.failover.observe;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import io.relais.failover.config.BackupConfig;
import io.relais.failover.config.Quantifier;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.probe.ProbeSpec;
import io.relais.failover.probe.Prober;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Asks the backup itself for the site, under the site's name. For any number of threads. */
public final class BackupCheck {
  /** A server that is being restarted is back by then. */
  private static final Duration RESTART = Duration.ofSeconds(1);

  private final BackupConfig backup;
  private final ImmutableList<ProbeSpec> probes;
  private final Quantifier require;
  private final Prober prober;

  public BackupCheck(
      BackupConfig backup, ImmutableList<ProbeSpec> probes, Quantifier require, Prober prober) {
    this.backup = backup;
    this.probes =
        probes.stream().filter(ProbeSpec.Http.class::isInstance).collect(toImmutableList());
    this.require = require;
    this.prober = prober;
  }

  /** Every probe of a URL, at the backup's own address; up if the check is off. */
  public SiteCheckResult look() throws InterruptedException {
    if (!backup.serveCheck() || probes.isEmpty()) {
      return new SiteCheckResult(true, ImmutableList.of());
    }
    List<Callable<ProbeResult>> tasks =
        probes.stream()
            .<Callable<ProbeResult>>map(
                spec -> () -> prober.probe(spec, Optional.of(backup.probeAddress())))
            .toList();
    ImmutableList<ProbeResult> results = ParallelChecks.all(tasks);
    return new SiteCheckResult(serves(results), results);
  }

  /** The same, and what fails is looked at once more: for what is told. */
  SiteCheckResult lookTwice() throws InterruptedException {
    SiteCheckResult first = look();
    if (first.up()) {
      return first;
    }
    Thread.sleep(RESTART);
    return look();
  }

  /** Whether enough of its probes went well: then the backup serves the site. */
  public boolean serves(ImmutableList<ProbeResult> results) {
    return SiteCheckResult.holds(
        require, results.stream().map(ProbeResult::ok).collect(toImmutableList()));
  }
}
