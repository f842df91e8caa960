package io.relais.failover.selfcheck;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.Phase;
import io.relais.failover.dns.Check;
import io.relais.failover.engine.Stage;
import io.relais.failover.engine.WatcherFactory;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What would make a switch fail is told while all is well. */
final class SelfCheckTest {
  private static final Check GOOD = Check.ok("right", "granted");
  private static final Check REVOKED = Check.failed("right", "the key lacks it; make a new one");
  private static final Check ENDING = Check.warning("right", "the key expires in 13 days");
  private static final Check SILENT = Check.unanswered("right", "no answer in time");
  private static final Check HIDDEN = Check.unknown("right", "it can't be seen");

  @TempDir private Path directory;
  private final AtomicInteger looks = new AtomicInteger();
  private volatile Check said = GOOD;
  private Stage stage;

  @BeforeEach
  void setStage() {
    stage = new Stage(directory);
    stage.selfCheck =
        Optional.of(
            () -> {
              looks.incrementAndGet();
              return ImmutableList.of(said);
            });
  }

  @Test
  void looksAtTheStartAndEverySixHours() throws Exception {
    Stage.Run run = stage.start();
    look(run);
    run.lasting(Duration.ofMinutes(30));
    assertThat(looks).hasValue(1);
    stage.clock.advance(Duration.ofHours(6));
    look(run);
    assertThat(looks).hasValue(2);
    assertThat(stage.told()).isEmpty();
  }

  /** A run from cron each minute must not ask each minute. */
  @Test
  void aRunThatFollowsAnotherLooksOnlyWhenItIsTime() throws Exception {
    for (int run = 0; run < 5; run++) {
      look(stage.start());
      stage.clock.advance(Duration.ofMinutes(1));
    }
    assertThat(looks).hasValue(1);
    stage.clock.advance(Duration.ofHours(6));
    look(stage.start());
    assertThat(looks).hasValue(2);
  }

  @Test
  void aDaemonLooksAtItsStart() throws Exception {
    look(stage.start());
    Stage.Run daemon = stage.start();
    daemon.watcher().selfCheckSoon();
    look(daemon);
    assertThat(looks).hasValue(2);
  }

