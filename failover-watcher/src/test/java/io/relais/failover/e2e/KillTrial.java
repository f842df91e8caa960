package io.relais.failover.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableList;
import io.relais.failover.change.JournalState;
import io.relais.failover.change.PendingChange;
import io.relais.failover.change.PendingChange.Progress;
import io.relais.failover.change.RecordChanger;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** One change, killed at each of its requests; on one bed, which is put back in between. */
final class KillTrial {
  /** One failed round is enough, and so is one good one. */
  private static final Map<String, String> QUICK =
      Map.of(
          "watcher.interval", "\"10s\"",
          "decision.failures", "1",
          "decision.successes", "1",
          "decision.switches_per_day", "9",
          "decision.automatic_failback", "true",
          "decision.failback_after", "\"1ms\"",
          "decision.minimum_stay", "\"1ms\"",
          "backup.stable_rounds", "1",
          "backup.interval", "\"100ms\"");

  /** By the end of so many runs it must have come to rest where it belongs. */
  private static final int RUNS = 5;

  private static final int KILLED = 128 + 9;

  private final FailoverBed bed;
  private final Wiretap tap;
  private final KilledChange change;
  private final Order order;

  KillTrial(FailoverBed bed, Wiretap tap, KilledChange change) throws IOException {
    this.bed = bed;
    this.tap = tap;
    this.change = change;
    this.order = new Order(bed);
  }

  static Wiretap tap(FailoverBed bed) throws IOException {
    if (bed.ovh.isPresent()) {
      return new OvhWiretap(bed.ovh.get());
    }
    UpdateWiretap tap = new UpdateWiretap(bed.dns.address());
    bed.updates.set(tap.address());
    return tap;
  }

  /** Kills at every request, and asserts; how many points there were. */
  int everyPoint() throws IOException {
    bed.config(QUICK, "");
    deployAfter(Optional.of(Duration.ZERO));
    run("check", 0);
    if (change.fromBackup) {
      bed.production.answers(500, "Oops");
      run("check", 10);
    }
    change.prepare(bed);
    Snapshot before = new Snapshot(bed);
    ImmutableList<Boolean> requests = uninjected();
    for (int n = 1; n <= requests.size(); n++) {
      boolean changes = requests.get(n - 1);
      killedAt(before, n, false, changes);
      if (changes) {
        killedAt(before, n, true, true);
      }
    }
    killedWhileItIsDeployed(before);
    return requests.size();
  }

  private void run(String command, int wanted) throws IOException {
    Program program = bed.run(command);
    assertThat(program.await()).as(program.said()).isEqualTo(wanted);
  }

  private ImmutableList<Boolean> uninjected() throws IOException {
    tap.reset();
    try (Program program = change.start(bed)) {
      assertThat(program.await()).as(program.said()).isIn(0, 10);
    }
    ImmutableList<Boolean> requests = tap.requests();
    assertThat(requests).contains(true, false);
    return requests;
  }

  /** Both ends where the request is one that changes something; else the one that is likely. */
  private void killedAt(Snapshot before, int n, boolean carriedOut, boolean bothEnds)
      throws IOException {
    String where = "%s, killed %s request %d".formatted(change, carriedOut ? "after" : "before", n);
    for (boolean up : new boolean[] {false, true}) {
      if (bothEnds || up == (change == KilledChange.FAIL_BACK)) {
        begin(before);
        CountDownLatch started = new CountDownLatch(1);
        Program[] victim = new Program[1];
        tap.at(
            n,
            carriedOut,
            () -> {
              awaitOpen(started);
              kill(victim[0]);
            });
        victim[0] = change.start(bed);
        started.countDown();
        assertThat(victim[0].await()).as(where + ": " + victim[0].said()).isEqualTo(KILLED);
        recovers(up, where);
      }
    }
  }

  private static void awaitOpen(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** It is gone when this returns. */
  private static void kill(Program program) {
    program.kill();
    program.await();
  }

  /** With RFC 2136 there is no such time. */
  private void killedWhileItIsDeployed(Snapshot before) throws IOException {
    if (bed.ovh.isEmpty()) {
      return;
    }
    begin(before);
    deployAfter(Optional.empty());
    try (Program victim = change.start(bed)) {
      await().atMost(Duration.ofSeconds(30)).until(this::isPublished);
      kill(victim);
      assertThat(victim.await()).as(victim.said()).isEqualTo(KILLED);
    }
    deployAfter(Optional.of(Duration.ZERO));
    bed.zone().deployRefreshed();
    recovers(change == KilledChange.FAIL_BACK, change + ", killed while it is deployed");
  }

  /** At once, so that one round does it all. */
  private void deployAfter(Optional<Duration> time) {
    if (bed.ovh.isPresent()) {
      bed.zone().deployAfter(time);
    }
  }

  private boolean isPublished() throws IOException {
    return RecordChanger.read(bed.state().resolve("journal.json"))
        .flatMap(JournalState::underWay)
        .map(PendingChange::progress)
        .filter(Progress.Published.class::isInstance)
        .isPresent();
  }

  private void begin(Snapshot before) throws IOException {
    bed.production.answers(500, "Oops");
    tap.reset();
    before.restore();
  }

  private void recovers(boolean up, String where) throws IOException {
    tap.reset();
    if (up) {
      bed.production.up();
    } else {
      bed.production.answers(500, "Oops");
    }
    int wanted = up ? 0 : 10;
    StringBuilder said = new StringBuilder(where + ", production " + (up ? "up" : "down") + "\n");
    int code = -1;
    for (int i = 0; i < RUNS && code != wanted; i++) {
      try (Program program = bed.start("check")) {
        code = program.await();
        said.append(program.said()).append("exit ").append(code).append('\n');
      }
    }
    assertThat(code).as(said.toString()).isEqualTo(wanted);
    order.requireAt(up ? FailoverBed.atProduction() : change.atBackup(), said.toString());
  }
}
