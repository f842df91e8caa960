package io.relais.failover.engine;

import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;
import static io.relais.failover.engine.Stage.BACKUP;
import static io.relais.failover.engine.Stage.NEW_BACKUP;
import static io.relais.failover.engine.Stage.OWN;
import static io.relais.failover.engine.Stage.PRODUCTION;
import static io.relais.failover.engine.Stage.SITE;
import static io.relais.failover.engine.Stage.STRANGER;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.common.Secret;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dyndns.DynDns;
import io.relais.failover.dyndns.DynDnsSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the rounds keep the backup's own name, and when they leave it. */
final class DynDnsRoundTest {
  private static final String NAME = "backup.example.org";
  private static final String SERVICE = "https://dyn.example/nic/update";

  @TempDir private Path directory;

  @SuppressWarnings("NullAway.Init")
  private Stage stage;

  @SuppressWarnings("NullAway.Init")
  private Scenario scenario;

  @BeforeEach
  void setStage() {
    stage = new Stage(directory);
    scenario = new Scenario(stage);
    stage.web.page(update(BACKUP), 200, "good " + BACKUP);
    stage.web.page(update(NEW_BACKUP), 200, "good " + NEW_BACKUP);
  }

  private static String update(String address) {
    return SERVICE + "?system=dyndns&hostname=" + NAME + "&myip=" + address;
  }

  private void byService() {
    DynDnsSettings.ByUpdate settings =
        new DynDnsSettings.ByUpdate(NAME, URI.create(SERVICE), "backup", Secret.of("p"));
    stage.dyndns = Optional.of(() -> DynDns.byUpdate(settings, stage.web, stage.clock));
  }

  private void byProvider() {
    DynDnsSettings.ByProvider settings =
        new DynDnsSettings.ByProvider(NAME, Duration.ofSeconds(60));
    stage.dyndns =
        Optional.of(() -> DynDns.byProvider(settings, stage.zone, "example.org", stage.clock));
  }

  private String served() {
    RecordKey key = new RecordKey(NAME, A);
    return String.join(" ", stage.zone.served("ns1").getOrDefault(key, set(NAME, A, 0)).values());
  }

  @Test
  void isSetOnceTheAddressIsStableAndNotAgain() throws Exception {
    byService();
    scenario.start().round();
    assertThat(stage.web.asked(update(BACKUP))).isZero();
    scenario.lasting(Duration.ofMinutes(10));
    assertThat(stage.web.asked(update(BACKUP))).isOne();
    stage.backupAt(NEW_BACKUP);
    scenario.lasting(Duration.ofMinutes(2));
    assertThat(stage.web.asked(update(NEW_BACKUP))).isOne();
    // A restart knows what it was set to.
    scenario.saved().start().rounds(5);
    assertThat(stage.web.asked(update(NEW_BACKUP))).isOne();
  }

  @Test
  void isSetThroughTheProviderWithoutTouchingTheSite() throws Exception {
    byProvider();
    scenario.calm().expectRecords(PRODUCTION);
    assertThat(served()).isEqualTo(BACKUP);
  }

  @Test
  void doesNotDelayASwitch() throws Exception {
    byService();
    scenario.calm().outage();
    stage.backupAt(NEW_BACKUP);
    for (int round = 1; round < 4; round++) {
      scenario.round();
      assertThat(stage.web.asked(update(NEW_BACKUP))).isZero();
    }
    scenario.round().expectPhase(Phase.ON_BACKUP).expectRecords(NEW_BACKUP);
    scenario.rounds(2);
    assertThat(stage.web.asked(update(NEW_BACKUP))).isOne();
  }

  @Test
  void followsTheAddressWhileProductionIsDownWithNothingToSwitchTo() throws Exception {
    byService();
    scenario.calm().outage().down(OWN).rounds(10);
    stage.backupAt(NEW_BACKUP);
    scenario.lasting(Duration.ofMinutes(3)).expectPhase(Phase.DOWN);
    assertThat(stage.web.asked(update(NEW_BACKUP))).isOne();
  }

  @Test
  void followsTheAddressWhileItWaitsForTheOperator() throws Exception {
    byProvider();
    scenario.calm();
    stage.zone.put(set(SITE, A, 60, STRANGER));
    scenario.lasting(Duration.ofMinutes(1)).expectPhase(Phase.HALTED);
    stage.backupAt(NEW_BACKUP);
    scenario.lasting(Duration.ofMinutes(2)).expectRecords(STRANGER);
    assertThat(served()).isEqualTo(NEW_BACKUP);
  }

  @Test
  void isNotPublishedWithAChangeThatIsHalfDone() throws Exception {
    byProvider();
    haltInAChange();
    assertThat(served()).isEqualTo(BACKUP);
    scenario.providerWorks().command(Command.RESUME).until(Phase.ON_BACKUP).rounds(5);
    scenario.expectRecords(NEW_BACKUP);
    assertThat(served()).isEqualTo(NEW_BACKUP);
  }

  @Test
  void isSetAtAServiceOfItsOwnWhateverBecomesOfTheChange() throws Exception {
    byService();
    haltInAChange();
    assertThat(stage.web.asked(update(NEW_BACKUP))).isOne();
  }

  /** Halted by a provider that refuses; then the address changes. */
  private void haltInAChange() throws Exception {
    scenario.calm().outage().providerFails(Call.WRITE, DnsProviderException.Cause.REFUSED);
    scenario.rounds(4).expectPhase(Phase.HALTED);
    stage.backupAt(NEW_BACKUP);
    assertThat(scenario.lasting(Duration.ofMinutes(3)).outcome().changing()).isTrue();
  }

  @Test
  void staysAsItIsInARehearsal() throws Exception {
    byService();
    stage.mode = WatcherFactory.Mode.DRY_RUN;
    scenario.start().rounds(10).expectNotices();
    assertThat(stage.web.asked(update(BACKUP))).isZero();
  }
}
