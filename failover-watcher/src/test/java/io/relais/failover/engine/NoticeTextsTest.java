package io.relais.failover.engine;

import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;
import static io.relais.failover.dns.RecordType.AAAA;
import static io.relais.failover.engine.Stage.BACKUP;
import static io.relais.failover.engine.Stage.CANARIES;
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
import io.relais.failover.config.Quantifier;
import io.relais.failover.config.WatchConfig;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.dns.InMemoryZone.Interceptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What people read, word for word, as {@code notices.txt} has it. */
final class NoticeTextsTest {
  @TempDir private Path directory;

  /** What happens. */
  enum Story {
    SWITCHED_AND_BACK {
      @Override
      void play(Stage stage) throws Exception {
        stage.notifySuspect = true;
        Stage.Run run = started(stage);
        stage.prober.down(PRODUCTION);
        run.until(Phase.ON_BACKUP);
        stage.prober.up(PRODUCTION);
        run.until(Phase.RECOVERING);
        run.round(Command.FAIL_BACK);
        run.until(Phase.UP);
      }
    },
    SWITCHED_BY_HAND {
      @Override
      void play(Stage stage) throws Exception {
        started(stage).round(Command.SWITCH);
      }
    },
    BOTH_DOWN {
      @Override
      void play(Stage stage) throws Exception {
        Stage.Run run = started(stage);
        stage.prober.down(PRODUCTION);
        stage.prober.down(OWN);
        run.rounds(12);
      }
    },
    THE_PROVIDER_FAILS {
      @Override
      void play(Stage stage) throws Exception {
        Stage.Run run = started(stage);
        fails(stage, Call.WRITE, DnsProviderException.retry("OVH, PUT: no answer in time", null));
        stage.prober.down(PRODUCTION);
        run.rounds(30);
      }
    },
    THE_PROVIDER_FAILS_A_SWITCH_BY_HAND {
      @Override
      void play(Stage stage) throws Exception {
        Stage.Run run = started(stage);
        fails(stage, Call.WRITE, DnsProviderException.retry("OVH, PUT: no answer in time", null));
        run.round(Command.SWITCH);
        run.rounds(30);
      }
    },
    THE_KEY_MAY_NOT_PUBLISH {
      @Override
      void play(Stage stage) throws Exception {
        Stage.Run run = started(stage);
        fails(stage, Call.PUBLISH, DnsProviderException.refused("OVH, POST: not granted", null));
        stage.prober.down(PRODUCTION);
        run.until(Phase.HALTED);
      }
    },
    A_SWITCH_BY_HAND_IS_REFUSED {
      @Override
      void play(Stage stage) throws Exception {
        Stage.Run run = started(stage);
        fails(stage, Call.READ, DnsProviderException.refused("OVH, GET: not granted", null));
        run.round(Command.SWITCH);
      }
    },
    SOMEBODY_ELSE_CHANGED_A_RECORD {
      @Override
      void play(Stage stage) throws Exception {
        Stage.Run run = started(stage);
        stage.zone.put(set(SITE, A, 60, STRANGER));
        run.until(Phase.HALTED);
      }
    },
    SOMEBODY_ELSE_CHANGED_IT_JUST_BEFORE_THE_SWITCH {
      @Override
      void play(Stage stage) throws Exception {
        Stage.Run run = started(stage);
        stage.zone.edit(set(SITE, A, 60, STRANGER));
        stage.prober.down(PRODUCTION);
        run.until(Phase.HALTED);
      }
    },
    PRODUCTION_DOES_NOT_LIST_A_RECORD {
      @Override
      void play(Stage stage) throws Exception {
        stage.zone.put(set(SITE, AAAA, 3600, "2001:db8::10"));
        stage.start().until(Phase.HALTED);
      }
    },
    A_NAME_HAS_NO_RECORD {
      @Override
      void play(Stage stage) throws Exception {
        stage.zone.put(set(SITE, A, 60));
        stage.start().until(Phase.HALTED);
      }
    },
    TOO_MANY_SWITCHES {
      @Override
      void play(Stage stage) throws Exception {
        Stage.Run run = started(stage);
        for (int time = 1; time <= 4; time++) {
          stage.prober.down(PRODUCTION);
          run.until(Phase.ON_BACKUP);
          stage.prober.up(PRODUCTION);
          run.until(Phase.RECOVERING);
          run.round(Command.FAIL_BACK);
        }
        stage.notices.clear();
        stage.prober.down(PRODUCTION);
        run.until(Phase.HALTED);
      }
    },
    OUR_OWN_LINE_IS_DOWN {
      @Override
      void play(Stage stage) throws Exception {
        Stage.Run run = started(stage);
        stage.prober.down(PRODUCTION);
        CANARIES.forEach(stage.prober::down);
        run.lasting(Duration.ofMinutes(12));
      }
    },
    THE_ADDRESS_CHANGES {
      @Override
      void play(Stage stage) throws Exception {
        Stage.Run run = started(stage);
        stage.prober.down(PRODUCTION);
        run.until(Phase.ON_BACKUP);
        stage.notices.clear();
        stage.backupAt(NEW_BACKUP);
        run.lasting(Duration.ofMinutes(3));
      }
    },
    THE_FAIL_BACK_IS_REFUSED {
      @Override
      void play(Stage stage) throws Exception {
        Stage.Run run = started(stage);
        run.round(Command.SWITCH);
        stage.notices.clear();
        fails(stage, Call.WRITE, DnsProviderException.refused("OVH, PUT: not granted", null));
        run.round(Command.FAIL_BACK);
      }
    },
    THE_BACKUP_DOES_NOT_SERVE {
      @Override
      void play(Stage stage) throws Exception {
        Stage.Run run = started(stage);
        stage.prober.down(OWN);
        run.lasting(Duration.ofMinutes(12));
        stage.prober.up(OWN);
        run.lasting(Duration.ofMinutes(12));
      }
    },
    THE_BACKUP_IS_SAID_TO_BE_WHERE_PRODUCTION_IS {
      @Override
      void play(Stage stage) throws Exception {
        stage.production = ImmutableSet.of(InetAddresses.forString(BACKUP));
        stage.zone.put(set(SITE, A, 3600, BACKUP));
        stage.start().lasting(Duration.ofMinutes(12));
      }
    },
    A_CERTIFICATE_ENDS {
      @Override
      void play(Stage stage) throws Exception {
        stage.prober.ending(PRODUCTION, stage.clock.instant().plus(Duration.ofDays(5)));
        stage.start().round();
      }
    },
    A_WATCHED_THING_IS_DOWN_AND_UP {
      @Override
      void play(Stage stage) throws Exception {
        stage.watches =
            ImmutableList.of(
                new WatchConfig(
                    "mail",
                    2,
                    2,
                    Quantifier.ALL,
                    ImmutableList.of(
                        new WatchConfig.Target(Stage.port("mail:25"), Optional.empty()))));
        Stage.Run run = started(stage);
        stage.prober.down("mail:25");
        run.rounds(4);
        stage.prober.up("mail:25");
        run.rounds(4);
      }
    },
    THE_DISK_IS_FULL {
      @Override
      void play(Stage stage) throws Exception {
        Stage.Run run = started(stage);
        Files.createDirectories(stage.directory.resolve("state.json.tmp").resolve("in the way"));
        stage.prober.down(PRODUCTION);
        run.rounds(6);
      }
    };

    abstract void play(Stage stage) throws Exception;

    static Stage.Run started(Stage stage) throws Exception {
      Stage.Run run = stage.start();
      run.rounds(3);
      return run;
    }

    static void fails(Stage stage, Call which, DnsProviderException failure) {
      stage.zone.intercept(
          new Interceptor() {
            @Override
            public void before(Call call) throws DnsProviderException {
              if (call == which) {
                throw failure;
              }
            }
          });
    }
  }

  @ParameterizedTest
  @EnumSource(Story.class)
  void tellsIt(Story story) throws Exception {
    Stage stage = new Stage(directory);
    story.play(stage);
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
