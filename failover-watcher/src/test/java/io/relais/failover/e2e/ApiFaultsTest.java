package io.relais.failover.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.testbed.provider.OvhFault;
import io.relais.testbed.provider.OvhReply;
import io.relais.testbed.provider.OvhRequest;
import io.relais.testbed.provider.OvhSimulator;
import io.relais.testbed.provider.OvhSimulatorZone;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever OVH's API does wrong in a switch: once it is over the zone is at the backup and
 * verified, or a person is told what to do; and nothing is ever left stored that is not served.
 */
@Tag("real")
@Execution(ExecutionMode.CONCURRENT)
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class ApiFaultsTest {
  private static final Map<String, String> QUICK =
      Map.of(
          "watcher.interval", "\"3s\"",
          "decision.failures", "1",
          "decision.successes", "1",
          "backup.stable_rounds", "1",
          "dns.ovh.timeout", "\"2s\"");

  /** Where a fault hits. */
  enum Call {
    READING,
    WRITING,
    PUBLISHING;

    private Predicate<OvhRequest> which() {
      return switch (this) {
        case READING ->
            request -> request.method().equals("GET") && request.path().startsWith("/domain/");
        case WRITING -> request -> request.method().equals("PUT");
        case PUBLISHING -> request -> request.path().endsWith("/refresh");
      };
    }
  }

  /** A fault that a person has to mend, at a call. */
  record Refusal(ApiFault fault, Call call) {}

  /** Something else that may go wrong. */
  enum Scene {
    CLOCK_IS_WRONG_FROM_THE_START {
      @Override
      void play(FailoverBed bed, Order order) throws IOException {
        bed.ovh.orElseThrow().setAhead(Duration.ofHours(1));
        switches(bed, order);
      }
    },
    CLOCK_JUMPS_ON_THE_WAY {
      @Override
      void play(FailoverBed bed, Order order) throws IOException {
        OvhSimulator ovh = bed.ovh.orElseThrow();
        ovh.inject(
            1,
            Call.WRITING.which(),
            new OvhFault.Run(() -> ovh.setAhead(Duration.ofHours(-3)), () -> {}));
        switches(bed, order);
      }
    },
    RECORD_IS_REPLACED_ON_THE_WAY {
      @Override
      void play(FailoverBed bed, Order order) throws IOException {
        bed.ovh
            .orElseThrow()
            .inject(
                1,
                Call.WRITING.which(),
                new OvhFault.Run(() -> replace(bed, FailoverBed.PRODUCTION), () -> {}));
        switches(bed, order);
      }
    },
    ID_IS_STALE {
      @Override
      void play(FailoverBed bed, Order order) throws IOException {
        bed.config(QUICK, "[dns.ovh.ids]\n\"www.example.org A\" = 12345\n");
        Program down = bed.run("check");
        assertThat(down.await()).as(down.said()).isEqualTo(10);
        assertThat(down.err()).contains("id 12345 is not a record of");
        order.requireAt(FailoverBed.atBackup(), down.said());
      }
    },
    PERSON_EDITS_ON_THE_WAY {
      @Override
      void play(FailoverBed bed, Order order) throws IOException {
        OvhSimulator ovh = bed.ovh.orElseThrow();
        // The second time that it is listed, the intent is in the journal already.
        ovh.inject(
            2,
            request ->
                Call.READING.which().test(request) && "A".equals(request.query().get("fieldType")),
            new OvhFault.Run(() -> replace(bed, "198.51.100.99"), () -> {}));

        Program down = bed.run("check");

        assertThat(down.await()).as(down.said()).isEqualTo(6);
        assertThat(down.said()).contains("198.51.100.99", "somebody else");
        assertThat(ovh.changes()).as(down.said()).isEmpty();
        assertThat(bed.records()).containsExactly(FailoverBed.NAME + " 3600 A 198.51.100.99");
        order.requireTidyZone(down.said());
      }
    },
    PRODUCTION_COMES_BACK_WHILE_NOTHING_IS_PUBLISHED {
      @Override
      void play(FailoverBed bed, Order order) throws IOException {
        OvhSimulator ovh = bed.ovh.orElseThrow();
        ovh.injectAlways(
            Call.PUBLISHING.which(), new OvhFault.Answer(OvhReply.of(503, "<html>busy</html>")));
        Program down = bed.run("check", "--at-most", "5");
        assertThat(down.await()).as(down.said()).isEqualTo(11);
        bed.production.up();
        ovh.clearFaults();

        Program up = bed.run("check");

        assertThat(up.await()).as(up.said()).isZero();
        order.requireAt(FailoverBed.atProduction(), down.said() + up.said());
      }
    },
    WRITE_ARRIVES_AFTER_PRODUCTION_CAME_BACK {
      @Override
      void play(FailoverBed bed, Order order) throws IOException {
        OvhSimulator ovh = bed.ovh.orElseThrow();
        CountDownLatch late = new CountDownLatch(1);
        ovh.inject(1, Call.WRITING.which(), new OvhFault.ApplyLate(late));
        Program down = bed.run("check", "--at-most", "1");
        assertThat(down.await()).as(down.said()).isEqualTo(11);
        bed.production.up();
        // It arrives while the change is being taken back: after the records were read for it.
        ovh.inject(
            1,
            Call.PUBLISHING.which(),
            new OvhFault.Run(
                () -> {
                  late.countDown();
                  ovh.awaitLate();
                },
                () -> {}));

        Program up = bed.run("check");

        assertThat(up.await()).as(up.said()).isZero();
        order.requireAt(FailoverBed.atProduction(), down.said() + up.said());
      }
    };

    abstract void play(FailoverBed bed, Order order) throws IOException;

    private static void switches(FailoverBed bed, Order order) throws IOException {
      Program down = bed.run("check");
      assertThat(down.await()).as(down.said()).isEqualTo(10);
      order.requireAt(FailoverBed.atBackup(), down.said());
    }

    /** A person deletes the record, makes another, and publishes that. */
    private static void replace(FailoverBed bed, String target) {
      OvhSimulatorZone zone = bed.zone();
      zone.stored().stream()
          .filter(entry -> "www".equals(entry.subDomain()))
          .forEach(entry -> zone.remove(entry.id()));
      zone.add("www", "A", target, 3600L);
      zone.deployNow();
    }
  }

  private static Trials<Object> trials;

  @BeforeAll
  static void begin(@TempDir Path folder) {
    List<Object> all =
        Stream.of(passing(), refusals(), Stream.of(Scene.values()))
            .flatMap(keys -> keys.map(Object.class::cast))
            .toList();
    trials = new Trials<>(all, key -> run(Files.createTempDirectory(folder, "trial"), key));
  }

  private static Stream<ApiFault> passing() {
    return Stream.of(ApiFault.values()).filter(ApiFault::passes);
  }

  private static Stream<Refusal> refusals() {
    return Stream.of(ApiFault.values())
        .filter(fault -> !fault.passes())
        .flatMap(
            fault ->
                Stream.of(Call.values())
                    .filter(call -> call != Call.READING || fault == ApiFault.NO_SUCH_ZONE)
                    .filter(call -> call != Call.WRITING || fault != ApiFault.NO_SUCH_ZONE)
                    .map(call -> new Refusal(fault, call)));
  }

  private static void run(Path folder, Object key) throws IOException {
    try (FailoverBed bed = FailoverBed.open(folder, FailoverBed.Holder.OVH)) {
      Order order = new Order(bed);
      bed.config(QUICK, "");
      bed.production.answers(500, "Oops");
      switch (key) {
        case ApiFault fault -> passes(bed, order, fault);
        case Refusal refusal -> isTold(bed, order, refusal);
        case Scene scene -> scene.play(bed, order);
        default -> throw new AssertionError(key);
      }
      order.requireNoSecretTold();
    }
  }

  @AfterAll
  static void end() {
    trials.close();
  }

  @ParameterizedTest
  @MethodSource("passing")
  void switchesOnceAFaultHasPassed(ApiFault fault) throws Throwable {
    trials.require(fault);
  }

  /** Each kind of call suffers it once. */
  private static void passes(FailoverBed bed, Order order, ApiFault fault) throws IOException {
    OvhSimulator ovh = bed.ovh.orElseThrow();
    CountDownLatch late = new CountDownLatch(1);
    for (Call call : List.of(Call.WRITING, Call.PUBLISHING)) {
      ovh.inject(1, call.which(), fault.fault(late));
    }

    Program down = bed.run("check");

    assertThat(down.await()).as(down.said()).isEqualTo(10);
    assertThat(ovh.requests().stream().filter(Call.PUBLISHING.which()))
        .as(down.said())
        .hasSizeGreaterThan(1);
    late.countDown();
    ovh.awaitLate();
    order.requireAt(FailoverBed.atBackup(), down.said());
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void saysWhatToDoWhereARetryCannotHelp(Refusal refusal) throws Throwable {
    trials.require(refusal);
  }

  private static void isTold(FailoverBed bed, Order order, Refusal refusal) throws IOException {
    OvhSimulator ovh = bed.ovh.orElseThrow();
    ovh.injectAlways(refusal.call().which(), refusal.fault().fault(new CountDownLatch(0)));

    Program down = bed.run("check");

    assertThat(down.await()).as(down.said()).isEqualTo(6);
    assertThat(down.said()).contains(refusal.fault().advice);
    assertThat(bed.told()).as(down.said()).anyMatch(told -> told.contains(refusal.fault().advice));
    assertThat(bed.records()).as(down.said()).containsExactly(FailoverBed.atProduction());
    order.requireTidyZone(down.said());
    ovh.clearFaults();
    Program mended = bed.run("resume");
    assertThat(mended.await()).as(mended.said()).isZero();
    order.requireAt(FailoverBed.atBackup(), down.said() + mended.said());
  }

  @ParameterizedTest
  @EnumSource(Scene.class)
  void endsInARightZone(Scene scene) throws Throwable {
    trials.require(scene);
  }
}
