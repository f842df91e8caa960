package io.relais.failover.engine;

import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;
import static io.relais.failover.engine.Stage.OWN;
import static io.relais.failover.engine.Stage.PRODUCTION;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.Immutable;
import io.relais.failover.config.Quantifier;
import io.relais.failover.config.WatchConfig;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.notify.Notice;
import io.relais.failover.probe.ProbeResult.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every notice of something that lasts: how it begins, changes its reason, and ends. */
final class NoticeTableTest {
  @TempDir private Path directory;

  /** One thing that may be wrong. */
  enum Row {
    SUSPECTED(
        "suspect: begun over",
        (stage, scenario) -> {
          stage.notifySuspect = true;
          scenario.calm().outage().rounds(2);
        },
        (_, scenario) -> scenario.recovery().rounds(3)),
    SUSPECTED_THEN_SWITCHED(
        "suspect: begun, on-backup: begun over",
        (stage, scenario) -> {
          stage.notifySuspect = true;
          scenario.calm().outage().until(Phase.ON_BACKUP);
        },
        (_, scenario) ->
            scenario.recovery().rounds(2).command(Command.FAIL_BACK).expectPhase(Phase.UP)),
    SUSPECTED_THEN_DOWN(
        "suspect: begun, stuck: begun over",
        (stage, scenario) -> {
          stage.notifySuspect = true;
          scenario.calm().outage().down(OWN).rounds(10);
        },
        (_, scenario) -> scenario.recovery().rounds(3)),
    DOWN_AND_NOT_SWITCHED(
        "stuck: begun changed over",
        (_, scenario) ->
            scenario.calm().outage().down(OWN).rounds(10).down(OWN, Status.REFUSED).rounds(2),
        (_, scenario) -> scenario.recovery().rounds(3)),
    DOWN_AND_SWITCHED_AT_LAST(
        "stuck: begun, on-backup: begun over",
        (_, scenario) -> scenario.calm().outage().down(OWN).rounds(10).up(OWN).round(),
        (_, scenario) -> scenario.recovery().rounds(2).command(Command.FAIL_BACK)),
    THE_PROVIDER_FAILS(
        "stuck: begun, on-backup: begun",
        (_, scenario) ->
            scenario
                .calm()
                .providerFails(Call.WRITE, DnsProviderException.retry("no answer", null))
                .command(Command.SWITCH)
                .rounds(30),
        (_, scenario) -> scenario.providerWorks().until(Phase.ON_BACKUP)),
    ON_THE_BACKUP(
        "on-backup: begun over",
        (_, scenario) -> scenario.calm().outage().until(Phase.ON_BACKUP),
        (_, scenario) -> scenario.recovery().rounds(2).command(Command.FAIL_BACK)),
    RECOVERED(
        "on-backup: begun, recovered: begun over",
        (_, scenario) -> scenario.calm().outage().until(Phase.ON_BACKUP).recovery().rounds(4),
        (_, scenario) -> scenario.outage().lasting(Duration.ofMinutes(6))),
    HALTED(
        "halted: begun over",
        (stage, scenario) -> {
          scenario.calm();
          stage.zone.put(set(Stage.SITE, A, 60, Stage.STRANGER));
          scenario.until(Phase.HALTED).rounds(20);
        },
        (stage, scenario) -> {
          stage.zone.put(set(Stage.SITE, A, 60, PRODUCTION));
          scenario.command(Command.RESUME);
        }),
    OWN_LINE_FOR_SHORT(
        "line: over",
        (_, scenario) -> scenario.calm().outage().down("canary 1").rounds(15),
        (_, scenario) -> scenario.recovery().up("canary 1").lasting(Duration.ofMinutes(3))),
    OWN_LINE_FOR_LONG(
        "line: begun over",
        (_, scenario) -> scenario.calm().outage().down("canary 1").lasting(Duration.ofMinutes(11)),
        (_, scenario) -> scenario.recovery().up("canary 1").lasting(Duration.ofMinutes(3))),
    BACKUP_NOT_READY(
        "backup: begun changed over",
        (_, scenario) ->
            scenario.down(OWN).calm().down(OWN, Status.CERTIFICATE).lasting(Duration.ofMinutes(11)),
        (_, scenario) -> scenario.up(OWN).lasting(Duration.ofMinutes(11))),
    CERTIFICATE(
        "certificate of https://www.example.org/ at 203.0.113.10: begun changed over",
        (stage, scenario) -> {
          stage.prober.ending(PRODUCTION, stage.clock.instant().plus(Duration.ofMinutes(5)));
          scenario.start().lasting(Duration.ofMinutes(6));
        },
        (stage, scenario) -> {
          stage.prober.lasting(PRODUCTION, stage.clock.instant().plus(Duration.ofDays(90)));
          scenario.lasting(Duration.ofMinutes(2));
        }),
    STATE(
        "state: begun over",
        (stage, scenario) -> {
          scenario.calm();
          Files.createDirectories(blocked(stage).resolve("in the way"));
          scenario.lasting(Duration.ofMinutes(5));
        },
        (stage, scenario) -> {
          Files.delete(blocked(stage).resolve("in the way"));
          Files.delete(blocked(stage));
          scenario.lasting(Duration.ofMinutes(2));
        }),
    WATCH(
        "mail: begun over",
        (stage, scenario) -> {
          stage.watches =
              ImmutableList.of(
                  new WatchConfig(
                      "mail",
                      2,
                      2,
                      Quantifier.ALL,
                      ImmutableList.of(
                          new WatchConfig.Target(Stage.port("mail:25"), Optional.empty()))));
          scenario.calm().down("mail:25").rounds(4);
        },
        (_, scenario) -> scenario.up("mail:25").rounds(4));

    private final String expected;
    private final Play wrong;
    private final Play well;

    Row(String expected, Play wrong, Play well) {
      this.expected = expected;
      this.wrong = wrong;
      this.well = well;
    }
  }

  @Immutable
  private interface Play {
    void on(Stage stage, Scenario scenario) throws Exception;
  }

  private static Path blocked(Stage stage) {
    return stage.directory.resolve("state.json.tmp");
  }

  @ParameterizedTest
  @EnumSource(Row.class)
  void tellsEachStep(Row row) throws Exception {
    Stage stage = new Stage(directory);
    Scenario scenario = new Scenario(stage);
    row.wrong.on(stage, scenario);
    row.well.on(stage, scenario);
    assertThat(story(stage.notices)).isEqualTo(row.expected);
  }

  /** The program starts again in between: it is told once all the same. */
  @ParameterizedTest
  @EnumSource(Row.class)
  void tellsEachStepOnceAcrossARestart(Row row) throws Exception {
    Stage stage = new Stage(directory);
    Scenario scenario = new Scenario(stage);
    row.wrong.on(stage, scenario);
    if (row != Row.STATE) {
      scenario.start().round().start();
    }
    row.well.on(stage, scenario);
    assertThat(story(stage.notices)).isEqualTo(row.expected);
  }

  /** The events of each thing, in the order in which the things began. */
  private static String story(List<Notice> notices) {
    StringBuilder story = new StringBuilder();
    String last = "";
    for (Notice notice : notices) {
      String event = notice.fields().getOrDefault("event", "");
      String thing = thing(notice);
      if (event.isEmpty()) {
        continue;
      }
      story.append(thing.equals(last) ? " " : (last.isEmpty() ? "" : ", ") + thing + ": ");
      story.append(event);
      last = thing;
    }
    return story.toString();
  }

  private static String thing(Notice notice) {
    return notice.fields().getOrDefault("problem", notice.fields().getOrDefault("watch", ""));
  }
}
