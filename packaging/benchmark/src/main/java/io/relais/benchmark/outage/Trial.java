package io.relais.benchmark.outage;

import com.google.common.collect.ImmutableMap;
import io.relais.failover.e2e.FailoverBed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;

/**
 * One outage, measured on a bed of its own.
 *
 * @param deployment how long the simulated OVH takes from a refresh to its name servers
 */
record Trial(Case of, Path launcher, Duration deployment) {
  /** Longer than anything that is called working. */
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private static final Duration POLL = Duration.ofMillis(100);

  /** A condition that is waited for. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException;
  }

  /**
   * Measures.
   *
   * @return empty if a look failed while production was well: the machine is too busy
   * @throws TimeoutException if it never switched; with what the program said
   */
  Optional<Sample> run(Path folder) throws IOException, InterruptedException, TimeoutException {
    try (FailoverBed bed = FailoverBed.open(folder, of.holder())) {
      bed.ovh
          .map(ovh -> ovh.zone("example.org"))
          .ifPresent(zone -> zone.deployAfter(Optional.of(deployment)));
      bed.config(exampleSettings(bed), "");
      try (Runner runner = Runner.start(launcher, bed, of)) {
        return measure(bed, runner);
      }
    }
  }

  /** Everything as in the example: what a test has set for its own rhythm is left out. */
  private static Map<String, String> exampleSettings(FailoverBed bed) {
    return ImmutableMap.<String, String>builder()
        .put("watcher.interval", "")
        .put("decision.failure_window", "")
        .put("dns.verify_timeout", "")
        .put("dns.interval", "")
        .put("dns.publish_again_after", "")
        .put(
            "site.probe",
            "[{ url = \"https://%s:%d/\", contains = [\"Welcome\"], ca_file = \"%s\" }]"
                .formatted(FailoverBed.NAME, bed.production.port(), bed.folder.resolve("ca.pem")))
        .buildOrThrow();
  }

  private Optional<Sample> measure(FailoverBed bed, Runner runner)
      throws IOException, InterruptedException, TimeoutException {
    int looks = of.mode() == Mode.DAEMON ? 3 : 1;
    until("production is asked", () -> bed.production.served() >= looks, PATIENCE, runner);
    if (!of.worst()) {
      Thread.sleep(ThreadLocalRandom.current().nextLong(of.mode().rhythm().toMillis()));
    }
    if (runner.said().contains("suspect")) {
      return Optional.empty();
    }
    long began = System.nanoTime();
    of.outage().befall(bed);
    Condition visible = () -> bed.records().contains(FailoverBed.atBackup());
    Condition accepted =
        bed.ovh
            .map(ovh -> ovh.zone("example.org"))
            .<Condition>map(zone -> () -> zone.refreshes() > 0)
            .orElse(visible);
    Duration untilAccepted = since(began, "the change is accepted", accepted, PATIENCE, runner);
    Duration patience = PATIENCE.plus(deployment);
    Duration untilVisible = since(began, "the change is visible", visible, patience, runner);
    Duration untilTold =
        since(
            began,
            "somebody is told",
            () -> bed.told().stream().anyMatch(told -> told.contains("\"switched\"")),
            patience,
            runner);
    return Optional.of(new Sample(of, untilAccepted, untilVisible, untilTold));
  }

  private static Duration since(
      long began, String what, Condition condition, Duration patience, Runner runner)
      throws IOException, InterruptedException, TimeoutException {
    until(what, condition, patience, runner);
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private static void until(String what, Condition condition, Duration patience, Runner runner)
      throws IOException, InterruptedException, TimeoutException {
    long end = System.nanoTime() + patience.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new TimeoutException("waited in vain until " + what + "; it said:\n" + runner.said());
      }
      Thread.sleep(POLL);
    }
  }
}
