package io.relais.failover.engine;

import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;
import static io.relais.failover.engine.Stage.OWN;
import static io.relais.failover.engine.Stage.PRODUCTION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import io.relais.common.DurationFormat;
import io.relais.failover.config.Quantifier;
import io.relais.failover.config.VantageConfig;
import io.relais.failover.config.WatchConfig;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.dns.InMemoryZone.Interceptor;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.probe.ProbeResult.Status;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each beginning that is told has its end, whatever happens, restarts and kills too. */
final class NoticeEndsTest {
  private static final String VANTAGE = "https://vps.example/";
  private static final int RUNS = Integer.getInteger("relais.noticeRuns", 3);
  private static final int STEPS = 50;

  /** As the program does that keeps what a reason is. */
  private static final Duration BETWEEN_CHANGES = Duration.ofMinutes(5);

  @TempDir private Path directory;

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** The first failed round takes long, and the watcher is restarted within it. */
  @Test
  void theStartOfAnOutageSurvivesAKillInItsFirstRound() throws Exception {
    outageSurvives(_ -> {});
  }

  @Test
  void theStartOfAnOutageSurvivesAStopInItsFirstRound() throws Exception {
    outageSurvives(run -> run.watcher().saveNow());
  }

  private interface End {
    void of(Stage.Run run);
  }

  private void outageSurvives(End end) throws Exception {
    Stage stage = new Stage(directory);
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    stage.prober.before(
        place -> {
          if (place.equals("canary 1")) {
            throw new Killed();
          }
        });
    assertThatThrownBy(run::round).hasRootCauseInstanceOf(Killed.class);
    Instant began = stage.clock.instant();
    end.of(run);
    stage.prober.before(_ -> {});
    stage.clock.advance(Duration.ofSeconds(19));
    stage.start().until(Phase.ON_BACKUP);
    assertThat(stage.last(Topic.SWITCHED).text())
        .contains(
            "Accepted %s after production began to fail"
                .formatted(DurationFormat.of(Duration.between(began, stage.clock.instant()))));
  }

  /** A reason that comes and goes is told now and then, and the last one in the end. */
  @Test
  void aReasonThatFlipsIsNoStorm() throws Exception {
    Stage stage = new Stage(directory);
    stage.vantages = ImmutableList.of(vantage());
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    stage.prober.down(OWN);
    for (int time = 0; time < 60; time++) {
      stage.web.page(VANTAGE, time % 2 == 0 ? 200 : 503, "");
      run.rounds(4);
    }
    assertThat(stage.told()).containsOnly(Topic.SWITCH_FAILED);
    assertThat(stage.notices).as("twenty minutes").hasSizeBetween(4, 6);
    checkChanges(stage.notices);
  }

  /** The figures in a reason are not the reason. */
  @Test
  void otherFiguresAreNoOtherReason() throws Exception {
    Stage stage = new Stage(directory);
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    stage.noAddressService();
    run.lasting(Duration.ofMinutes(2));
    stage.prober.down(PRODUCTION, Status.REFUSED);
    stage.prober.down(OWN);
    run.rounds(2);
    List<String> titles = stage.notices.stream().map(Notice::title).toList();
    run.lasting(Duration.ofMinutes(20));
    assertThat(stage.notices.stream().map(Notice::title).toList()).isEqualTo(titles);
  }

  private static VantageConfig vantage() {
    return new VantageConfig.Http("vps", URI.create(VANTAGE), Duration.ofSeconds(2));
  }

  @Test
  void eachBeginningHasOneEnd() throws Exception {
    int told = 0;
    for (int run = 0; run < RUNS; run++) {
      long seed = Long.getLong("relais.seed", System.nanoTime() + run);
      System.out.println("seed of the notices' ends: " + seed);
      Play play = new Play(Files.createTempDirectory(directory, "run"), new Random(seed));
      for (int step = 0; step < STEPS; step++) {
        play.step();
      }
      play.heal();
      check(play.told);
      told += play.told.size();
    }
    assertThat(told).as("it happens that something is told").isGreaterThan(RUNS * 10);
  }

