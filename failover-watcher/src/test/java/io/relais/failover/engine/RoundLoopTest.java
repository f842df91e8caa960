package io.relais.failover.engine;

import static io.relais.failover.engine.Stage.OWN;
import static io.relais.failover.engine.Stage.PRODUCTION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.common.StateLock;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.InMemoryZone;
import io.relais.failover.notify.Notice.Topic;
import io.relais.testbed.ManualClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How rounds follow each other, in a run and in a daemon. */
final class RoundLoopTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir private Path directory;
  private Stage stage;

  @BeforeEach
  void setStage() throws Exception {
    stage = new Stage(directory);
    Stage.Run run = stage.start();
    run.rounds(3);
    run.watcher().saveNow();
  }

  private Watcher.RoundOutcome check(Optional<Command> command) throws Exception {
    Watcher watcher = stage.start().watcher();
    Watcher.RoundOutcome roundOutcome =
        new RoundLoop(watcher, Duration.ofMillis(1)).untilSettled(command, LONG);
    watcher.saveNow();
    return roundOutcome;
  }

  @Test
  void oneGoodRoundIsEnough() throws Exception {
    assertThat(check(Optional.empty()).phase()).contains(Phase.UP);
  }

  @Test
  void aFailureIsFollowedUpUntilItIsSwitched() throws Exception {
    stage.prober.down(PRODUCTION);
    assertThat(check(Optional.empty()).phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void aFailureThatIsOverIsFollowedUpUntilItIsWell() throws Exception {
    stage.prober.flaky(PRODUCTION, call -> call <= 2);
    assertThat(check(Optional.empty()).phase()).contains(Phase.UP);
  }

  @Test
  void whatIsHopelessIsGivenUpAndTakenUpByTheNextRun() throws Exception {
    stage.prober.down(PRODUCTION);
    stage.prober.down(OWN);
    Watcher.RoundOutcome roundOutcome = check(Optional.empty());
    assertThat(roundOutcome.phase()).contains(Phase.DOWN);
    assertThat(roundOutcome.reason()).contains("the backup does not serve the site");
    stage.prober.up(OWN);
    assertThat(check(Optional.empty()).phase()).contains(Phase.ON_BACKUP);
  }

  @Test
  void aRefusedCommandEndsTheRunWithItsReason() throws Exception {
    stage.prober.down(PRODUCTION);
    stage.prober.down(OWN);
    Watcher.RoundOutcome roundOutcome = check(Optional.of(Command.SWITCH));
    assertThat(roundOutcome.refused()).isTrue();
    assertThat(roundOutcome.reason()).contains("not ready");
  }

  /**
   * A run from a timer would keep whoever wants to resume it from doing so, for all of its time.
   */
  @Test
  void whatIsHaltedWithAChangeUnderWayIsLookedAtOnce() throws Exception {
    stage.zone.intercept(
        new InMemoryZone.Interceptor() {
          @Override
          public void before(InMemoryZone.Call call) throws DnsProviderException {
            if (call == InMemoryZone.Call.PUBLISH) {
              throw DnsProviderException.refused("the key lacks the right to publish", null);
            }
          }
        });
    stage.prober.down(PRODUCTION);
    assertThat(check(Optional.empty()).phase()).contains(Phase.HALTED);
    long before = stage.prober.calls(OWN);

    Watcher.RoundOutcome roundOutcome = briefly();

    assertThat(roundOutcome.phase()).contains(Phase.HALTED);
    assertThat(roundOutcome.changing()).isTrue();
    assertThat(stage.prober.calls(OWN)).as("one round").isLessThanOrEqualTo(before + 1);
  }

  @Test
  void anOutageIsFollowedUpWithAFullDiskAndEachIsToldOnce() throws Exception {
    stage.prober.down(PRODUCTION);
    Path block = directory.resolve("state.json.tmp").resolve("in the way");
    Files.createDirectories(block);
    stage.prober.forget();

    Watcher.RoundOutcome roundOutcome = check(Optional.empty());
    assertThat(check(Optional.empty()).phase()).contains(Phase.DOWN);

    assertThat(roundOutcome.kept()).isFalse();
    assertThat(roundOutcome.phase()).contains(Phase.DOWN);
    assertThat(roundOutcome.reason()).contains("the state can't be written");
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    assertThat(keysTold()).containsExactly("HALTED state", "SWITCH_FAILED stuck");
    assertThat(stage.last(Topic.SWITCH_FAILED).title())
        .isEqualTo("www.example.org is down and not switched");
    assertThat(stage.last(Topic.SWITCH_FAILED).text()).contains("The state can't be written");

    stage.clock.advance(Duration.ofMinutes(10));
    stage.prober.up(PRODUCTION);
    assertThat(check(Optional.empty()).phase()).contains(Phase.UP);
    stage.prober.down(PRODUCTION);
    assertThat(check(Optional.empty()).phase()).contains(Phase.DOWN);
    assertThat(keysTold())
        .as("another outage")
        .containsExactly(
            "HALTED state",
            "SWITCH_FAILED stuck",
            "SWITCH_FAILED stuck over",
            "SWITCH_FAILED stuck");

    Files.delete(block);
    assertThat(check(Optional.empty()).phase()).contains(Phase.ON_BACKUP);
  }

  /** Without what the notifier drops, and without times. */
  private List<String> keysTold() {
    return stage.notices.stream()
        .map(notice -> notice.kind() + " " + notice.key())
        .distinct()
        .map(key -> key.replaceFirst(" 2[^ ]*Z", ""))
        .toList();
  }

  /** One that would go on takes several rounds, and then it ends as well. */
  private Watcher.RoundOutcome briefly() throws Exception {
    return new RoundLoop(stage.start().watcher(), Duration.ofMillis(1))
        .untilSettled(Optional.empty(), Duration.ofMillis(500));
  }

  @Test
  void aRunEndsInTime() throws Exception {
    stage.zone.deploysAtOnce(false);
    stage.prober.down(PRODUCTION);
    Watcher watcher = stage.start().watcher();
    RoundLoop roundLoop = new RoundLoop(watcher, Duration.ofMillis(1));
    Watcher.RoundOutcome roundOutcome =
        roundLoop.untilSettled(Optional.empty(), Duration.ofMillis(300));
    assertThat(roundOutcome.phase()).isIn(Optional.of(Phase.SWITCHING), Optional.of(Phase.SUSPECT));
  }

  @Test
  void aDaemonTakesCommandsBetweenRounds() throws Exception {
    Queue<Command> commands = new ArrayDeque<>(List.of(Command.SWITCH));
    List<Watcher.RoundOutcome> results = new ArrayList<>();
    RoundLoop roundLoop = new RoundLoop(stage.start().watcher(), Duration.ofMillis(1));
    assertThatThrownBy(
            () ->
                roundLoop.forever(
                    new RoundLoop.Between() {
                      @Override
                      public Optional<Command> command() {
                        return Optional.ofNullable(commands.poll());
                      }

                      @Override
                      public void after(Watcher.RoundOutcome roundOutcome) {
                        results.add(roundOutcome);
                        if (results.size() == 3) {
                          Thread.currentThread().interrupt();
                        }
                      }

                      @Override
                      public boolean isWanted() {
                        return false;
                      }
                    }))
        .isInstanceOf(InterruptedException.class);
    assertThat(results).hasSize(3);
    assertThat(results.getFirst().phase()).contains(Phase.ON_BACKUP);
    assertThat(commands).isEmpty();
  }

  @Test
  void onlyOneProcessMayAct() throws Exception {
    Path state = directory.resolve("new/state");
    try (StateLock held = StateLock.tryTake(state).orElseThrow()) {
      assertThat(held).isNotNull();
      assertThat(StateLock.tryTake(state)).isEmpty();
    }
    try (StateLock again = StateLock.tryTake(state).orElseThrow()) {
      assertThat(again).isNotNull();
    }
  }

  @Test
  void theClockGoesSteadilyThroughSmallCorrectionsAndFollowsLargeOnes() {
    ManualClock wall = new ManualClock();
    AtomicLong nanos = new AtomicLong(17);
    MonotonicClock clock = new MonotonicClock(wall, nanos::get);
    Instant began = clock.instant();
    wall.advance(Duration.ofSeconds(-40));
    nanos.addAndGet(Duration.ofSeconds(5).toNanos());
    assertThat(clock.instant()).isEqualTo(began.plusSeconds(5));
    wall.advance(Duration.ofDays(400));
    assertThat(clock.instant()).isEqualTo(wall.instant());
    nanos.addAndGet(Duration.ofSeconds(5).toNanos());
    assertThat(clock.instant()).isEqualTo(wall.instant().plusSeconds(5));
  }
}
