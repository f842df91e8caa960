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
import io.relais.failover.dns.InMemoryZone.Interceptor;
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

  @BeforeEach
  void setStage() {
    stage = new Stage(directory);
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
    Stage.Run run = stage.start();
    run.round();
    assertThat(stage.web.asked(update(BACKUP))).isZero();
    run.lasting(Duration.ofMinutes(10));
    assertThat(stage.web.asked(update(BACKUP))).isOne();
    stage.backupAt(NEW_BACKUP);
    run.lasting(Duration.ofMinutes(2));
    assertThat(stage.web.asked(update(NEW_BACKUP))).isOne();
    // A restart knows what it was set to.
    run.watcher().saveNow();
    stage.start().rounds(5);
    assertThat(stage.web.asked(update(NEW_BACKUP))).isOne();
  }

  @Test
  void isSetThroughTheProviderWithoutTouchingTheSite() throws Exception {
    byProvider();
    stage.start().rounds(3);
    assertThat(served()).isEqualTo(BACKUP);
    assertThat(stage.records()).isEqualTo(PRODUCTION);
  }

  @Test
  void doesNotDelayASwitch() throws Exception {
    byService();
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    stage.backupAt(NEW_BACKUP);
    for (int round = 1; round < 4; round++) {
      run.round();
      assertThat(stage.web.asked(update(NEW_BACKUP))).isZero();
    }
    assertThat(run.round().phase()).contains(Phase.ON_BACKUP);
    assertThat(stage.records()).isEqualTo(NEW_BACKUP);
    run.rounds(2);
    assertThat(stage.web.asked(update(NEW_BACKUP))).isOne();
  }

  @Test
  void followsTheAddressWhileProductionIsDownWithNothingToSwitchTo() throws Exception {
    byService();
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    stage.prober.down(OWN);
    run.rounds(10);
    stage.backupAt(NEW_BACKUP);
    assertThat(run.lasting(Duration.ofMinutes(3)).phase()).contains(Phase.DOWN);
    assertThat(stage.web.asked(update(NEW_BACKUP))).isOne();
  }

  @Test
  void followsTheAddressWhileAPersonIsWaitedFor() throws Exception {
    byProvider();
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.zone.put(set(SITE, A, 60, STRANGER));
    assertThat(run.lasting(Duration.ofMinutes(1)).phase()).contains(Phase.HALTED);
    stage.backupAt(NEW_BACKUP);
    run.lasting(Duration.ofMinutes(2));
    assertThat(served()).isEqualTo(NEW_BACKUP);
    assertThat(stage.records()).isEqualTo(STRANGER);
  }

  @Test
  void isNotPublishedWithAChangeThatIsHalfDone() throws Exception {
    byProvider();
    Stage.Run run = haltedInAChange();
    assertThat(served()).isEqualTo(BACKUP);
    stage.zone.intercept(new Interceptor() {});
    run.round(Command.RESUME);
    run.until(Phase.ON_BACKUP);
    run.rounds(5);
    assertThat(served()).isEqualTo(NEW_BACKUP);
    assertThat(stage.records()).isEqualTo(NEW_BACKUP);
  }

  @Test
  void isSetAtAServiceOfItsOwnWhateverBecomesOfTheChange() throws Exception {
    byService();
    haltedInAChange();
    assertThat(stage.web.asked(update(NEW_BACKUP))).isOne();
  }

  /** Halted by a provider that refuses; then the address changes. */
  private Stage.Run haltedInAChange() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    stage.zone.intercept(
        NoFalseSwitchTest.failing(
            Call.WRITE, DnsProviderException.Cause.REFUSED, Optional.empty()));
    assertThat(run.rounds(4).phase()).contains(Phase.HALTED);
    stage.backupAt(NEW_BACKUP);
    assertThat(run.lasting(Duration.ofMinutes(3)).changing()).isTrue();
    return run;
  }

  @Test
  void staysAsItIsInARehearsal() throws Exception {
    byService();
    stage.mode = WatcherFactory.Mode.DRY_RUN;
    stage.start().rounds(10);
    assertThat(stage.web.asked(update(BACKUP))).isZero();
    assertThat(stage.told()).isEmpty();
  }
}