  /** What happens at random, and what arrives of it. */
  private static final class Play {
    private final Random random;
    private final Stage stage;
    private final Path blocked;
    private final List<Notice> told = new ArrayList<>();
    private final Set<String> known = new HashSet<>();
    private Stage.Run run;
    private boolean killsInNotifier;
    private boolean killsInProber;

    Play(Path directory, Random random) throws Exception {
      this.random = random;
      this.stage = new Stage(directory);
      this.blocked = directory.resolve("state.json.tmp");
      stage.notifySuspect = true;
      stage.vantages = ImmutableList.of(vantage());
      stage.watches =
          ImmutableList.of(
              new WatchConfig(
                  "mail",
                  2,
                  2,
                  Quantifier.ALL,
                  ImmutableList.of(
                      new WatchConfig.Target(Stage.port("mail:25"), Optional.empty()))));
      stage.web.page(VANTAGE, 503, "");
      stage.notifier = this::deliver;
      stage.prober.before(
          _ -> {
            if (killsInProber) {
              throw new Killed();
            }
          });
      this.run = stage.start();
      run.rounds(3);
    }

    /** As the notifier does, the same twice is one; it may die before it has it, or after. */
    private void deliver(Notice notice) {
      boolean dies = killsInNotifier && random.nextBoolean();
      if (dies && random.nextBoolean()) {
        throw new Killed();
      }
      if (known.add(notice.kind() + " " + notice.key())) {
        told.add(notice);
      }
      if (dies) {
        throw new Killed();
      }
    }

    void step() throws Exception {
      Instant now = stage.clock.instant();
      switch (random.nextInt(22)) {
        case 0, 1, 2 -> stage.prober.down(PRODUCTION, anyOf(Status.TIMEOUT, Status.REFUSED));
        case 3, 4, 5 -> stage.prober.up(PRODUCTION);
        case 6 -> stage.prober.down("canary 1");
        case 7, 8 -> Stage.CANARIES.forEach(stage.prober::up);
        case 9 -> stage.prober.down(OWN, anyOf(Status.TIMEOUT, Status.CERTIFICATE));
        case 10, 11 -> stage.prober.up(OWN);
        case 12 -> stage.web.page(VANTAGE, anyOf(200, 503), "");
        case 13 -> stage.prober.ending(anyOf(PRODUCTION, OWN), now.plus(Duration.ofMinutes(15)));
        case 14 -> stage.prober.lasting(anyOf(PRODUCTION, OWN), now.plus(Duration.ofDays(60)));
        case 15 -> provider(random.nextBoolean());
        case 16 -> stage.zone.put(set(Stage.SITE, A, 60, anyOf(Stage.STRANGER, PRODUCTION)));
        case 17 -> command(anyOf(Command.values()));
        case 18 -> stage.prober.down("mail:25");
        case 19 -> stage.prober.up("mail:25");
        case 20 -> disk(random.nextBoolean());
        default -> restart();
      }
      rounds(1 + random.nextInt(random.nextInt(10) == 0 ? 150 : 20));
    }

    @SafeVarargs
    private <T> T anyOf(T... choices) {
      return choices[random.nextInt(choices.length)];
    }

    private void provider(boolean fails) {
      stage.zone.intercept(
          new Interceptor() {
            @Override
            public void before(Call call) throws DnsProviderException {
              if (fails && call == Call.WRITE) {
                throw DnsProviderException.retry("no answer in time", null);
              }
            }
          });
    }

    private void disk(boolean full) throws Exception {
      boolean isFull = Files.exists(blocked);
      if (full && !isFull) {
        Files.createDirectories(blocked.resolve("in the way"));
      } else if (!full && isFull) {
        Files.delete(blocked.resolve("in the way"));
        Files.delete(blocked);
      }
    }

    /** Where nothing can be written, nothing can be remembered. */
    private void restart() throws Exception {
      disk(false);
      rounds(13);
      switch (random.nextInt(4)) {
        case 0 -> run.watcher().saveNow();
        case 1 -> {} // Killed between two rounds.
        case 2 -> killsInNotifier = true;
        default -> killsInProber = true;
      }
      if (killsInNotifier) {
        disturb();
      }
      rounds(killsInNotifier ? 30 : 1);
      killsInNotifier = false;
      killsInProber = false;
      stage.clock.advance(Duration.ofSeconds(random.nextInt(60)));
      run = stage.start();
    }

