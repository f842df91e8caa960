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
import io.relais.failover.dns.DnsProviderException.Cause;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.dns.InMemoryZone.Interceptor;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.state.Sentence;
import java.io.IOException;
import java.net.InetAddress;
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

/** What must not lead to a switch, row by row, as far as the engine has to prevent it. */
final class NoFalseSwitchTest {
  @TempDir private Path directory;
  private Stage stage;
  private Scenario scenario;

  @BeforeEach
  void setStage() {
    stage = new Stage(directory);
    scenario = new Scenario(stage);
  }

  @Test
  void ourOwnLineIsDown() throws Exception {
    scenario.calm().outage().down("canary 1", "canary 2");
    stage.noAddressService();
    scenario.lasting(Duration.ofMinutes(9)).expectPhase(Phase.BLIND).expectNotices();
    scenario.lasting(Duration.ofMinutes(5)).expectNotices(Topic.BLIND).expectRecords(PRODUCTION);
    stage.backupAt(BACKUP);
    scenario.recovery().up("canary 1", "canary 2").round().expectPhase(Phase.UP);
  }

  @Test
  void oneCanaryAloneIsNotEnough() throws Exception {
    scenario.calm().outage().down("canary 2").rounds(30);
    scenario.expectPhase(Phase.BLIND).expectRecords(PRODUCTION);
  }

  @Test
  void theCanariesFallSilentJustBeforeTheSwitch() throws Exception {
    scenario.calm().outage().rounds(3);
    // Asked in the round, and again when the switch is decided.
    stage.prober.flaky("canary 1", call -> call >= 2);
    scenario
        .round()
        .expectPhase(Phase.BLIND)
        .expectReason("fell silent just before the switch")
        .expectRecords(PRODUCTION);
    scenario.up("canary 1").round().expectPhase(Phase.ON_BACKUP);
  }

  @Test
  void anotherVantagePointSeesProduction() throws Exception {
    stage.vantages =
        ImmutableList.of(page("vps", "https://vps.example/up"), program("ssh", "exit 7"));
    stage.web.page("https://vps.example/up", 200, "");
    scenario
        .calm()
        .outage()
        .rounds(10)
        .expectPhase(Phase.DOWN)
        .expectReason("vps sees production up")
        .expectOnlyNoticesOf(Topic.SWITCH_FAILED)
        .expectRecords(PRODUCTION);
    stage.web.page("https://vps.example/up", 503, "");
    scenario.round().expectPhase(Phase.ON_BACKUP);
  }

  @Test
  void vantagePointsThatSayNothingDoNotHold() throws Exception {
    stage.vantages =
        ImmutableList.of(page("gone", "https://gone/"), program("down", "exit 1"), absent("none"));
    scenario.calm().outage().rounds(4).expectPhase(Phase.ON_BACKUP);
  }

  @Test
  void aVantageCommandThatSucceedsHolds() throws Exception {
    stage.vantages = ImmutableList.of(program("ssh", "exit 0"));
    scenario.calm().outage().rounds(5).expectPhase(Phase.DOWN).expectRecords(PRODUCTION);
  }

  /** One each 10 s: so that several arrive before a switch would be decided. */
  @Test
  void theHeartbeatsGoOnArriving() throws Exception {
    heartbeats(true);
    scenario.calm();
    beat(1, Duration.ZERO);
    scenario.rounds(2);
    beat(2, Duration.ZERO);
    scenario.rounds(2).down(PRODUCTION, ProbeResult.Status.UNREACHABLE);
    for (int beat = 3; beat < 15; beat++) {
      beat(beat, Duration.ZERO);
      scenario.rounds(2);
      if (beat > 4) {
        scenario.expectPhase(Phase.DOWN).expectReason("but its heartbeats arrive (site)");
      }
    }
    scenario.expectRecords(PRODUCTION);
    // The next is overdue 17 s after the last.
    scenario.round().expectPhase(Phase.DOWN);
    scenario.rounds(4).expectPhase(Phase.ON_BACKUP);
  }

