package io.relais.failover.state;

import com.google.common.collect.ImmutableList;
import io.relais.failover.probe.ProbeResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How things stand, as {@code status.json} and as {@code --json} show it.
 *
 * @param version of this form
 * @param pid of the process that wrote it
 * @param updated when the last round ended
 * @param failover empty where things are only watched
 */
public record StatusReport(
    int version,
    long pid,
    Instant updated,
    Optional<Failover> failover,
    ImmutableList<Watch> watches) {
  public static final int VERSION = 1;

  /**
   * The site.
   *
   * @param phase a word in lower case with hyphens
   * @param reason why; empty if there is nothing to say
   * @param production its probes in the last round
   * @param backup the backup's own; none if it was not asked
   * @param unready why the backup could not take over as it should, a line each; none if it could
   * @param backupAddress where the records would point
   * @param records where they point: a word
   * @param recordsDetail each set
   * @param change how the change of the zone stands; empty if none is under way
   * @param waiting whether the provider has not accepted that change yet
   */
  public record Failover(
      String site,
      String phase,
      Instant since,
      String reason,
      ImmutableList<Probe> production,
      ImmutableList<Probe> backup,
      ImmutableList<String> unready,
      String canaries,
      Optional<String> backupAddress,
      String records,
      String recordsDetail,
      String change,
      boolean waiting,
      Duration roundTook) {}

  /** One thing that is only watched. */
  public record Watch(String name, boolean up, Instant since, ImmutableList<Probe> probes) {}

  /** One probe; parts that did not happen are absent. */
  public record Probe(
      String name,
      String where,
      boolean ok,
      String detail,
      Optional<Integer> status,
      Optional<Long> connectMs,
      Optional<Long> tlsMs,
      Optional<Long> firstByteMs,
      long wholeMs,
      Optional<Instant> certificateExpires) {
    static Probe of(ProbeResult result) {
      var timings = result.timings();
      return new Probe(
          result.name(),
          result.where(),
          result.ok(),
          result.failure().map(ProbeResult.Failure::detail).orElse(""),
          result.status(),
          timings.connect().map(Duration::toMillis),
          timings.tls().map(Duration::toMillis),
          timings.firstByte().map(Duration::toMillis),
          timings.whole().toMillis(),
          result.certificateExpires());
    }

    public static ImmutableList<Probe> of(ImmutableList<ProbeResult> results) {
      return results.stream().map(Probe::of).collect(ImmutableList.toImmutableList());
    }
  }
}