    private void disturb() {
      if (random.nextBoolean()) {
        stage.prober.down(PRODUCTION);
      } else {
        stage.prober.up(PRODUCTION);
      }
    }

    private void command(Command command) throws Exception {
      try {
        run.round(command);
      } catch (Killed | IllegalStateException e) {
        reborn(e);
      }
    }

    private void rounds(int count) throws Exception {
      for (int round = 0; round < count; round++) {
        try {
          run.round();
        } catch (Killed | IllegalStateException e) {
          reborn(e);
          return;
        }
      }
    }

    private void reborn(RuntimeException death) throws Exception {
      assertThat(Throwables.getRootCause(death)).isInstanceOf(Killed.class);
      killsInNotifier = false;
      killsInProber = false;
      run = stage.start();
    }

    /** All is well again, and stays so. */
    void heal() throws Exception {
      disk(false);
      provider(false);
      for (String place : List.of(PRODUCTION, OWN, "canary 1", "canary 2", "mail:25")) {
        stage.prober.up(place);
      }
      stage.web.page(VANTAGE, 503, "");
      for (String place : List.of(PRODUCTION, OWN)) {
        stage.prober.lasting(place, stage.clock.instant().plus(Duration.ofDays(60)));
      }
      if (stage.records().equals(Stage.STRANGER)) {
        stage.zone.put(set(Stage.SITE, A, 60, PRODUCTION));
      }
      for (int time = 0; time < 20; time++) {
        rounds(20);
        switch (run.round().phase().orElseThrow()) {
          case HALTED -> command(Command.RESUME);
          case ON_BACKUP, RECOVERING -> command(Command.FAIL_BACK);
          case UP, SUSPECT, DOWN, SWITCHING, FAILING_BACK, BLIND -> {}
        }
      }
      assertThat(run.lasting(Duration.ofMinutes(25)).phase()).contains(Phase.UP);
    }
  }

  /** What the notices say must be a story. */
  private static void check(List<Notice> told) {
    Map<String, Notice> open = new HashMap<>();
    for (Notice notice : told) {
      String event = notice.fields().getOrDefault("event", "");
      String thing =
          notice.fields().getOrDefault("problem", "watch " + notice.fields().get("watch"));
      switch (event) {
        case "" -> {}
        case "begun" -> {
          assertThat(open.put(thing, notice)).as("%s began twice in %s", thing, told).isNull();
          supersede(thing, notice, open);
        }
        case "changed", "again" ->
            assertThat(open).as("%s is told again in %s", thing, told).containsKey(thing);
        case "over" -> {
          Notice began = open.remove(thing);
          if (!thing.equals("line")) {
            assertThat(began).as("%s ends and never began in %s", thing, told).isNotNull();
          }
          if (thing.equals("on-backup")) {
            open.remove("recovered");
          }
        }
        default -> throw new AssertionError(event);
      }
    }
    assertThat(open).as("all is well, and this is not over: %s", told).isEmpty();
    checkChanges(told);
  }

  /** What has an end by the beginning of something else. */
  private static void supersede(String thing, Notice notice, Map<String, Notice> open) {
    if (thing.equals("stuck")) {
      open.remove("suspect");
    }
    if (thing.equals("on-backup")) {
      open.remove("suspect");
      boolean waited = open.remove("stuck") != null;
      assertThat(
              notice.text().contains("It was down and not switched from")
                  || notice.text().contains("Its records could not be changed from"))
          .as("says how long it waited: %s", notice)
          .isEqualTo(waited);
    }
  }

  private static void checkChanges(List<Notice> told) {
    Map<String, Instant> last = new HashMap<>();
    for (Notice notice : told) {
      if (notice.fields().getOrDefault("event", "").equals("changed")) {
        String thing = notice.fields().get("problem") + " " + notice.fields().get("since");
        Instant before = last.put(thing, notice.at());
        assertThat(before == null || !before.plus(BETWEEN_CHANGES).isAfter(notice.at()))
            .as("told soon again: %s", notice)
            .isTrue();
      }
    }
  }
}
