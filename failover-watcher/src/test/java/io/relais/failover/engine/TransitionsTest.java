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
  private Scenario scenario;

  @BeforeEach
  void setStage() {
    stage = new Stage(directory);
    scenario = new Scenario(stage);
  }

  @Test
  void goesThroughAnOutageAndBack() throws Exception {
    stage.notifySuspect = true;
    scenario.calm().outage().round().expectPhase(Phase.SUSPECT);
    scenario.rounds(3).expectPhase(Phase.ON_BACKUP).expectRecords(BACKUP);
    scenario.recovery().rounds(3).expectPhase(Phase.RECOVERING);
    scenario.command(Command.FAIL_BACK).expectPhase(Phase.UP).expectRecords(PRODUCTION);
    scenario.expectNotices(Topic.SUSPECT, Topic.SWITCHED, Topic.RECOVERED, Topic.FAILED_BACK);
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
    scenario.calm().outage().rounds(4);
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
    scenario.calm().outage().rounds(4).expectPhase(Phase.SWITCHING);
    assertThat(scenario.outcome().changing()).isTrue();
    assertThat(status().failover().orElseThrow().change()).contains("not yet everywhere");
    scenario.rounds(10).expectPhase(Phase.SWITCHING).expectNotices();
    stage.zone.deploy();
    scenario.round().expectPhase(Phase.ON_BACKUP);
    assertThat(stage.last(Topic.SWITCHED).text())
        .contains("visible at every authoritative server 55 s after it was accepted");
  }

  /** The journal goes on to call it a switch; it must not be taken for one. */
  @Test
  void takesASwitchBackThatProductionOvertook() throws Exception {
    stage.zone.deploysAtOnce(false);
    scenario.calm().outage().rounds(4);
    scenario.recovery().rounds(3).expectPhase(Phase.FAILING_BACK);
    stage.zone.deploysAtOnce(true);
    stage.zone.deploy();
    scenario.until(Phase.UP).expectRecords(PRODUCTION).expectNotices(Topic.FAILED_BACK);
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
    scenario.calm().outage().rounds(4).recovery();
    scenario.lasting(Duration.ofMinutes(29)).expectPhase(Phase.RECOVERING);
    scenario.lasting(Duration.ofMinutes(2)).expectPhase(Phase.UP).expectRecords(PRODUCTION);
    assertThat(stage.last(Topic.RECOVERED).text()).contains("by itself after 30 min");
  }

  @Test
  void goesBackByForceAndHoldsUntilProductionWasWell() throws Exception {
    scenario.calm().outage().rounds(4);
    scenario.command(Command.FAIL_BACK).expectRefused(Phase.ON_BACKUP, "--force");
    scenario.command(Command.FORCE_FAIL_BACK).expectPhase(Phase.UP);
    scenario.rounds(20).expectPhase(Phase.DOWN).expectRecords(PRODUCTION);
    scenario.recovery().rounds(3).outage().until(Phase.ON_BACKUP);
  }

  @Test
  void switchesByHandAlthoughProductionIsWell() throws Exception {
    scenario.calm().command(Command.SWITCH).expectPhase(Phase.ON_BACKUP);
    scenario.rounds(10).expectPhase(Phase.RECOVERING).expectRecords(BACKUP);
    assertThat(stage.last(Topic.SWITCHED).text()).doesNotContain("began to fail");
  }

  @Test
  void refusesASwitchToABackupThatIsNotReady() throws Exception {
    scenario
        .calm()
        .down(Stage.OWN)
        .command(Command.SWITCH)
        .expectRefused(Phase.UP, "the backup does not serve the site")
        .expectNotices();
    assertThat(status().failover().orElseThrow().reason()).isEqualTo(scenario.outcome().reason());
  }

  @Test
  void tellsOfSuspicionOnlyIfAsked() throws Exception {
    scenario.calm().outage().round();
    scenario.recovery().rounds(3).expectNotices();
  }

  @Test
  void asksOnlyTheBackupBesidesWhileProductionIsWell() throws Exception {
    scenario.calm();
    stage.prober.forget();
    int calls = stage.zone.calls();
    scenario.rounds(10);
    assertThat(stage.prober.wasAsked(PRODUCTION)).isTrue();
    assertThat(stage.prober.wasAsked(Stage.OWN)).as("each 30 s").isTrue();
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
    scenario.calm().outage().rounds(10).expectPhase(Phase.DOWN);
    scenario.command(Command.SWITCH).saved().expectRecords(PRODUCTION);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }
}