  /** The last one is young, but was there before the failure began. */
  @Test
  void theHeartbeatOfAMachineThatLostPowerDoesNotHold() throws Exception {
    heartbeats(true);
    scenario.calm();
    beat(1, Duration.ZERO);
    scenario.rounds(6);
    beat(2, Duration.ZERO);
    scenario
        .down(PRODUCTION, ProbeResult.Status.UNREACHABLE)
        .rounds(4)
        .expectPhase(Phase.ON_BACKUP);
  }

  @Test
  void heartbeatsOfAMachineThatRefusesDoNotHold() throws Exception {
    heartbeats(true);
    beat(1, Duration.ZERO);
    scenario.calm().down(PRODUCTION, ProbeResult.Status.REFUSED);
    scenario.rounds(4).expectPhase(Phase.ON_BACKUP);
  }

  @Test
  void theCopyIsStale() throws Exception {
    heartbeats(false);
    beat(1, Duration.ofHours(2));
    scenario
        .calm()
        .outage()
        .rounds(10)
        .expectPhase(Phase.DOWN)
        .expectReason("the mirror site may lack what changed in the last 2 h")
        .expectRecords(PRODUCTION);
  }

  /** A long outage must not make the copy stale: nothing newer can exist. */
  @Test
  void theCopyWasFreshWhenTheOutageBegan() throws Exception {
    heartbeats(false);
    scenario.calm();
    beat(1, Duration.ofMinutes(50));
    scenario.outage().down(OWN).lasting(Duration.ofMinutes(30)).expectPhase(Phase.DOWN);
    scenario.up(OWN).round().expectPhase(Phase.ON_BACKUP);
  }

  @Test
  void aRequiredHeartbeatIsMissing() throws Exception {
    heartbeats(true);
    scenario.calm().outage().rounds(10).expectPhase(Phase.DOWN).expectRecords(PRODUCTION);
  }

  /** The mirror's heartbeats are required; they may also be taken for a sign of life. */
  private void heartbeats(boolean vantage) {
    stage.heartbeats =
        ImmutableList.of(
            new HeartbeatConfig(
                directory.resolve("heartbeat"), "site", Duration.ofHours(1), true, vantage));
  }

  private void beat(long sequence, Duration age) throws IOException {
    Instant now = stage.clock.instant();
    Heartbeat heartbeat =
        new Heartbeat(
            "site",
            sequence,
            now,
            Optional.of(now.minus(age)),
            Optional.empty(),
            0,
            Optional.empty());
    Files.write(directory.resolve("heartbeat"), HeartbeatFile.toBytes(heartbeat));
  }

  @Test
  void theBackupDoesNotServe() throws Exception {
    scenario
        .calm()
        .outage()
        .down(OWN, ProbeResult.Status.CERTIFICATE)
        .rounds(20)
        .expectPhase(Phase.DOWN)
        .expectReason("the backup does not serve the site")
        .expectOnlyNoticesOf(Topic.SWITCH_FAILED)
        .expectRecords(PRODUCTION);
    scenario.up(OWN).round().expectPhase(Phase.ON_BACKUP);
  }

  @Test
  void theBackupCanNotBeReachedFromOutside() throws Exception {
    stage.outside =
        ImmutableList.of(
            program("vps", "test ${address} = " + BACKUP + " && exit 28"),
            program("silent", "exit 255"));
    scenario
        .calm()
        .outage()
        .rounds(10)
        .expectPhase(Phase.DOWN)
        .expectReason("the backup can't be reached from outside at " + BACKUP + " (by vps)")
        .expectOnlyNoticesOf(Topic.SWITCH_FAILED)
        .expectRecords(PRODUCTION);
  }

  @Test
  void oneWhoReachesTheBackupIsEnough() throws Exception {
    stage.web.page("https://vps.example/backup", 503, "");
    stage.outside =
        ImmutableList.of(
            program("vps", "test ${address} = " + BACKUP),
            page("other", "https://vps.example/backup"));
    scenario.calm().outage().rounds(4).expectPhase(Phase.ON_BACKUP);
  }

