package io.relais.failover.engine;

import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;
import static io.relais.failover.dns.RecordType.AAAA;
import static io.relais.failover.engine.Stage.BACKUP;
import static io.relais.failover.engine.Stage.NEW_BACKUP;
import static io.relais.failover.engine.Stage.OWN;
import static io.relais.failover.engine.Stage.PRODUCTION;
import static io.relais.failover.engine.Stage.SITE;
import static io.relais.failover.engine.Stage.STRANGER;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.io.Resources;
import com.google.common.net.InetAddresses;
import com.google.errorprone.annotations.Immutable;
import io.relais.failover.config.Quantifier;
import io.relais.failover.config.VantageConfig;
import io.relais.failover.config.WatchConfig;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.probe.ProbeResult.Status;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What people read, word for word, as {@code notices.txt} has it. */
final class NoticeTextsTest {
  /** They are in this host's time zone. */
  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:Z|[+-]\\d\\d:\\d\\d)");

  @TempDir private Path directory;

  /** What happens. */
  enum Story {
    SWITCHED_AND_BACK(
        (stage, scenario) -> {
          stage.notifySuspect = true;
          switchAndFailBack(scenario.calm());
          scenario.until(Phase.UP);
        }),
    SWITCHED_BY_HAND((_, scenario) -> scenario.calm().command(Command.SWITCH)),
    BOTH_DOWN((_, scenario) -> scenario.calm().outage().down(OWN).rounds(12)),
    DOWN_AND_UP_AGAIN(
        (_, scenario) -> scenario.calm().outage().down(OWN).rounds(12).recovery().rounds(3)),
    DOWN_FOR_ANOTHER_REASON(
        (stage, scenario) -> {
          stage.vantages = ImmutableList.of(vantage());
          stage.web.page(VANTAGE, 200, "");
          scenario.calm().outage().rounds(12);
          stage.web.page(VANTAGE, 503, "");
          scenario.down(OWN).rounds(6).down(OWN, Status.REFUSED).rounds(6).recovery().rounds(3);
        }),
    SWITCHED_AT_LAST(
        (_, scenario) ->
            scenario.calm().outage().down(OWN).rounds(12).up(OWN).until(Phase.ON_BACKUP)),
    PRODUCTION_FAILS_AGAIN_WHILE_ON_THE_BACKUP(
        (stage, scenario) -> {
          scenario.calm().outage().until(Phase.ON_BACKUP).recovery().until(Phase.RECOVERING);
          stage.notices.clear();
          scenario.outage().lasting(Duration.ofMinutes(6));
        }),
    DOES_NOT_ANSWER_AND_ANSWERS_AGAIN(
        (stage, scenario) -> {
          stage.notifySuspect = true;
          scenario.calm().outage().rounds(2).recovery().rounds(3);
        }),
    HALTED_AND_RESUMED(
        (stage, scenario) -> {
          scenario.calm();
          stage.zone.put(set(SITE, A, 60, STRANGER));
          scenario.until(Phase.HALTED);
          stage.notices.clear();
          stage.zone.put(set(SITE, A, 60, Stage.PRODUCTION));
          scenario.command(Command.RESUME);
        }),
    THE_PROVIDER_FAILS(
        (_, scenario) -> scenario.calm().providerFails(Call.WRITE, noAnswer()).outage().rounds(30)),
    THE_PROVIDER_FAILS_A_SWITCH_BY_HAND(
        (_, scenario) ->
            scenario
                .calm()
                .providerFails(Call.WRITE, noAnswer())
                .command(Command.SWITCH)
                .rounds(30)),
    THE_KEY_MAY_NOT_PUBLISH(
        (_, scenario) ->
            scenario
                .calm()
                .providerFails(Call.PUBLISH, notGranted("POST"))
                .outage()
                .until(Phase.HALTED)),
    A_SWITCH_BY_HAND_IS_REFUSED(
        (_, scenario) ->
            scenario.calm().providerFails(Call.READ, notGranted("GET")).command(Command.SWITCH)),
    SOMEBODY_ELSE_CHANGED_A_RECORD(
        (stage, scenario) -> {
          scenario.calm();
          stage.zone.put(set(SITE, A, 60, STRANGER));
          scenario.until(Phase.HALTED);
        }),
    SOMEBODY_ELSE_CHANGED_IT_JUST_BEFORE_THE_SWITCH(
        (stage, scenario) -> {
          scenario.calm();
          stage.zone.edit(set(SITE, A, 60, STRANGER));
          scenario.outage().until(Phase.HALTED);
        }),
    PRODUCTION_DOES_NOT_LIST_A_RECORD(
        (stage, scenario) -> {
          stage.zone.put(set(SITE, AAAA, 3600, "2001:db8::10"));
          scenario.start().until(Phase.HALTED);
        }),
    A_NAME_HAS_NO_RECORD(
        (stage, scenario) -> {
          stage.zone.put(set(SITE, A, 60));
          scenario.start().until(Phase.HALTED);
        }),
    TOO_MANY_SWITCHES(
        (stage, scenario) -> {
          scenario.calm();
          for (int time = 1; time <= 4; time++) {
            switchAndFailBack(scenario);
          }
          stage.notices.clear();
          scenario.outage().until(Phase.HALTED);
        }),
    OUR_OWN_LINE_IS_DOWN(
        (_, scenario) ->
            scenario
                .calm()
                .outage()
                .down("canary 1", "canary 2")
                .lasting(Duration.ofMinutes(12))
                .recovery()
                .up("canary 1", "canary 2")
                .lasting(Duration.ofMinutes(3))),
    OUR_OWN_LINE_WAS_DOWN_FOR_SHORT(
        (_, scenario) ->
            scenario
                .calm()
                .outage()
                .down("canary 1", "canary 2")
                .lasting(Duration.ofSeconds(75))
                .recovery()
                .up("canary 1", "canary 2")
                .lasting(Duration.ofMinutes(3))),
    OUR_OWN_LINE_CAME_AND_WENT(
        (_, scenario) -> {
          scenario.calm();
          for (int time = 0; time < 3; time++) {
            scenario.outage().down("canary 1", "canary 2").lasting(Duration.ofSeconds(30));
            scenario.recovery().up("canary 1", "canary 2").lasting(Duration.ofSeconds(60));
          }
          scenario.lasting(Duration.ofMinutes(3));
        }),
    THE_ADDRESS_CHANGES(
        (stage, scenario) -> {
          scenario.calm().outage().until(Phase.ON_BACKUP);
          stage.notices.clear();
          stage.backupAt(NEW_BACKUP);
          scenario.lasting(Duration.ofMinutes(3));
        }),
    THE_FAIL_BACK_IS_REFUSED(
        (stage, scenario) -> {
          scenario.calm().command(Command.SWITCH);
          stage.notices.clear();
          scenario.providerFails(Call.WRITE, notGranted("PUT")).command(Command.FAIL_BACK);
        }),
    THE_BACKUP_DOES_NOT_SERVE(
        (_, scenario) -> {
          scenario.calm().down(OWN).lasting(Duration.ofMinutes(12));
          scenario.up(OWN).lasting(Duration.ofMinutes(12));
        }),
    THE_BACKUP_IS_SAID_TO_BE_WHERE_PRODUCTION_IS(
        (stage, scenario) -> {
          stage.production = ImmutableSet.of(InetAddresses.forString(BACKUP));
          stage.zone.put(set(SITE, A, 3600, BACKUP));
          scenario.start().lasting(Duration.ofMinutes(12));
        }),
    A_CERTIFICATE_ENDS(
        (stage, scenario) -> {
          stage.prober.ending(PRODUCTION, stage.clock.instant().plus(Duration.ofDays(5)));
          scenario.start().round();
        }),
    A_CERTIFICATE_IS_RENEWED_TOO_LATE(
        (stage, scenario) -> {
          stage.prober.ending(PRODUCTION, stage.clock.instant().plus(Duration.ofMinutes(20)));
          scenario.start().lasting(Duration.ofMinutes(25));
          stage.prober.lasting(PRODUCTION, stage.clock.instant().plus(Duration.ofDays(90)));
          scenario.lasting(Duration.ofMinutes(2));
        }),
    A_WATCHED_THING_IS_DOWN_AND_UP(
        (stage, scenario) -> {
          stage.watches = ImmutableList.of(mail());
          scenario.calm().down("mail:25").rounds(4).up("mail:25").rounds(4);
        }),
    THE_DISK_IS_FULL(
        (stage, scenario) -> {
          scenario.calm();
          Files.createDirectories(stage.directory.resolve("state.json.tmp").resolve("in the way"));
          scenario.outage().rounds(6);
        }),
    THE_DISK_WAS_FULL(
        (stage, scenario) -> {
          scenario.calm();
          Path blocked = stage.directory.resolve("state.json.tmp");
          Files.createDirectories(blocked.resolve("in the way"));
          scenario.outage().rounds(6);
          stage.notices.clear();
          Files.delete(blocked.resolve("in the way"));
          Files.delete(blocked);
          scenario.recovery().lasting(Duration.ofMinutes(2));
        });

    private final Play play;

    Story(Play play) {
      this.play = play;
    }
  }

  @Immutable
  private interface Play {
    void on(Stage stage, Scenario scenario) throws Exception;
  }

  private static void switchAndFailBack(Scenario scenario) throws Exception {
    scenario.outage().until(Phase.ON_BACKUP).recovery().until(Phase.RECOVERING);
    scenario.command(Command.FAIL_BACK);
  }

  private static final String VANTAGE = "https://vps.example/";

  private static VantageConfig vantage() {
    return new VantageConfig.Http("vps", URI.create(VANTAGE), Duration.ofSeconds(2));
  }

  private static DnsProviderException noAnswer() {
    return DnsProviderException.retry("OVH, PUT: no answer in time", null);
  }

  private static DnsProviderException notGranted(String method) {
    return DnsProviderException.refused("OVH, " + method + ": not granted", null);
  }

  private static WatchConfig mail() {
    WatchConfig.Target port = new WatchConfig.Target(Stage.port("mail:25"), Optional.empty());
    return new WatchConfig("mail", 2, 2, Quantifier.ALL, ImmutableList.of(port));
  }

  @ParameterizedTest
  @EnumSource(Story.class)
  void tellsIt(Story story) throws Exception {
    Stage stage = new Stage(directory);
    story.play.on(stage, new Scenario(stage));
    Set<String> known = new HashSet<>();
    String told =
        stage.notices.stream()
            .filter(notice -> known.add(notice.kind() + notice.key())) // As the notifier does.
            .map(
                notice ->
                    "[%s] %s\n%s\n"
                        .formatted(notice.kind().id(), notice.title(), notice.text().indent(4)))
            .collect(Collectors.joining())
            .replace(directory.toString(), "/state");
    told =
        TIME.matcher(told).replaceAll(time -> OffsetDateTime.parse(time.group()).toInstant() + "");
    assertThat(told.strip()).isEqualTo(expected(story));
  }

  private static String expected(Story story) throws Exception {
    String all =
        Resources.toString(Resources.getResource(NoticeTextsTest.class, "notices.txt"), UTF_8);
    String head = "=== " + story + "\n";
    int begin = all.indexOf(head);
    if (begin < 0) {
      return "not in notices.txt";
    }
    int end = all.indexOf("\n=== ", begin);
    return all.substring(begin + head.length(), end < 0 ? all.length() : end).strip();
  }

  @Test
  void everyStoryIsThere() throws Exception {
    for (Story story : Story.values()) {
      assertThat(expected(story)).as(story.toString()).isNotEqualTo("not in notices.txt");
    }
  }
}
