package io.relais.failover.engine;

import static io.relais.failover.engine.Stage.BACKUP;
import static io.relais.failover.engine.Stage.PRODUCTION;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.Policy;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.state.HistoryFile;
import io.relais.failover.state.StatusFile;
import io.relais.failover.state.StatusReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From phase to phase, with what is told and what lies on disk. */
final class TransitionsTest {
  @TempDir private Path directory;
  private Stage stage;

  @BeforeEach
  void setStage() {
    stage = new Stage(directory);
  }

  @Test
  void goesThroughAnOutageAndBack() throws Exception {
    stage.notifySuspect = true;
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    assertThat(run.round().phase()).contains(Phase.SUSPECT);
    assertThat(run.rounds(3).phase()).contains(Phase.ON_BACKUP);
    assertThat(stage.records()).isEqualTo(BACKUP);
    stage.prober.up(PRODUCTION);
    assertThat(run.rounds(3).phase()).contains(Phase.RECOVERING);
    assertThat(run.round(Command.FAIL_BACK).phase()).contains(Phase.UP);
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    assertThat(stage.told())
        .containsExactly(Topic.SUSPECT, Topic.SWITCHED, Topic.RECOVERED, Topic.FAILED_BACK);
    assertThat(titles())
        .containsExactly(
            "www.example.org does not answer",
            "www.example.org is on the backup now",
            "www.example.org answers again in production",
            "www.example.org is back in production");
    assertThat(history())
        .containsExactly(
            "phase up suspect",
            "phase suspect on-backup",
            "change on-backup on-backup",
            "phase on-backup recovering",
            "phase recovering up",
            "change up up");
  }

  @Test
  void tellsHowLongItTook() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(4);
    assertThat(stage.last(Topic.SWITCHED).text())
        .contains("The records point at " + BACKUP)
        .contains("Accepted 15 s after production began to fail")
        .contains("failover-watcher failback");
    assertThat(new HistoryFile(directory).last(1).getFirst().text())
        .contains("Accepted 15 s after production began to fail");
  }

  @Test
  void waitsUntilEveryServerShowsIt() throws Exception {
    stage.zone.deploysAtOnce(false);
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    Watcher.RoundOutcome roundOutcome = run.rounds(4);
    assertThat(roundOutcome.phase()).contains(Phase.SWITCHING);
    assertThat(roundOutcome.changing()).isTrue();
    assertThat(status().failover().orElseThrow().change()).contains("not yet everywhere");
    assertThat(run.rounds(10).phase()).contains(Phase.SWITCHING);
    assertThat(stage.told()).isEmpty();
    stage.zone.deploy();
    assertThat(run.round().phase()).contains(Phase.ON_BACKUP);
    assertThat(stage.last(Topic.SWITCHED).text())
        .contains("visible at every authoritative server 55 s after it was accepted");
  }

  /** The journal goes on to call it a switch; it must not be taken for one. */
  @Test
  void takesASwitchBackThatProductionOvertook() throws Exception {
    stage.zone.deploysAtOnce(false);
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(4);
    stage.prober.up(PRODUCTION);
    assertThat(run.rounds(3).phase()).contains(Phase.FAILING_BACK);
    stage.zone.deploysAtOnce(true);
    stage.zone.deploy();
    assertThat(run.until(Phase.UP).phase()).contains(Phase.UP);
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    assertThat(stage.told()).containsExactly(Topic.FAILED_BACK);
  }

  @Test
  void goesBackByItselfAfterALongHealth() throws Exception {
    Policy set = Policy.DEFAULT;
    stage.policy =
        new Policy(
            set.failures(),
            set.failureShare(),
            set.failureWindow(),
            set.successes(),
            set.minimumStay(),
            set.switchesPerDay(),
            true,
            Duration.ofMinutes(30),
            set.maxGap());
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(4);
    stage.prober.up(PRODUCTION);
    assertThat(run.lasting(Duration.ofMinutes(29)).phase()).contains(Phase.RECOVERING);
    assertThat(run.lasting(Duration.ofMinutes(2)).phase()).contains(Phase.UP);
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    assertThat(stage.last(Topic.RECOVERED).text()).contains("by itself after 30 min");
  }

  @Test
  void goesBackByForceAndHoldsUntilProductionWasWell() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(4);
    Watcher.RoundOutcome refused = run.round(Command.FAIL_BACK);
    assertThat(refused.refused()).isTrue();
    assertThat(refused.reason()).contains("--force");
    assertThat(refused.phase()).contains(Phase.ON_BACKUP);
    assertThat(run.round(Command.FORCE_FAIL_BACK).phase()).contains(Phase.UP);
    assertThat(run.rounds(20).phase()).contains(Phase.DOWN);
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    stage.prober.up(PRODUCTION);
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    assertThat(run.until(Phase.ON_BACKUP).phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void switchesByHandAlthoughProductionIsWell() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    assertThat(run.round(Command.SWITCH).phase()).contains(Phase.ON_BACKUP);
    assertThat(run.rounds(10).phase()).contains(Phase.RECOVERING);
    assertThat(stage.records()).isEqualTo(BACKUP);
    assertThat(stage.last(Topic.SWITCHED).text()).doesNotContain("began to fail");
  }

  @Test
  void refusesASwitchToABackupThatIsNotReady() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(Stage.OWN);
    Watcher.RoundOutcome roundOutcome = run.round(Command.SWITCH);
    assertThat(roundOutcome.refused()).isTrue();
    assertThat(roundOutcome.reason()).contains("the backup does not serve the site");
    assertThat(roundOutcome.phase()).contains(Phase.UP);
    assertThat(status().failover().orElseThrow().reason()).isEqualTo(roundOutcome.reason());
    assertThat(stage.told()).isEmpty();
  }

  @Test
  void tellsOfSuspicionOnlyIfAsked() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.round();
    stage.prober.up(PRODUCTION);
    run.rounds(3);
    assertThat(stage.told()).isEmpty();
  }

  @Test
  void asksNobodyElseWhileProductionIsWell() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.forget();
    int calls = stage.zone.calls();
    run.rounds(10);
    assertThat(stage.prober.wasAsked(PRODUCTION)).isTrue();
    assertThat(stage.prober.wasAsked(Stage.OWN)).isFalse();
    assertThat(stage.prober.wasAsked("canary 1")).isFalse();
    assertThat(stage.zone.calls()).isLessThanOrEqualTo(calls + 1);
  }

  private StatusReport status() throws IOException {
    return new StatusFile(directory).read().orElseThrow();
  }

  private List<String> titles() {
    return stage.notices.stream().map(Notice::title).toList();
  }

  private List<String> history() throws IOException {
    return new HistoryFile(directory)
        .last(100).stream()
            .map(entry -> entry.event() + " " + entry.from() + " " + entry.to())
            .toList();
  }

  @Test
  void writesNothingInARehearsal() throws Exception {
    stage.mode = WatcherFactory.Mode.DRY_RUN;
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    assertThat(run.rounds(10).phase()).contains(Phase.DOWN);
    run.round(Command.SWITCH);
    run.watcher().saveNow();
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }
}
