package io.relais.failover.engine;

import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;
import static io.relais.failover.dns.RecordType.AAAA;
import static io.relais.failover.engine.Stage.BACKUP;
import static io.relais.failover.engine.Stage.NEW_BACKUP;
import static io.relais.failover.engine.Stage.OWN;
import static io.relais.failover.engine.Stage.PRODUCTION;
import static io.relais.failover.engine.Stage.SECOND_PRODUCTION;
import static io.relais.failover.engine.Stage.SITE;
import static io.relais.failover.engine.Stage.STRANGER;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.failover.config.HeartbeatConfig;
import io.relais.failover.config.Quantifier;
import io.relais.failover.config.VantageConfig;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.dns.InMemoryZone.Interceptor;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.state.Sentence;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What must not happen, row by row, as far as the engine has to prevent it. */
final class NoFalseSwitchTest {
  @TempDir private Path directory;
  private Stage stage;

  @BeforeEach
  void setStage() {
    stage = new Stage(directory);
  }

  @Test
  void ourOwnLineIsDown() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    offline();
    Watcher.RoundOutcome roundOutcome = run.lasting(Duration.ofMinutes(9));
    assertThat(roundOutcome.phase()).contains(Phase.BLIND);
    assertThat(stage.told()).isEmpty();
    run.lasting(Duration.ofMinutes(5));
    assertThat(stage.told()).containsExactly(Topic.BLIND);
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    online();
    assertThat(run.round().phase()).contains(Phase.UP);
  }

  private void offline() {
    stage.prober.down(PRODUCTION);
    Stage.CANARIES.forEach(stage.prober::down);
    stage.noAddressService();
  }

  private void online() {
    stage.prober.up(PRODUCTION);
    Stage.CANARIES.forEach(stage.prober::up);
    stage.backupAt(BACKUP);
  }

  @Test
  void oneCanaryAloneIsNotEnough() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    stage.prober.down("canary 2");
    assertThat(run.rounds(30).phase()).contains(Phase.BLIND);
    assertThat(stage.records()).isEqualTo(PRODUCTION);
  }

  @Test
  void theCanariesFallSilentJustBeforeTheSwitch() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(3);
    // Asked in the round, and again when the switch is decided.
    stage.prober.flaky("canary 1", call -> call >= 2);
    Watcher.RoundOutcome roundOutcome = run.round();
    assertThat(roundOutcome.phase()).contains(Phase.BLIND);
    assertThat(roundOutcome.reason()).contains("fell silent just before the switch");
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    stage.prober.up("canary 1");
    assertThat(run.round().phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void anotherVantagePointSeesProduction() throws Exception {
    stage.vantages =
        ImmutableList.of(
            new VantageConfig.Http(
                "vps", URI.create("https://vps.example/up"), Duration.ofSeconds(5)),
            new VantageConfig.Command(
                "ssh", ImmutableList.of("/bin/sh", "-c", "exit 7"), Duration.ofSeconds(5)));
    stage.web.page("https://vps.example/up", 200, "");
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    Watcher.RoundOutcome roundOutcome = run.rounds(10);
    assertThat(roundOutcome.phase()).contains(Phase.DOWN);
    assertThat(roundOutcome.reason()).contains("vps sees production up");
    assertThat(stage.told()).containsOnly(Topic.SWITCH_FAILED);
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    stage.web.page("https://vps.example/up", 503, "");
    assertThat(run.round().phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void vantagePointsThatSayNothingDoNotHold() throws Exception {
    stage.vantages =
        ImmutableList.of(
            new VantageConfig.Http("gone", URI.create("https://gone/"), Duration.ofSeconds(5)),
            new VantageConfig.Command(
                "down", ImmutableList.of("/bin/sh", "-c", "exit 1"), Duration.ofSeconds(5)),
            new VantageConfig.Command(
                "none", ImmutableList.of("/nonexistent/program"), Duration.ofSeconds(5)));
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    assertThat(run.rounds(4).phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void aVantageCommandThatSucceedsHolds() throws Exception {
    stage.vantages =
        ImmutableList.of(
            new VantageConfig.Command(
                "ssh", ImmutableList.of("/bin/sh", "-c", "exit 0"), Duration.ofSeconds(5)));
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    assertThat(run.rounds(5).phase()).contains(Phase.DOWN);
    assertThat(stage.records()).isEqualTo(PRODUCTION);
  }

  @Test
  void theHeartbeatsGoOnArriving() throws Exception {
    Path file = directory.resolve("heartbeat");
    stage.heartbeats =
        ImmutableList.of(new HeartbeatConfig(file, "site", Duration.ofHours(1), true, true));
    Stage.Run run = stage.start();
    run.rounds(3);
    beat(file, 1, Duration.ZERO);
    run.rounds(6);
    stage.prober.down(PRODUCTION, ProbeResult.Status.UNREACHABLE);
    for (int beat = 2; beat < 8; beat++) {
      beat(file, beat, Duration.ZERO);
      assertThat(run.rounds(6).phase()).contains(Phase.DOWN);
    }
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    // The next is overdue 47 s after the last.
    assertThat(run.rounds(2).phase()).contains(Phase.DOWN);
    assertThat(run.rounds(3).phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void heartbeatsOfAMachineThatRefusesDoNotHold() throws Exception {
    Path file = directory.resolve("heartbeat");
    stage.heartbeats =
        ImmutableList.of(new HeartbeatConfig(file, "site", Duration.ofHours(1), true, true));
    beat(file, 1, Duration.ZERO);
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION, ProbeResult.Status.REFUSED);
    assertThat(run.rounds(4).phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void theCopyIsStale() throws Exception {
    Path file = directory.resolve("heartbeat");
    stage.heartbeats =
        ImmutableList.of(new HeartbeatConfig(file, "site", Duration.ofHours(1), true, false));
    beat(file, 1, Duration.ofHours(2));
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    Watcher.RoundOutcome roundOutcome = run.rounds(10);
    assertThat(roundOutcome.phase()).contains(Phase.DOWN);
    assertThat(roundOutcome.reason()).contains("the mirror site was last complete 2 h");
    assertThat(stage.records()).isEqualTo(PRODUCTION);
  }

  /** A long outage must not make the copy stale: nothing newer can exist. */
  @Test
  void theCopyWasFreshWhenTheOutageBegan() throws Exception {
    Path file = directory.resolve("heartbeat");
    stage.heartbeats =
        ImmutableList.of(new HeartbeatConfig(file, "site", Duration.ofHours(1), true, false));
    Stage.Run run = stage.start();
    run.rounds(3);
    beat(file, 1, Duration.ofMinutes(50));
    stage.prober.down(PRODUCTION);
    stage.prober.down(OWN);
    assertThat(run.lasting(Duration.ofMinutes(30)).phase()).contains(Phase.DOWN);
    stage.prober.up(OWN);
    assertThat(run.round().phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void aRequiredHeartbeatIsMissing() throws Exception {
    Path file = directory.resolve("heartbeat");
    stage.heartbeats =
        ImmutableList.of(new HeartbeatConfig(file, "site", Duration.ofHours(1), true, true));
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    assertThat(run.rounds(10).phase()).contains(Phase.DOWN);
    assertThat(stage.records()).isEqualTo(PRODUCTION);
  }

  private void beat(Path file, long sequence, Duration age) throws IOException {
    Instant now = stage.clock.instant();
    Heartbeat heartbeat = new Heartbeat("site", sequence, now, Optional.of(now.minus(age)), 0);
    Files.write(file, HeartbeatFile.toBytes(heartbeat));
  }

  @Test
  void theBackupDoesNotServe() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    stage.prober.down(OWN, ProbeResult.Status.CERTIFICATE);
    Watcher.RoundOutcome roundOutcome = run.rounds(20);
    assertThat(roundOutcome.phase()).contains(Phase.DOWN);
    assertThat(roundOutcome.reason()).contains("the backup does not serve the site");
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    assertThat(stage.told()).containsOnly(Topic.SWITCH_FAILED);
    stage.prober.up(OWN);
    assertThat(run.round().phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void theBackupCanNotBeReachedFromOutside() throws Exception {
    stage.outside =
        ImmutableList.of(
            program("vps", "test ${address} = " + BACKUP + " && exit 28"),
            program("silent", "exit 255"));
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    Watcher.RoundOutcome roundOutcome = run.rounds(10);
    assertThat(roundOutcome.phase()).contains(Phase.DOWN);
    assertThat(roundOutcome.reason())
        .contains("the backup can't be reached from outside at " + BACKUP + " (by vps)");
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    assertThat(stage.told()).containsOnly(Topic.SWITCH_FAILED);
  }

  @Test
  void oneWhoReachesTheBackupIsEnough() throws Exception {
    stage.web.page("https://vps.example/backup", 503, "");
    stage.outside =
        ImmutableList.of(
            program("vps", "test ${address} = " + BACKUP),
            new VantageConfig.Http(
                "other", URI.create("https://vps.example/backup"), Duration.ofSeconds(5)));
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    assertThat(run.rounds(4).phase()).contains(Phase.ON_BACKUP);
  }

  /** A place that is itself out of order must not keep the site down. */
  @Test
  void placesThatSayNothingOfTheBackupDoNotHold() throws Exception {
    stage.outside =
        ImmutableList.of(
            program("unreached", "exit 255"),
            program("killed", "kill -9 $$"),
            program("nothing there", "/nonexistent/program ${address}"),
            new VantageConfig.Command(
                "absent", ImmutableList.of("/nonexistent/program"), Duration.ofSeconds(5)),
            new VantageConfig.Http("gone", URI.create("https://gone/"), Duration.ofSeconds(5)));
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    assertThat(run.rounds(4).phase()).contains(Phase.ON_BACKUP);
  }

  private static VantageConfig program(String name, String script) {
    return new VantageConfig.Command(
        name, ImmutableList.of("/bin/sh", "-c", script), Duration.ofSeconds(5));
  }

  @Test
  void theAddressServicesDisagree() throws Exception {
    stage.web.page("https://ip2.example/", 200, NEW_BACKUP);
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    Watcher.RoundOutcome roundOutcome = run.rounds(10);
    assertThat(roundOutcome.phase()).contains(Phase.DOWN);
    assertThat(roundOutcome.reason()).contains("public address is not known");
    assertThat(stage.records()).isEqualTo(PRODUCTION);
  }

  @Test
  void theAddressIsPrivate() throws Exception {
    stage.backupAt("192.168.1.20");
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    assertThat(run.rounds(10).phase()).contains(Phase.DOWN);
    assertThat(stage.records()).isEqualTo(PRODUCTION);
  }

  @Test
  void theAddressMustBeTheSameInTwoRounds() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(3);
    stage.backupAt(NEW_BACKUP);
    // It was known, so it goes there; and follows when the new one has been seen twice.
    assertThat(run.round().phase()).contains(Phase.ON_BACKUP);
    assertThat(stage.records()).isEqualTo(BACKUP);
    run.rounds(3);
    assertThat(stage.records()).isEqualTo(NEW_BACKUP);
  }

  /** A dynamic address that nobody confirms for long belongs to somebody else by then. */
  @Test
  void theAddressServicesFellSilentLongBefore() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.noAddressService();
    run.lasting(Duration.ofMinutes(70));
    stage.prober.down(PRODUCTION);
    Watcher.RoundOutcome roundOutcome = run.rounds(10);
    assertThat(roundOutcome.phase()).contains(Phase.DOWN);
    assertThat(roundOutcome.reason()).contains(BACKUP + " was confirmed 1 h 1", "does not answer");
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    stage.backupAt(BACKUP);
    assertThat(run.round().phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void theAddressServicesFellSilentJustBefore() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.noAddressService();
    run.lasting(Duration.ofMinutes(30));
    stage.prober.down(PRODUCTION);
    assertThat(run.rounds(4).phase()).contains(Phase.ON_BACKUP);
    assertThat(stage.records()).isEqualTo(BACKUP);
    // Nobody knows where else it should point.
    assertThat(run.lasting(Duration.ofMinutes(70)).phase()).contains(Phase.ON_BACKUP);
    assertThat(stage.records()).isEqualTo(BACKUP);
  }

  @Test
  void productionFailsAtRandom() throws Exception {
    Stage.Run run = stage.start();
    Random random = new Random(7);
    run.rounds(130);
    for (int round = 0; round < 1000; round++) {
      boolean fails = random.nextInt(5) == 0;
      stage.prober.flaky(PRODUCTION, call -> fails && call == 1);
      run.round();
    }
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    assertThat(stage.told()).isEmpty();
  }

  @Test
  void productionAnswersTheSecondLook() throws Exception {
    stage.further = ImmutableList.of(Duration.ofMillis(200));
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(3);
    stage.prober.up(PRODUCTION);
    stage.prober.flaky(PRODUCTION, call -> call == 1);
    Watcher.RoundOutcome roundOutcome = run.round();
    assertThat(roundOutcome.phase()).contains(Phase.SUSPECT);
    assertThat(roundOutcome.reason()).contains("a further look at once found production up");
    assertThat(stage.records()).isEqualTo(PRODUCTION);
  }

  @Test
  void anyOfProductionsAddressesIsEnough() throws Exception {
    stage.production = both();
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    assertThat(run.rounds(10).phase()).contains(Phase.UP);
    stage.prober.down(SECOND_PRODUCTION);
    assertThat(run.rounds(4).phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void allOfProductionsAddressesAreNeededIfTheUserSaysSo() throws Exception {
    stage.production = both();
    stage.addresses = Quantifier.ALL;
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(SECOND_PRODUCTION);
    assertThat(run.rounds(4).phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void allProbesMustSucceedUnlessTheUserSaysThatAnyIsEnough() throws Exception {
    stage.probes =
        ImmutableList.of(Stage.page("https://www.example.org/"), Stage.port("tcp of the site"));
    stage.prober.down(PRODUCTION + " tcp of the site");
    Stage.Run run = stage.start();
    assertThat(run.rounds(4).phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void anyProbeIsEnoughIfTheUserSaysSo() throws Exception {
    stage.require = Quantifier.ANY;
    stage.probes =
        ImmutableList.of(Stage.page("https://www.example.org/"), Stage.port("tcp of the site"));
    stage.prober.down(PRODUCTION + " tcp of the site");
    Stage.Run run = stage.start();
    assertThat(run.rounds(4).phase()).contains(Phase.UP);
    stage.prober.down(PRODUCTION + " https://www.example.org/");
    assertThat(run.rounds(4).phase()).contains(Phase.ON_BACKUP);
  }

  private static ImmutableSet<java.net.InetAddress> both() {
    return ImmutableSet.of(
        InetAddresses.forString(PRODUCTION), InetAddresses.forString(SECOND_PRODUCTION));
  }

  @Test
  void theProviderIsDownForAWhile() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    stage.zone.intercept(failing(Call.READ, DnsProviderException.Cause.RETRY, Optional.empty()));
    Watcher.RoundOutcome roundOutcome = run.lasting(Duration.ofMinutes(10));
    assertThat(roundOutcome.phase()).contains(Phase.DOWN);
    assertThat(roundOutcome.reason()).contains("as the test wants it");
    assertThat(stage.told()).containsOnly(Topic.SWITCH_FAILED);
    assertThat(stage.notices.stream().map(notice -> notice.key()).distinct()).hasSize(1);
    stage.zone.intercept(new Interceptor() {});
    assertThat(run.until(Phase.ON_BACKUP).phase()).contains(Phase.ON_BACKUP);
    assertThat(stage.records()).isEqualTo(BACKUP);
  }

  @Test
  void theProviderFailsOnce() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(3);
    stage.zone.intercept(failing(Call.READ, DnsProviderException.Cause.RETRY, Optional.empty()));
    run.round();
    stage.zone.intercept(new Interceptor() {});
    run.until(Phase.ON_BACKUP);
    assertThat(stage.told()).containsExactly(Topic.SWITCHED);
  }

  @Test
  void theProviderAsksForTime() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(3);
    Optional<Duration> time = Optional.of(Duration.ofMinutes(5));
    stage.zone.intercept(failing(Call.READ, DnsProviderException.Cause.RETRY, time));
    run.round();
    stage.zone.intercept(new Interceptor() {});
    int calls = providerCalls();
    assertThat(run.lasting(Duration.ofMinutes(4)).phase()).contains(Phase.DOWN);
    assertThat(providerCalls()).isEqualTo(calls);
    // A restart does not forget it either.
    run.watcher().saveNow();
    Stage.Run next = stage.start();
    next.rounds(5);
    assertThat(providerCalls()).isEqualTo(calls);
    next.until(Phase.ON_BACKUP);
    assertThat(stage.records()).isEqualTo(BACKUP);
  }

  private int counted;

  private int providerCalls() {
    stage.zone.intercept(
        new Interceptor() {
          @Override
          public void before(Call call) {
            counted += call == Call.ASK ? 0 : 1;
          }
        });
    return counted;
  }

  @Test
  void aPersonDoesNotHaveToWaitForTheProvider() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    Optional<Duration> time = Optional.of(Duration.ofMinutes(5));
    stage.zone.intercept(failing(Call.READ, DnsProviderException.Cause.RETRY, time));
    Watcher.RoundOutcome refused = run.round(Command.SWITCH);
    assertThat(refused.refused()).isTrue();
    assertThat(refused.phase()).contains(Phase.UP);
    assertThat(refused.reason()).contains("as the test wants it");
    stage.zone.intercept(new Interceptor() {});
    assertThat(run.round(Command.SWITCH).phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void theProviderRefuses() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    stage.zone.intercept(failing(Call.WRITE, DnsProviderException.Cause.REFUSED, Optional.empty()));
    assertThat(run.rounds(4).phase()).contains(Phase.HALTED);
    assertThat(stage.told()).containsExactly(Topic.HALTED);
    int calls = stage.zone.calls();
    run.rounds(5);
    assertThat(stage.told()).hasSize(1);
    stage.zone.intercept(new Interceptor() {});
    assertThat(stage.zone.calls() - calls).isLessThan(5); // Where the records point, only.
    run.round(Command.RESUME);
    assertThat(run.until(Phase.ON_BACKUP).phase()).contains(Phase.ON_BACKUP);
    assertThat(stage.records()).isEqualTo(BACKUP);
  }

  static Interceptor failing(
      Call what, DnsProviderException.Cause cause, Optional<Duration> after) {
    return new Interceptor() {
      @Override
      public void before(Call call) throws DnsProviderException {
        if (call == what) {
          throw new DnsProviderException(cause, "as the test wants it", after, null);
        }
      }
    };
  }

  @Test
  void aPersonPointedTheRecordsElsewhere() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.zone.put(set(SITE, A, 60, STRANGER));
    Watcher.RoundOutcome roundOutcome = run.lasting(Duration.ofMinutes(1));
    assertThat(roundOutcome.phase()).contains(Phase.HALTED);
    assertThat(stage.told()).containsExactly(Topic.HALTED);
    stage.prober.down(PRODUCTION);
    run.rounds(20);
    assertThat(stage.records()).isEqualTo(STRANGER);
    assertThat(stage.told()).hasSize(1);
  }

  @Test
  void aBackupThatIsSaidToBeWhereProductionIsIsToldOfInTimeAndNotSwitchedTo() throws Exception {
    stage.production = ImmutableSet.of(InetAddresses.forString(BACKUP));
    stage.zone.put(set(SITE, A, 3600, BACKUP));
    Stage.Run run = stage.start();
    run.lasting(Duration.ofMinutes(12));
    assertThat(stage.last(Topic.WATCH_DOWN).text())
        .startsWith(
            "The backup's public address is said to be 5.196.1.20, which is one of 'production'");

    stage.prober.down(BACKUP);
    Watcher.RoundOutcome roundOutcome = run.rounds(6);

    assertThat(roundOutcome.phase()).contains(Phase.DOWN);
    assertThat(roundOutcome.reason())
        .contains("is said to be 5.196.1.20, which is one of 'production'");
    assertThat(stage.records()).isEqualTo(BACKUP);
  }

  @Test
  void theFirstRoundSaysThatOnlyAnotherOneIsMissing() throws Exception {
    stage.prober.down(PRODUCTION);

    assertThat(stage.start().round().reason())
        .contains(
            "the backup's public address is not certain yet: 5.196.1.20 was found, and counts once"
                + " 2 rounds in a row have found it");
  }

  /** The likeliest mistake in a new configuration: nobody acted. */
  @Test
  void anAaaaThatProductionDoesNotListIsNamedWithTheLineToAdd() throws Exception {
    stage.zone.put(set(SITE, AAAA, 3600, "2001:db8::10"));

    Watcher.RoundOutcome roundOutcome = stage.start().rounds(3);

    assertThat(roundOutcome.phase()).contains(Phase.HALTED);
    assertThat(roundOutcome.reason())
        .startsWith(
            "the records are not as configured: www.example.org AAAA is 2001:db8::10, which is"
                + " neither in 'production' below [site] nor an address of the backup; if"
                + " production serves there, write"
                + " production = [\"203.0.113.10\", \"2001:db8::10\"], otherwise take it out of"
                + " the zone (")
        .doesNotContain("person", "operator", "fix");
    assertThat(stage.last(Topic.HALTED).text()).startsWith(Sentence.of(roundOutcome.reason()));
  }

  @Test
  void recordsAtTheBackupAreNotForeignBeforeItsAddressIsKnown() throws Exception {
    stage.zone.put(set(SITE, A, 60, BACKUP));
    stage.noAddressService();
    Stage.Run run = stage.start();
    assertThat(run.rounds(3).phase()).contains(Phase.UP);
    stage.backupAt(BACKUP);
    assertThat(run.until(Phase.RECOVERING).phase()).contains(Phase.RECOVERING);
    assertThat(stage.told()).doesNotContain(Topic.HALTED);
  }

  @Test
  void theAddressChangesAfterTheSwitch() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(4);
    run.lasting(Duration.ofMinutes(2));
    stage.backupAt(NEW_BACKUP);
    run.lasting(Duration.ofSeconds(50));
    assertThat(stage.records()).isEqualTo(NEW_BACKUP);
    assertThat(stage.told()).containsExactly(Topic.SWITCHED, Topic.ADDRESS_CHANGED);
    assertThat(stage.last(Topic.ADDRESS_CHANGED).title())
        .isEqualTo("www.example.org follows the backup to 5.196.1.77");
  }

  @Test
  void productionFlaps() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    for (int time = 1; time <= 4; time++) {
      stage.prober.down(PRODUCTION);
      run.until(Phase.ON_BACKUP);
      stage.prober.up(PRODUCTION);
      run.until(Phase.RECOVERING);
      run.round(Command.FAIL_BACK);
      assertThat(stage.records()).isEqualTo(PRODUCTION);
    }
    stage.prober.down(PRODUCTION);
    assertThat(run.until(Phase.HALTED).reason()).contains("4 times within 24 hours");
    assertThat(stage.records()).isEqualTo(PRODUCTION);
  }

  @Test
  void theClockJumps() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(3);
    stage.clock.advance(Duration.ofHours(-5));
    assertThat(run.round().phase()).contains(Phase.SUSPECT);
    assertThat(run.rounds(3).phase()).contains(Phase.ON_BACKUP);
  }
}
