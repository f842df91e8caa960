package io.relais.failover.engine;

import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;
import static io.relais.failover.engine.Stage.BACKUP;
import static io.relais.failover.engine.Stage.PRODUCTION;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.dns.InMemoryZone.Interceptor;
import io.relais.failover.dns.Killed;
import io.relais.failover.notify.Notice.Topic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another process goes on where one ended, or was killed. */
final class RestartTest {
  @TempDir private Path directory;

  /** Killed before, or after, the call of a number. */
  private static Interceptor killing(int number, boolean after) {
    return new Interceptor() {
      private int count;

      @Override
      public void before(Call call) {
        count++;
        if (!after && count == number) {
          throw new Killed();
        }
      }

      @Override
      public void after(Call call) {
        if (after && count == number) {
          throw new Killed();
        }
      }
    };
  }

  @Test
  void aSwitchKilledAtAnyCallIsCompleted() throws Exception {
    int deaths = 0;
    boolean survived = false;
    for (int number = 1; !survived; number++) {
      for (boolean after : new boolean[] {false, true}) {
        Stage stage = new Stage(Files.createTempDirectory(directory, "switch"));
        Stage.Run run = stage.start();
        run.rounds(3);
        stage.prober.down(PRODUCTION);
        run.rounds(3);
        survived = survives(stage, run, Optional.empty(), killing(number, after));
        deaths += survived ? 0 : 1;
        Stage.Run next = stage.start();
        next.until(Phase.ON_BACKUP);
        assertThat(stage.records()).isEqualTo(BACKUP);
        assertThat(stage.stored()).isEqualTo(BACKUP);
        assertThat(stage.told()).contains(Topic.SWITCHED);
        assertThat(stage.notices.stream().map(notice -> notice.key()).distinct())
            .as("told twice at most as the same")
            .hasSize(1);
      }
    }
    assertThat(deaths).isGreaterThan(8);
  }

  @Test
  void aFailBackKilledAtAnyCallIsCompleted() throws Exception {
    int deaths = 0;
    boolean survived = false;
    for (int number = 1; !survived; number++) {
      for (boolean after : new boolean[] {false, true}) {
        Stage stage = new Stage(Files.createTempDirectory(directory, "back"));
        Stage.Run run = stage.start();
        run.rounds(3);
        stage.prober.down(PRODUCTION);
        run.rounds(4);
        stage.prober.up(PRODUCTION);
        run.until(Phase.RECOVERING);
        survived = survives(stage, run, Optional.of(Command.FAIL_BACK), killing(number, after));
        deaths += survived ? 0 : 1;
        Stage.Run next = stage.start();
        Phase phase = next.round().phase().orElseThrow();
        if (phase == Phase.ON_BACKUP || phase == Phase.RECOVERING) {
          next.until(Phase.RECOVERING); // It was killed before it was written down.
          next.round(Command.FAIL_BACK);
        } else if (phase != Phase.UP) {
          next.until(Phase.UP);
        }
        assertThat(stage.records()).isEqualTo(PRODUCTION);
        assertThat(stage.stored()).isEqualTo(PRODUCTION);
      }
    }
    assertThat(deaths).isGreaterThan(8);
  }

  private static boolean survives(
      Stage stage, Stage.Run run, Optional<Command> command, Interceptor killer)
      throws InterruptedException {
    stage.zone.intercept(killer);
    try {
      if (command.isPresent()) {
        run.round(command.get());
      } else {
        run.round();
      }
      return true;
    } catch (Killed _) {
      return false;
    } finally {
      stage.zone.intercept(new Interceptor() {});
    }
  }

  @Test
  void goesOnInEveryPhase() throws Exception {
    Stage stage = new Stage(directory);
    Scenario scenario = new Scenario(stage);
    scenario.calm();
    scenario.start().round().expectPhase(Phase.UP);
    scenario.outage().start().round().start().round();
    expectNext(scenario, Phase.SUSPECT);
    scenario.down(Stage.OWN);
    expectNext(scenario, Phase.DOWN);
    expectNext(scenario, Phase.DOWN);
    scenario.up(Stage.OWN);
    stage.zone.deploysAtOnce(false);
    expectNext(scenario, Phase.SWITCHING);
    expectNext(scenario, Phase.SWITCHING);
    stage.zone.deploy();
    expectNext(scenario, Phase.ON_BACKUP);
    expectNext(scenario, Phase.ON_BACKUP);
    check(check(scenario.recovery()));
    expectNext(scenario, Phase.RECOVERING);
    expectNext(scenario, Phase.RECOVERING);
    scenario.start().command(Command.FAIL_BACK).expectPhase(Phase.FAILING_BACK);
    expectNext(scenario, Phase.FAILING_BACK);
    stage.zone.deploy();
    expectNext(scenario, Phase.UP);
    scenario.expectNotices(Topic.SWITCHED, Topic.RECOVERED, Topic.FAILED_BACK);
  }

  private static void expectNext(Scenario scenario, Phase phase) throws Exception {
    check(scenario).expectPhase(phase);
  }

  /** As {@code check} runs: a process of its own for one round, that saves its state. */
  private static Scenario check(Scenario scenario) throws Exception {
    return scenario.start().round().saved();
  }

  @Test
  void finishesASwitchThatOnlyTheJournalRemembers() throws Exception {
    Stage stage = new Stage(directory);
    stage.zone.deploysAtOnce(false);
    Scenario scenario = new Scenario(stage);
    scenario.calm().outage().rounds(4).expectPhase(Phase.SWITCHING);
    Files.delete(directory.resolve("state.json"));
    stage.zone.deploy();
    scenario.start().round().expectPhase(Phase.ON_BACKUP).expectRecords(BACKUP);
  }

  @Test
  void finishesAnUndoThatOnlyTheJournalRemembers() throws Exception {
    Stage stage = new Stage(directory);
    stage.zone.deploysAtOnce(false);
    Scenario scenario = new Scenario(stage);
    scenario.calm().outage().rounds(4);
    scenario.recovery().rounds(3).expectPhase(Phase.FAILING_BACK);
    Files.delete(directory.resolve("state.json"));
    stage.zone.deploysAtOnce(true);
    scenario.start().until(Phase.UP).expectRecords(PRODUCTION);
  }

  @Test
  void findsTheBackupAgainWhenOnlyTheStateIsLost() throws Exception {
    Scenario scenario = new Scenario(new Stage(directory));
    scenario.calm().outage().rounds(4);
    Files.delete(directory.resolve("state.json"));
    scenario.start().until(Phase.ON_BACKUP).expectRecords(BACKUP);
  }

  @Test
  void staysHalted() throws Exception {
    Stage stage = new Stage(directory);
    Scenario scenario = new Scenario(stage);
    scenario.calm();
    stage.zone.put(set(Stage.SITE, A, 60, Stage.STRANGER));
    scenario.until(Phase.HALTED);
    check(scenario).expectPhase(Phase.HALTED).expectNotices(Topic.HALTED);
    scenario.start().command(Command.RESUME).expectRefused(Phase.HALTED, Stage.STRANGER);
    stage.zone.put(set(Stage.SITE, A, 60, PRODUCTION));
    scenario.start().command(Command.RESUME).expectPhase(Phase.UP);
  }
}
