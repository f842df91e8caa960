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
    stage.start().rounds(3);
    assertThat(stage.start().round().phase()).contains(Phase.UP);
    stage.prober.down(PRODUCTION);
    stage.start().round();
    stage.start().round();
    assertThat(ended(stage.start()).phase()).contains(Phase.SUSPECT);
    stage.prober.down(Stage.OWN);
    assertThat(ended(stage.start()).phase()).contains(Phase.DOWN);
    assertThat(ended(stage.start()).phase()).contains(Phase.DOWN);
    stage.prober.up(Stage.OWN);
    stage.zone.deploysAtOnce(false);
    assertThat(ended(stage.start()).phase()).contains(Phase.SWITCHING);
    assertThat(ended(stage.start()).phase()).contains(Phase.SWITCHING);
    stage.zone.deploy();
    assertThat(ended(stage.start()).phase()).contains(Phase.ON_BACKUP);
    assertThat(ended(stage.start()).phase()).contains(Phase.ON_BACKUP);
    stage.prober.up(PRODUCTION);
    ended(stage.start());
    ended(stage.start());
    assertThat(ended(stage.start()).phase()).contains(Phase.RECOVERING);
    assertThat(ended(stage.start()).phase()).contains(Phase.RECOVERING);
    assertThat(stage.start().round(Command.FAIL_BACK).phase()).contains(Phase.FAILING_BACK);
    assertThat(ended(stage.start()).phase()).contains(Phase.FAILING_BACK);
    stage.zone.deploy();
    assertThat(ended(stage.start()).phase()).contains(Phase.UP);
    assertThat(stage.told()).containsExactly(Topic.SWITCHED, Topic.RECOVERED, Topic.FAILED_BACK);
  }

  /** As {@code check} ends. */
  private static Watcher.RoundOutcome ended(Stage.Run run) throws InterruptedException {
    Watcher.RoundOutcome roundOutcome = run.round();
    run.watcher().saveNow();
    return roundOutcome;
  }

  @Test
  void finishesASwitchThatOnlyTheJournalRemembers() throws Exception {
    Stage stage = new Stage(directory);
    stage.zone.deploysAtOnce(false);
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    assertThat(run.rounds(4).phase()).contains(Phase.SWITCHING);
    Files.delete(directory.resolve("state.json"));
    stage.zone.deploy();
    assertThat(stage.start().round().phase()).contains(Phase.ON_BACKUP);
    assertThat(stage.records()).isEqualTo(BACKUP);
  }

  @Test
  void finishesAnUndoThatOnlyTheJournalRemembers() throws Exception {
    Stage stage = new Stage(directory);
    stage.zone.deploysAtOnce(false);
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(4);
    stage.prober.up(PRODUCTION);
    assertThat(run.rounds(3).phase()).contains(Phase.FAILING_BACK);
    Files.delete(directory.resolve("state.json"));
    stage.zone.deploysAtOnce(true);
    assertThat(stage.start().until(Phase.UP).phase()).contains(Phase.UP);
    assertThat(stage.records()).isEqualTo(PRODUCTION);
  }

  @Test
  void findsTheBackupAgainWhenOnlyTheStateIsLost() throws Exception {
    Stage stage = new Stage(directory);
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(4);
    Files.delete(directory.resolve("state.json"));
    assertThat(stage.start().until(Phase.ON_BACKUP).phase()).contains(Phase.ON_BACKUP);
    assertThat(stage.records()).isEqualTo(BACKUP);
  }

  @Test
  void staysHalted() throws Exception {
    Stage stage = new Stage(directory);
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.zone.put(set(Stage.SITE, A, 60, Stage.STRANGER));
    run.until(Phase.HALTED);
    assertThat(ended(stage.start()).phase()).contains(Phase.HALTED);
    assertThat(stage.told()).containsExactly(Topic.HALTED);
    Watcher.RoundOutcome refused = stage.start().round(Command.RESUME);
    assertThat(refused.refused()).isTrue();
    stage.zone.put(set(Stage.SITE, A, 60, PRODUCTION));
    assertThat(stage.start().round(Command.RESUME).phase()).contains(Phase.UP);
  }
}
