package io.relais.failover.observe;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import io.relais.failover.config.BackupConfig;
import io.relais.failover.config.Quantifier;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.probe.ProbeSpec;
import io.relais.failover.probe.Prober;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** Asks the backup itself for the site, under the site's name. For any number of threads. */
public final class BackupCheck {
  /** A server that is being restarted is back by then. */
  private static final Duration RESTART = Duration.ofSeconds(1);

  private final BackupConfig backup;
  private final ImmutableList<ProbeSpec> probes;
  private final Quantifier require;
  private final Prober prober;
  private final CopyCertificate copy;

  public BackupCheck(
      BackupConfig backup,
      ImmutableList<ProbeSpec> probes,
      Quantifier require,
      Prober prober,
      CopyCertificate copy) {
    this.copy = copy;
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
    ImmutableList<ProbeResult> results =
        ParallelChecks.all(tasks).stream()
            .map(result -> advice(result).map(result::withRemark).orElse(result))
            .collect(toImmutableList());
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

  /** What to do where its web server serves an older certificate than the copy has, for people. */
  public Optional<String> advice(ProbeResult result) {
    return unloaded(result).map(CopyCertificate.Unloaded::advice);
  }

  private Optional<CopyCertificate.Unloaded> unloaded(ProbeResult result) {
    boolean own = result.where().equals(InetAddresses.toAddrString(backup.probeAddress()));
    return own
        ? probes.stream()
            .filter(spec -> spec.name().equals(result.name()))
            .findFirst()
            .flatMap(spec -> host(spec).flatMap(host -> copy.unloaded(host, result)))
        : Optional.empty();
  }

  private static Optional<String> host(ProbeSpec spec) {
    return spec instanceof ProbeSpec.Http page
        ? Optional.ofNullable(page.url().getHost())
        : Optional.empty();
  }

  /**
   * Whether all that keeps the backup from serving the site is that its web server has not loaded
   * the copy's certificate: which one instead of which; empty if not.
   */
  Optional<String> onlyReloadMissing(SiteCheckResult own) {
    ImmutableList<ProbeResult> failed =
        own.results().stream().filter(result -> !result.ok()).collect(toImmutableList());
    boolean only =
        !own.up()
            && failed.stream()
                .allMatch(
                    result ->
                        result.failure().orElseThrow().kind() == ProbeResult.Status.CERTIFICATE
                            && unloaded(result).isPresent());
    return only
        ? Optional.of(
            failed.stream()
                .flatMap(result -> unloaded(result).stream())
                .map(CopyCertificate.Unloaded::difference)
                .distinct()
                .collect(Collectors.joining(", ")))
        : Optional.empty();
  }

  /** Whether enough of its probes went well: then the backup serves the site. */
  public boolean serves(ImmutableList<ProbeResult> results) {
    return SiteCheckResult.holds(
        require, results.stream().map(ProbeResult::ok).collect(toImmutableList()));
  }
}
