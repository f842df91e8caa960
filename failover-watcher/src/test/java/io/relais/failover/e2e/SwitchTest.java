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
  @EnumSource(Stage.Holder.class)
  void oneRunSwitchesAndAnotherFailsBack(Stage.Holder holder) throws Exception {
    try (Stage stage = Stage.open(folder, holder)) {
      // A fail-back asks once, in a JVM that has just begun, within nine tenths of this.
      stage.config(Map.of("watcher.interval", "\"3s\""), "");
      Program well = stage.run("check");
      assertThat(well.await()).as(well.said()).isZero();
      stage.production.answers(500, "Oops");

      Program down = stage.run("check");

      assertThat(down.await()).as(down.said()).isEqualTo(10);
      assertThat(stage.records()).containsExactly(Stage.atBackup());
      stage.production.up();
      Program back = stage.run("failback", "--yes");
      assertThat(back.await()).as(back.said()).isZero();
      assertThat(stage.records()).containsExactly(Stage.atProduction());
    }
  }

  @ParameterizedTest
  @EnumSource(Stage.Holder.class)
  void theDaemonSwitchesAndTells(Stage.Holder holder) throws Exception {
    try (Stage stage = Stage.open(folder, holder)) {
      stage.config();
      try (Program daemon = stage.start("run")) {
        await().until(() -> stage.production.asked() > 3);
        stage.production.hangs();
        await()
            .atMost(Duration.ofSeconds(60))
            .untilAsserted(() -> assertThat(stage.records()).containsExactly(Stage.atBackup()));
        await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () ->
                    assertThat(stage.told())
                        .as(daemon.said())
                        .anyMatch(told -> told.contains("\"switched\"")));
        daemon.terminate();
        assertThat(daemon.await()).as(daemon.said()).isZero();
      }
    }
  }
}