  /** A place that is itself out of order must not keep the site down. */
  @Test
  void placesThatSayNothingOfTheBackupDoNotHold() throws Exception {
    stage.outside =
        ImmutableList.of(
            program("unreached", "exit 255"),
            program("killed", "kill -9 $$"),
            program("nothing there", "/nonexistent/program ${address}"),
            absent("absent"),
            page("gone", "https://gone/"));
    scenario.calm().outage().rounds(4).expectPhase(Phase.ON_BACKUP);
  }

  private static VantageConfig page(String name, String url) {
    return new VantageConfig.Http(name, URI.create(url), Duration.ofSeconds(5));
  }

  private static VantageConfig program(String name, String script) {
    return new VantageConfig.Command(
        name, ImmutableList.of("/bin/sh", "-c", script), Duration.ofSeconds(5));
  }

  private static VantageConfig absent(String name) {
    return new VantageConfig.Command(
        name, ImmutableList.of("/nonexistent/program"), Duration.ofSeconds(5));
  }

  @Test
  void theAddressServicesDisagree() throws Exception {
    stage.web.page("https://ip2.example/", 200, NEW_BACKUP);
    scenario
        .calm()
        .outage()
        .rounds(10)
        .expectPhase(Phase.DOWN)
        .expectReason("public address is not known")
        .expectRecords(PRODUCTION);
  }

  @Test
  void theAddressIsPrivate() throws Exception {
    stage.backupAt("192.168.1.20");
    scenario.calm().outage().rounds(10).expectPhase(Phase.DOWN).expectRecords(PRODUCTION);
  }

  @Test
  void theAddressMustBeTheSameInTwoRounds() throws Exception {
    scenario.calm().outage().rounds(3);
    stage.backupAt(NEW_BACKUP);
    // It was known, so it goes there; and follows when the new one has been seen twice.
    scenario.round().expectPhase(Phase.ON_BACKUP).expectRecords(BACKUP);
    scenario.rounds(3).expectRecords(NEW_BACKUP);
  }

  /** A dynamic address that nobody confirms for long belongs to somebody else by then. */
  @Test
  void theAddressServicesFellSilentLongBefore() throws Exception {
    scenario.calm();
    stage.noAddressService();
    scenario
        .lasting(Duration.ofMinutes(70))
        .outage()
        .rounds(10)
        .expectPhase(Phase.DOWN)
        .expectReason(BACKUP + " was confirmed 1 h 1", "does not answer")
        .expectRecords(PRODUCTION);
    stage.backupAt(BACKUP);
    scenario.round().expectPhase(Phase.ON_BACKUP);
  }

  @Test
  void theAddressServicesFellSilentJustBefore() throws Exception {
    scenario.calm();
    stage.noAddressService();
    scenario.lasting(Duration.ofMinutes(30)).outage().rounds(4);
    scenario.expectPhase(Phase.ON_BACKUP).expectRecords(BACKUP);
    // Nobody knows where else it should point.
    scenario.lasting(Duration.ofMinutes(70)).expectPhase(Phase.ON_BACKUP).expectRecords(BACKUP);
  }

  @Test
  void productionFailsAtRandom() throws Exception {
    Random random = new Random(7);
    scenario.start().rounds(130);
    for (int round = 0; round < 1000; round++) {
      boolean fails = random.nextInt(5) == 0;
      stage.prober.flaky(PRODUCTION, call -> fails && call == 1);
      scenario.round();
    }
    scenario.expectRecords(PRODUCTION).expectNotices();
  }

  @Test
  void productionAnswersTheSecondLook() throws Exception {
    stage.further = ImmutableList.of(Duration.ofMillis(200));
    scenario.calm().outage().rounds(3).recovery();
    stage.prober.flaky(PRODUCTION, call -> call == 1);
    scenario
        .round()
        .expectPhase(Phase.SUSPECT)
        .expectReason("a further look at once found production up")
        .expectRecords(PRODUCTION);
  }

  @Test
  void anyOfProductionsAddressesIsEnough() throws Exception {
    stage.production = both();
    scenario.calm().outage().rounds(10).expectPhase(Phase.UP);
    scenario.down(SECOND_PRODUCTION).rounds(4).expectPhase(Phase.ON_BACKUP);
  }

