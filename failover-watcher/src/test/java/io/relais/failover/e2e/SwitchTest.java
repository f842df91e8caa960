package io.relais.failover.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An outage, to the switched records and back, in both ways to run. */
@Tag("real")
@Execution(ExecutionMode.CONCURRENT)
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class SwitchTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(FailoverBed.Holder.class)
  void oneRunSwitchesAndAnotherFailsBack(FailoverBed.Holder holder) throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, holder)) {
      // A fail-back asks once, in a JVM that has just begun, within nine tenths of this.
      bed.config(Map.of("watcher.interval", "\"3s\""), "");
      Program well = bed.run("check");
      assertThat(well.await()).as(well.said()).isZero();
      bed.production.answers(500, "Oops");

      Program down = bed.run("check");

      assertThat(down.await()).as(down.said()).isEqualTo(10);
      assertThat(bed.records()).containsExactly(FailoverBed.atBackup());
      bed.production.up();
      Program back = bed.run("failback", "--yes");
      assertThat(back.await()).as(back.said()).isZero();
      assertThat(bed.records()).containsExactly(FailoverBed.atProduction());
    }
  }

  @ParameterizedTest
  @EnumSource(FailoverBed.Holder.class)
  void theDaemonSwitchesAndTells(FailoverBed.Holder holder) throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, holder)) {
      bed.config();
      try (Program daemon = bed.start("run")) {
        await().until(() -> bed.production.asked() > 3);
        bed.production.hangs();
        await()
            .atMost(Duration.ofSeconds(60))
            .untilAsserted(() -> assertThat(bed.records()).containsExactly(FailoverBed.atBackup()));
        await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () ->
                    assertThat(bed.told())
                        .as(daemon.said())
                        .anyMatch(told -> told.contains("\"switched\"")));
        daemon.terminate();
        assertThat(daemon.await()).as(daemon.said()).isZero();
      }
    }
  }
}