  @Test
  void tellsOnceThenDailyThenThatItIsGoodAgain() throws Exception {
    said = REVOKED;
    look(stage.start());
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN);
    Notice first = stage.notices.getFirst();
    assertThat(first.title()).isEqualTo("www.example.org: a switch would fail");
    assertThat(first.text())
        .startsWith("right: the key lacks it; make a new one")
        .contains("failover-watcher doctor");
    for (int hour = 0; hour < 22; hour++) {
      stage.clock.advance(Duration.ofHours(1));
      look(stage.start());
    }
    assertThat(stage.told()).hasSize(1);
    stage.clock.advance(Duration.ofHours(2));
    look(stage.start());
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN, Topic.WATCH_DOWN);
    assertThat(stage.notices.getLast().title())
        .isEqualTo("www.example.org: a switch would still fail");
    said = GOOD;
    stage.clock.advance(Duration.ofHours(1));
    look(stage.start());
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN, Topic.WATCH_DOWN, Topic.WATCH_UP);
    assertThat(stage.notices.getLast().title())
        .isEqualTo("www.example.org: a switch would work again");
    assertThat(stage.notices.stream().map(Notice::key).distinct()).hasSize(3);
    stage.clock.advance(Duration.ofDays(2));
    look(stage.start());
    assertThat(stage.notices).hasSize(3);
  }

  /** A zone that is just being published, say, is no news. */
  @Test
  void aWarningIsToldWhenASecondLookFindsItToo() throws Exception {
    Stage.Run run = stage.start();
    said = ENDING;
    look(run);
    assertThat(stage.told()).isEmpty();
    stage.clock.advance(Duration.ofMinutes(10));
    look(run);
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN);
    assertThat(stage.notices.getFirst().title())
        .isEqualTo("www.example.org: fix this before a switch needs it");
    said = REVOKED;
    stage.clock.advance(Duration.ofHours(1));
    look(run);
    assertThat(stage.told()).hasSize(2);
    assertThat(stage.notices.getLast().title()).isEqualTo("www.example.org: a switch would fail");
  }

  @Test
  void anApiThatIsAwayForAWhileIsNoNewsAndOneThatStaysAwayIs() throws Exception {
    Stage.Run run = stage.start();
    look(run);
    said = SILENT;
    stage.clock.advance(Duration.ofHours(6));
    look(run);
    stage.clock.advance(Duration.ofMinutes(10));
    look(run);
    assertThat(looks).hasValue(3);
    assertThat(stage.told()).isEmpty();
    stage.clock.advance(Duration.ofMinutes(50));
    look(run);
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN);
    said = GOOD;
    stage.clock.advance(Duration.ofMinutes(10));
    look(run);
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN, Topic.WATCH_UP);
  }

  @Test
  void noAnswerIsNoWordThatAKeyIsGoodAgain() throws Exception {
    Stage.Run run = stage.start();
    said = REVOKED;
    look(run);
    said = SILENT;
    stage.clock.advance(Duration.ofHours(1));
    look(run);
    said = Check.unanswered("API", "no answer in time");
    stage.clock.advance(Duration.ofHours(1));
    look(run);
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN);
    said = GOOD;
    stage.clock.advance(Duration.ofHours(1));
    look(run);
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN, Topic.WATCH_UP);
  }

  @Test
  void whatCanNotBeSeenIsNoNews() throws Exception {
    said = HIDDEN;
    Stage.Run run = stage.start();
    look(run);
    stage.clock.advance(Duration.ofDays(2));
    look(run);
    assertThat(stage.told()).isEmpty();
  }

  /** In an outage the provider is for the switch alone. */
  @Test
  void neitherDelaysASwitchNorGoesOnBesideIt() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch looking = new CountDownLatch(1);
    stage.selfCheck =
        Optional.of(
            () -> {
              looking.countDown();
              try {
                Thread.sleep(Duration.ofHours(1));
              } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
              }
              return ImmutableList.of();
            });
    Stage.Run run = stage.start();
    run.rounds(3);
    looking.await();
    stage.prober.down(Stage.PRODUCTION);
    run.round();
    interrupted.await();
    run.until(Phase.ON_BACKUP);
    assertThat(stage.records()).isEqualTo(Stage.BACKUP);
    assertThat(stage.told()).containsExactly(Topic.SWITCHED);
  }

  @Test
  void doesNotLookWhileProductionIsDown() throws Exception {
    stage.prober.down(Stage.PRODUCTION);
    stage.noAddressService();
    Stage.Run run = stage.start();
    run.rounds(20);
    run.watcher().awaitSelfCheck(Duration.ofSeconds(10));
    assertThat(looks).hasValue(0);
  }

  /** A fail-back needs the same, and days may pass until then. */
  @Test
  void looksOnTheBackupToo() throws Exception {
    Stage.Run run = stage.start();
    run.rounds(3);
    run.watcher().awaitSelfCheck(Duration.ofSeconds(10));
    stage.prober.down(Stage.PRODUCTION);
    run.until(Phase.ON_BACKUP);
    said = REVOKED;
    stage.clock.advance(Duration.ofHours(6));
    look(run);
    assertThat(stage.told()).contains(Topic.WATCH_DOWN);
  }

  @Test
  void givesUpALookThatDoesNotEnd() throws Exception {
    stage.selfCheck =
        Optional.of(
            () -> {
              looks.incrementAndGet();
              Thread.sleep(Duration.ofHours(1));
              return ImmutableList.of();
            });
    Stage.Run run = stage.start();
    run.rounds(3);
    run.watcher().awaitSelfCheck(Duration.ofMillis(20));
    run.rounds(10);
    assertThat(looks).hasValue(1);
    assertThat(new SelfCheckFile(directory).read().orElseThrow().findings())
        .hasEntrySatisfying(
            "self-check", finding -> assertThat(finding.result()).isEqualTo(Check.Status.UNKNOWN));
  }

  @Test
  void aLookThatDoesNotEndSaysNothingForOrAgainstASwitch() throws Exception {
    AtomicBoolean slow = new AtomicBoolean();
    stage.selfCheck =
        Optional.of(
            () -> {
              looks.incrementAndGet();
              if (slow.get()) {
                Thread.sleep(Duration.ofHours(1));
              }
              return ImmutableList.of(said);
            });
    Stage.Run run = stage.start();
    said = REVOKED;
    look(run);
    slow.set(true);
    for (int time = 0; time < 10; time++) {
      stage.clock.advance(Duration.ofMinutes(10));
      run.rounds(2);
      run.watcher().awaitSelfCheck(Duration.ofMillis(20));
    }
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN);
    assertThat(findings()).containsOnlyKeys("right", "self-check");
    assertThat(looks.get()).as("soon again").isGreaterThan(5);

    slow.set(false);
    stage.clock.advance(Duration.ofHours(1));
    look(run);
    assertThat(findings()).as("it has ended since").containsOnlyKeys("right");
    assertThat(run.watcher().awaitSelfCheck(Duration.ZERO)).isEmpty();
    said = GOOD;
    stage.clock.advance(Duration.ofHours(1));
    look(run);
    assertThat(stage.told()).containsExactly(Topic.WATCH_DOWN, Topic.WATCH_UP);
    assertThat(run.watcher().awaitSelfCheck(Duration.ZERO))
        .contains("a switch would work again: right: granted");
  }

  private Map<String, SelfCheckState.Finding> findings() {
    return new SelfCheckFile(directory).read().orElseThrow().findings();
  }

  @Test
  void asksNobodyInARehearsal() throws Exception {
    stage.mode = WatcherFactory.Mode.DRY_RUN;
    look(stage.start());
    assertThat(looks).hasValue(0);
  }

  /** Some rounds, and whatever look is under way. */
  private static void look(Stage.Run run) throws InterruptedException {
    run.rounds(2);
    run.watcher().awaitSelfCheck(Duration.ofSeconds(10));
  }
}