  @Test
  void allOfProductionsAddressesAreNeededIfTheUserSaysSo() throws Exception {
    stage.production = both();
    stage.addresses = Quantifier.ALL;
    scenario.calm().down(SECOND_PRODUCTION).rounds(4).expectPhase(Phase.ON_BACKUP);
  }

  @Test
  void allProbesMustSucceedUnlessTheUserSaysThatAnyIsEnough() throws Exception {
    twoProbes();
    scenario.start().down(PRODUCTION + " tcp of the site").rounds(4).expectPhase(Phase.ON_BACKUP);
  }

  @Test
  void anyProbeIsEnoughIfTheUserSaysSo() throws Exception {
    stage.require = Quantifier.ANY;
    twoProbes();
    scenario.start().down(PRODUCTION + " tcp of the site").rounds(4).expectPhase(Phase.UP);
    scenario.down(PRODUCTION + " https://www.example.org/").rounds(4).expectPhase(Phase.ON_BACKUP);
  }

  private void twoProbes() {
    stage.probes =
        ImmutableList.of(Stage.page("https://www.example.org/"), Stage.port("tcp of the site"));
  }

  private static ImmutableSet<InetAddress> both() {
    return ImmutableSet.of(
        InetAddresses.forString(PRODUCTION), InetAddresses.forString(SECOND_PRODUCTION));
  }

  @Test
  void theProviderIsDownForAWhile() throws Exception {
    scenario
        .calm()
        .outage()
        .providerFails(Call.READ, Cause.RETRY)
        .lasting(Duration.ofMinutes(10))
        .expectPhase(Phase.DOWN)
        .expectReason("as the test wants it")
        .expectOnlyNoticesOf(Topic.SWITCH_FAILED);
    assertThat(stage.notices.stream().map(notice -> notice.key()).distinct()).hasSize(1);
    scenario.providerWorks().until(Phase.ON_BACKUP).expectRecords(BACKUP);
  }

  @Test
  void theProviderFailsOnce() throws Exception {
    scenario.calm().outage().rounds(3).providerFails(Call.READ, Cause.RETRY).round();
    scenario.providerWorks().until(Phase.ON_BACKUP).expectNotices(Topic.SWITCHED);
  }

