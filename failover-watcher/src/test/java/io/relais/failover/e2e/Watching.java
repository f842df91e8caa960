package io.relais.failover.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import io.relais.failover.state.StatusFile;
import io.relais.failover.state.StatusReport;
import io.relais.testbed.provider.OvhSimulator;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** A daemon at work on a bed, and the zone as it was when the daemon was well. */
final class Watching implements AutoCloseable {
  /** Of a loaded machine. */
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final FailoverBed bed;
  private final Program daemon;
  private final StatusFile status;
  private long serial;
  private ImmutableSortedSet<String> records = ImmutableSortedSet.of();

  private Watching(FailoverBed bed, Program daemon) {
    this.bed = bed;
    this.daemon = daemon;
    this.status = new StatusFile(bed.state());
  }

  /** Starts the daemon. */
  static Watching start(FailoverBed bed) throws IOException {
    return of(bed, bed.start("run"));
  }

  /** One that was started already; waits until it has found production well. */
  static Watching of(FailoverBed bed, Program daemon) throws IOException {
    Watching watching = new Watching(bed, daemon);
    try {
      watching.awaitPhase("up");
      watching.remember();
      return watching;
    } catch (Throwable e) {
      watching.close();
      throw e;
    }
  }

  /** The zone as it is now is what must stay. */
  void remember() throws IOException {
    serial = bed.dns.serial();
    records = bed.dns.records();
  }

  Optional<StatusReport> status() throws IOException {
    return status.read();
  }

  private Optional<StatusReport.Failover> site() throws IOException {
    return status().flatMap(StatusReport::failover);
  }

  String said() {
    return daemon.said();
  }

  void awaitPhase(String phase) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(site().map(StatusReport.Failover::phase))
                    .as(daemon.said())
                    .contains(phase));
  }

  /** Waits until it is in a phase for a reason. */
  void awaitPhase(String phase, String because) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              StatusReport.Failover site = site().orElseThrow();
              assertThat(site.phase()).as(site.reason() + daemon.said()).isEqualTo(phase);
              assertThat(site.reason()).as(daemon.said()).contains(because);
            });
  }

  /** Waits for as many further rounds, and that it is alive. */
  void awaitRounds(int rounds) {
    Set<Instant> seen = new HashSet<>();
    await()
        .atMost(PATIENCE.plusSeconds(rounds))
        .pollInterval(Duration.ofMillis(50))
        .failFast("it ended", () -> !daemon.isAlive())
        .until(
            () -> {
              status().map(StatusReport::updated).ifPresent(seen::add);
              return seen.size() > rounds;
            });
  }

  void awaitRecords(String... expected) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(bed.records()).as(daemon.said()).containsExactlyInAnyOrder(expected));
  }

  void awaitTold(String kind) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(bed.told())
                    .as(daemon.said())
                    .anyMatch(told -> told.contains("\"kind\": \"" + kind + "\"")));
  }

  /** Nothing was written at the provider, and the name server has what it had. */
  void requireUntouched() throws IOException {
    assertThat(bed.ovh.map(OvhSimulator::changes).orElse(ImmutableList.of()))
        .as(daemon.said())
        .isEmpty();
    assertThat(bed.dns.records()).as(daemon.said()).isEqualTo(records);
    assertThat(bed.dns.serial()).as(daemon.said()).isEqualTo(serial);
  }

  @Override
  public void close() {
    daemon.close();
  }
}
