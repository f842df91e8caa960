package io.relais.failover.engine;

import static io.relais.failover.engine.Stage.PRODUCTION;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.common.Secret;
import io.relais.failover.config.Quantifier;
import io.relais.failover.config.WatchConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.Phase;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates, things that are only watched, the dead man's switch. */
final class WatchNoticesTest {
  private static final String PING = "https://hc.example/secret";

  @TempDir private Path directory;
  private Stage stage;

  @BeforeEach
  void setStage() {
    stage = new Stage(directory);
  }

  @Test
  void tellsOnceADayOfACertificateThatEnds() throws Exception {
    stage.prober.ending(PRODUCTION, stage.clock.instant().plus(Duration.ofDays(10)));
    Stage.Run run = stage.start();
    run.rounds(20);
    assertThat(stage.told()).containsExactly(Topic.CERTIFICATE);
    assertThat(stage.notices.getFirst().title())
        .isEqualTo("The certificate of https://www.example.org/ ends in 9 d 23 h");
    run.watcher().saveNow();
    Stage.Run next = stage.start();
    next.rounds(20);
    assertThat(stage.notices).hasSize(1);
    stage.clock.advance(Duration.ofHours(24));
    next.rounds(2);
    assertThat(stage.notices).hasSize(2);
    assertThat(stage.notices.stream().map(Notice::key).distinct()).hasSize(2);
    stage.clock.advance(Duration.ofDays(10));
    next.round();
    assertThat(stage.notices.getLast().title()).contains("ended ").contains(" ago");
  }

  /** Long before an outage, in which it would keep the site from its backup. */
  @Test
  void tellsOfTheBackupsOwnCertificateWhileProductionServes() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.ending(Stage.OWN, stage.clock.instant().plus(Duration.ofDays(10)));
    run.lasting(Duration.ofMinutes(11));
    assertThat(stage.told()).containsExactly(Topic.CERTIFICATE);
    assertThat(stage.notices.getFirst().text()).contains("Seen at " + Stage.OWN);
  }

  @Test
  void tellsOnceADayThatTheBackupCouldNotTakeOver() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(Stage.OWN);
    assertThat(run.lasting(Duration.ofMinutes(35)).phase()).contains(Phase.UP);
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN);
    assertThat(stage.notices.getFirst().title())
        .isEqualTo("www.example.org: the backup does not serve it, and could not take over");
    assertThat(stage.notices.getFirst().text()).contains("at 127.0.0.1: no good answer");
    stage.clock.advance(Duration.ofHours(24));
    run.rounds(2);
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN, Topic.WATCH_DOWN);
    stage.prober.up(Stage.OWN);
    run.lasting(Duration.ofMinutes(11));
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN, Topic.WATCH_DOWN, Topic.WATCH_UP);
  }

  @Test
  void aBackupThatIsBeingRestartedIsNotWorthANotice() throws Exception {
    stage.prober.flaky(Stage.OWN, call -> call == 1);
    stage.start().rounds(3);
    assertThat(stage.told()).isEmpty();
  }

  @Test
  void watchesWithoutASite() throws Exception {
    stage.onlyWatches = true;
    stage.watches = ImmutableList.of(backup(Quantifier.ALL));
    Stage.Run run = stage.start();
    assertThat(run.rounds(3).phase()).isEmpty();
    stage.prober.down("5.196.1.20");
    run.rounds(3);
    assertThat(stage.told()).isEmpty();
    run.round();
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN);
    assertThat(stage.notices.getFirst().title()).isEqualTo("backup is down");
    assertThat(stage.notices.getFirst().text()).contains("no good answer");
    assertThat(stage.start().round().status().watches().getFirst().up()).isFalse();
    stage.prober.up("5.196.1.20");
    run.rounds(3);
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN, Topic.WATCH_UP);
    assertThat(stage.notices.getLast().text()).isEqualTo("It was down for 20 s.");
  }

  @Test
  void anyProbeOfAWatchIsEnoughIfTheUserSaysSo() throws Exception {
    stage.onlyWatches = true;
    stage.watches = ImmutableList.of(backup(Quantifier.ANY));
    Stage.Run run = stage.start();
    stage.prober.down("5.196.1.20");
    run.rounds(10);
    assertThat(stage.told()).isEmpty();
    stage.prober.down("port");
    run.rounds(4);
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN);
  }

  @Test
  void aWatchWhoseNameLeadsNowhereIsDown() throws Exception {
    stage.onlyWatches = true;
    stage.watches =
        ImmutableList.of(
            new WatchConfig(
                "backup",
                1,
                1,
                Quantifier.ALL,
                ImmutableList.of(
                    new WatchConfig.Target(
                        Stage.page("https://www.example.org/"),
                        Optional.of("no such name.invalid")))));
    stage.start().round();
    assertThat(stage.notices.getFirst().text())
        .contains("the name no such name.invalid does not resolve");
  }

  private static WatchConfig backup(Quantifier require) {
    return new WatchConfig(
        "backup",
        4,
        3,
        require,
        ImmutableList.of(
            new WatchConfig.Target(
                Stage.page("https://www.example.org/"), Optional.of("5.196.1.20")),
            new WatchConfig.Target(Stage.port("port"), Optional.empty())));
  }

  @Test
  void pingsTheDeadMansSwitchAtMostEachInterval() throws Exception {
    stage.deadman = Optional.of(new WatcherConfig.Deadman(Secret.of(PING), Duration.ofMinutes(1)));
    stage.web.page(PING, 200, "OK");
    Stage.Run run = stage.start();
    for (int round = 0; round < 25; round++) {
      run.round();
      run.watcher().awaitPings(Duration.ofSeconds(10));
    }
    assertThat(stage.web.asked(PING)).isEqualTo(3);
  }

  @Test
  void pingsNobodyInARehearsal() throws Exception {
    stage.mode = WatcherFactory.Mode.DRY_RUN;
    stage.deadman = Optional.of(new WatcherConfig.Deadman(Secret.of(PING), Duration.ofMinutes(1)));
    Stage.Run run = stage.start();
    run.rounds(3);
    run.watcher().awaitPings(Duration.ofSeconds(10));
    assertThat(stage.web.asked(PING)).isZero();
  }
}
