package io.relais.failover.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.testbed.provider.OvhFault;
import io.relais.testbed.provider.OvhRequest;
import io.relais.testbed.provider.OvhSimulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One at a time; commands to the daemon; signals; and a state directory that can't be used. */
@Tag("real")
@Execution(ExecutionMode.CONCURRENT)
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class DaemonControlTest {
  private static final Map<String, String> QUICK =
      Map.of(
          "watcher.interval", "\"3s\"",
          "decision.failures", "1",
          "decision.successes", "1",
          "backup.stable_rounds", "1");

  private static final String REFRESH = "/domain/zone/example.org/refresh";

  /** For runs that need only one round: so long that a busy machine fails no probe. */
  private static final Map<String, String> PATIENT =
      Map.of(
          "watcher.interval", "\"10s\"",
          "decision.failures", "1",
          "decision.successes", "1",
          "backup.stable_rounds", "1");

  private static final Map<String, String> TWICE =
      Map.of(
          "watcher.interval", "\"5s\"",
          "decision.failures", "2",
          "backup.stable_rounds", "1");

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @BeforeEach
  void patience() {
    Awaitility.setDefaultTimeout(PATIENCE);
  }

  @Test
  void twoRunsExcludeEachOther() throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH)) {
      Order order = new Order(bed);
      bed.config(QUICK, "");
      bed.zone().deployAfter(Optional.empty());
      bed.production.answers(500, "Oops");
      try (Program first = bed.start("check")) {
        await().until(() -> bed.zone().refreshes() == 1);

        Program second = bed.run("check");

        assertThat(second.await()).as(second.said()).isEqualTo(13);
        assertThat(second.err()).contains("another run or the daemon is at work");
        // The first may ask for the zone to be published more than once; the second changes
        // nothing.
        assertThat(bed.ovh.orElseThrow().changes())
            .as(second.said())
            .filteredOn(change -> !change.endsWith("/refresh"))
            .hasSize(1);
        bed.zone().deployRefreshed();
        assertThat(first.await()).as(first.said()).isEqualTo(10);
        order.requireAt(FailoverBed.atBackup(), first.said());
      }
    }
  }

  @Test
  void ordersAreCarriedOutByTheDaemon() throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.RFC2136)) {
      Order order = new Order(bed);
      bed.config(QUICK, "");
      try (Program daemon = bed.start("run")) {
        await().until(() -> Files.exists(bed.state().resolve("status.json")));
        Program check = bed.run("check");
        assertThat(check.await()).as(check.said()).isEqualTo(13);

        ordered(bed, "switch", "--yes");
        order.requireAt(FailoverBed.atBackup(), daemon.said());
        ordered(bed, "failback", "--yes");
        order.requireAt(FailoverBed.atProduction(), daemon.said());
        ordered(bed, "resume");

        end(daemon);
        order.requireAt(FailoverBed.atProduction(), daemon.said());
      }
    }
  }

  private static void ordered(FailoverBed bed, String... command) throws IOException {
    Program order = bed.run(command);
    assertThat(order.await()).as(order.said()).isZero();
    assertThat(order.out()).containsAnyOf("done; ", "nothing to do; ");
  }

  private static void end(Program daemon) {
    daemon.terminate();
    assertThat(daemon.await()).as(daemon.said()).isZero();
  }

  @Test
  void takesAnotherConfigurationUnlessItIsMistaken() throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.RFC2136)) {
      Path config = bed.config(QUICK, "");
      String good = Files.readString(config);
      try (Program daemon = bed.start("run")) {
        await().until(() -> Files.exists(bed.state().resolve("status.json")));
        Files.writeString(config, good + "\n[nonsense]\n");

        daemon.signal("HUP");

        await()
            .untilAsserted(
                () ->
                    assertThat(daemon.err())
                        .contains("the configuration stays as it was", "nonsense"));
        goesOn(bed, daemon);
        Files.writeString(
            config,
            good
                + """

                [[watch]]
                name = "newcomer"
                [[watch.probe]]
                tcp = "127.0.0.1:%d"
                connect_timeout = "1s"
                """
                    .formatted(bed.webhook.port()));
        daemon.signal("HUP");
        await()
            .untilAsserted(
                () ->
                    assertThat(bed.state().resolve("status.json"))
                        .as(daemon.said())
                        .content()
                        .contains("newcomer"));
        goesOn(bed, daemon);
        end(daemon);
      }
    }
  }

  private static void goesOn(FailoverBed bed, Program daemon) {
    int asked = bed.production.asked();
    await().until(() -> bed.production.asked() > asked + 1);
    assertThat(daemon.isAlive()).as(daemon.said()).isTrue();
  }

  @Test
  void isEndedInTheMiddleOfAChangeAndTheNextRunCompletesIt() throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH)) {
      Order order = new Order(bed);
      bed.config(QUICK, "");
      OvhSimulator ovh = bed.ovh.orElseThrow();
      ovh.inject(1, request -> request.path().endsWith("/refresh"), new OvhFault.Hang());
      bed.production.answers(500, "Oops");
      try (Program daemon = bed.start("run")) {
        await()
            .until(() -> ovh.requests().stream().map(OvhRequest::path).anyMatch(REFRESH::equals));

        end(daemon);

        assertThat(bed.records()).containsExactly(FailoverBed.atProduction());
        Program next = bed.run("check");
        assertThat(next.await()).as(next.said()).isEqualTo(10);
        order.requireAt(FailoverBed.atBackup(), daemon.said() + next.said());
      }
    }
  }

  @Test
  void changesNothingWhileTheDiskIsFull() throws Exception {
    Path state = Files.createDirectory(folder.resolve("state"));
    command("mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", state.toString());
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH)) {
      Order order = new Order(bed);
      // Twice, since what is counted meanwhile is kept in memory only.
      bed.config(TWICE, "");
      bed.zone().deployAfter(Optional.of(Duration.ZERO));
      Program well = bed.run("check");
      assertThat(well.await()).as(well.said()).isZero();
      Path filler = state.resolve("filler");
      fill(filler);
      bed.production.answers(500, "Oops");

      Program full = bed.run("check", "--at-most", "15");

      assertThat(full.await()).as(full.said()).isEqualTo(5);
      assertThat(full.said()).contains("can't be written", "make room");
      assertThat(bed.ovh.orElseThrow().changes()).as(full.said()).isEmpty();
      assertThat(bed.records()).containsExactly(FailoverBed.atProduction());
      Files.delete(filler);
      Program room = bed.run("check");
      assertThat(room.await()).as(room.said()).isEqualTo(10);
      order.requireAt(FailoverBed.atBackup(), full.said() + room.said());
    } finally {
      command("umount", state.toString());
    }
  }

  /** To the last byte. */
  private static void fill(Path file) throws IOException {
    byte[] page = new byte[4096];
    try (var out = Files.newOutputStream(file)) {
      while (true) {
        out.write(page);
      }
    } catch (java.nio.file.FileSystemException e) {
      throw e;
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  private static void command(String... words) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder(words).inheritIO().start().waitFor()).as("%s", words[0]).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "state.json, ''",
    "state.json, '{\"version\": 1, \"watch\": '",
    "state.json, '{\"version\": 99}'",
    "journal.json, ''",
    "journal.json, 'not what it was'"
  })
  void changesNothingWhileWhatIsRememberedIsDamaged(String file, String content) throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH)) {
      Order order = new Order(bed);
      bed.config(PATIENT, "");
      bed.zone().deployAfter(Optional.of(Duration.ZERO));
      bed.production.answers(500, "Oops");
      Program down = bed.run("check");
      assertThat(down.await()).as(down.said()).isEqualTo(10);
      Path damaged = bed.state().resolve(file);
      byte[] sound = Files.readAllBytes(damaged);
      Files.writeString(damaged, content);
      bed.production.up();
      bed.ovh.orElseThrow().forgetRequests();

      Program refused = bed.run("failback", "--yes");

      assertThat(refused.await()).as(refused.said()).isEqualTo(5);
      assertThat(refused.err()).contains(damaged.toString());
      assertThat(bed.ovh.orElseThrow().changes()).isEmpty();
      assertThat(damaged).content().isEqualTo(content);
      Files.write(damaged, sound);
      Program back = bed.run("failback", "--yes");
      assertThat(back.await()).as(back.said()).isZero();
      order.requireAt(FailoverBed.atProduction(), refused.said() + back.said());
    }
  }
}