  @Test
  void theProviderAsksForTime() throws Exception {
    scenario.calm().outage().rounds(3);
    scenario.providerFails(Call.READ, Cause.RETRY, Optional.of(Duration.ofMinutes(5))).round();
    scenario.providerWorks();
    int calls = providerCalls();
    scenario.lasting(Duration.ofMinutes(4)).expectPhase(Phase.DOWN);
    assertThat(providerCalls()).isEqualTo(calls);
    // A restart does not forget it either.
    scenario.saved().start().rounds(5);
    assertThat(providerCalls()).isEqualTo(calls);
    scenario.until(Phase.ON_BACKUP).expectRecords(BACKUP);
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
  void anOperatorDoesNotHaveToWaitForTheProvider() throws Exception {
    scenario
        .calm()
        .providerFails(Call.READ, Cause.RETRY, Optional.of(Duration.ofMinutes(5)))
        .command(Command.SWITCH)
        .expectRefused(Phase.UP, "as the test wants it");
    scenario.providerWorks().command(Command.SWITCH).expectPhase(Phase.ON_BACKUP);
  }

  @Test
  void theProviderRefuses() throws Exception {
    scenario.calm().outage().providerFails(Call.WRITE, Cause.REFUSED).rounds(4);
    scenario.expectPhase(Phase.HALTED).expectNotices(Topic.HALTED);
    int calls = stage.zone.calls();
    scenario.rounds(5).expectNotices(Topic.HALTED).providerWorks();
    assertThat(stage.zone.calls() - calls).isLessThan(5); // Where the records point, only.
    scenario.command(Command.RESUME).until(Phase.ON_BACKUP).expectRecords(BACKUP);
  }

  @Test
  void somebodyPointedTheRecordsElsewhere() throws Exception {
    scenario.calm();
    stage.zone.put(set(SITE, A, 60, STRANGER));
    scenario.lasting(Duration.ofMinutes(1)).expectPhase(Phase.HALTED).expectNotices(Topic.HALTED);
    scenario.outage().rounds(20).expectRecords(STRANGER).expectNotices(Topic.HALTED);
  }

  @Test
  void aBackupThatIsSaidToBeWhereProductionIsIsToldOfInTimeAndNotSwitchedTo() throws Exception {
    stage.production = ImmutableSet.of(InetAddresses.forString(BACKUP));
    stage.zone.put(set(SITE, A, 3600, BACKUP));
    scenario.start().lasting(Duration.ofMinutes(12));
    assertThat(stage.last(Topic.WATCH_DOWN).text())
        .startsWith(
            "The backup's public address is said to be 5.196.1.20, which is one of 'production'");
    scenario
        .down(BACKUP)
        .rounds(6)
        .expectPhase(Phase.DOWN)
        .expectReason("is said to be 5.196.1.20, which is one of 'production'")
        .expectRecords(BACKUP);
  }

  @Test
  void theFirstRoundSaysThatOnlyAnotherOneIsMissing() throws Exception {
    scenario
        .start()
        .outage()
        .round()
        .expectReason(
            "the backup's public address is not certain yet: 5.196.1.20 was found, and counts once"
                + " 2 rounds in a row have found it");
  }

  /** The likeliest mistake in a new configuration: nobody acted. */
  @Test
  void anAaaaThatProductionDoesNotListIsNamedWithTheLineToAdd() throws Exception {
    stage.zone.put(set(SITE, AAAA, 3600, "2001:db8::10"));

    String reason = scenario.calm().expectPhase(Phase.HALTED).outcome().reason();

    assertThat(reason)
        .startsWith(
            "the records are not as configured: www.example.org AAAA is 2001:db8::10, which is"
                + " neither in 'production' below [site] nor an address of the backup; if"
                + " production serves there, write"
                + " production = [\"203.0.113.10\", \"2001:db8::10\"], otherwise take it out of"
                + " the zone (")
        .doesNotContain("person", "operator", "fix");
    assertThat(stage.last(Topic.HALTED).text()).startsWith(Sentence.of(reason));
  }

  @Test
  void recordsAtTheBackupAreNotForeignBeforeItsAddressIsKnown() throws Exception {
    stage.zone.put(set(SITE, A, 60, BACKUP));
    stage.noAddressService();
    scenario.calm().expectPhase(Phase.UP);
    stage.backupAt(BACKUP);
    scenario.until(Phase.RECOVERING);
    assertThat(stage.told()).doesNotContain(Topic.HALTED);
  }

  @Test
  void theAddressChangesAfterTheSwitch() throws Exception {
    scenario.calm().outage().rounds(4).lasting(Duration.ofMinutes(2));
    stage.backupAt(NEW_BACKUP);
    scenario
        .lasting(Duration.ofSeconds(50))
        .expectRecords(NEW_BACKUP)
        .expectNotices(Topic.SWITCHED, Topic.ADDRESS_CHANGED);
    assertThat(stage.last(Topic.ADDRESS_CHANGED).title())
        .isEqualTo("www.example.org follows the backup to 5.196.1.77");
  }

  @Test
  void productionFlaps() throws Exception {
    scenario.calm();
    for (int time = 1; time <= 4; time++) {
      scenario.outage().until(Phase.ON_BACKUP);
      scenario.recovery().until(Phase.RECOVERING);
      scenario.command(Command.FAIL_BACK).expectRecords(PRODUCTION);
    }
    scenario
        .outage()
        .until(Phase.HALTED)
        .expectReason("4 times within 24 hours")
        .expectRecords(PRODUCTION);
  }

  @Test
  void theClockJumps() throws Exception {
    scenario.calm().outage().rounds(3);
    stage.clock.advance(Duration.ofHours(-5));
    scenario.round().expectPhase(Phase.SUSPECT);
    scenario.rounds(3).expectPhase(Phase.ON_BACKUP);
  }
}
