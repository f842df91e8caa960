package io.relais.failover.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.relais.common.StateLock;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** What a person orders, with and without a daemon. */
final class ManualCommandTest extends SceneTestCase {
  private static final String AT_PRODUCTION = "www.example.org 3600 A " + Scene.PRODUCTION;
  private static final String AT_BACKUP = "www.example.org 60 A " + Scene.BACKUP;

  @Test
  void asksForTheSitesName() {
    Scene.Said wrong = scene.answering("yes\n", "switch");
    assertThat(wrong.code()).isEqualTo(Exit.USAGE.code());
    assertThat(wrong.err())
        .contains("This points www.example.org at the backup.", "nothing was done");
    Scene.Said nobody = scene.run("switch");
    assertThat(nobody.code()).isEqualTo(Exit.USAGE.code());
    assertThat(nobody.err()).contains("add --yes");
    assertThat(scene.ovh.changes()).isEmpty();

    Scene.Said meant = scene.answering("WWW.example.org\n", "switch");
    assertThat(meant.code()).as(meant.all()).isZero();
    assertThat(meant.out()).startsWith("done; on-backup");
    assertThat(scene.records()).contains(AT_BACKUP);
  }

  @Test
  void failbackWaitsForProductionUnlessForced() throws IOException {
    assertThat(scene.run("switch", "--yes").code()).isZero();
    scene.productionAnswers(500);

    Scene.Said refused = scene.run("failback", "--yes");
    assertThat(refused.code()).isEqualTo(Exit.SWITCHED.code());
    assertThat(refused.out()).startsWith("not done; on-backup: ").contains("--force");
    assertThat(scene.records()).contains(AT_BACKUP);

    Scene.Said forced = scene.run("failback", "--yes", "--force", "--json");
    assertThat(forced.code()).as(forced.all()).isZero();
    JsonNode json = new ObjectMapper().readTree(forced.out());
    assertThat(json.path("order").asText()).isEqualTo("force-fail-back");
    assertThat(json.path("done").asBoolean()).isTrue();
    assertThat(scene.records()).contains(AT_PRODUCTION);
  }

  @Test
  void aSwitchByHandWaitsUntilTheAddressCounts() throws IOException {
    scene.edit("stable_rounds = 1", "stable_rounds = 2");

    Scene.Said said = scene.run("switch", "--yes");

    assertThat(said.code()).as(said.all()).isZero();
    assertThat(scene.records()).contains(AT_BACKUP);
  }

  @Test
  void anOrderThatNeedsNothingSaysSo() {
    Scene.Said said = scene.run("failback", "--yes");

    assertThat(said.out())
        .isEqualTo(
            "nothing to do; up: as far as is known the records point at production already\n");
    assertThat(said.code()).isZero();
    assertThat(scene.run("resume").out()).isEqualTo("nothing to do; up: nothing is halted\n");
    assertThat(scene.run("resume", "--dry-run").out())
        .isEqualTo("would do nothing: nothing is halted\n");
    assertThat(scene.ovh.changes()).isEmpty();
  }

  @Test
  void aResumeInAnOutageTellsThatItSwitches() throws IOException {
    assertThat(scene.run("check").code()).isZero();
    scene.zone.remove(scene.zone.stored().getFirst().id());
    scene.zone.deployNow();
    scene.productionAnswers(500);
    Scene.Said halted = scene.run("check");
    assertThat(halted.code()).as(halted.all()).isEqualTo(Exit.HALTED.code());
    assertThat(halted.out()).doesNotContain("500");
    assertThat(scene.run("doctor").out())
        .contains("FAILED   state: halted: ", "resume", "FAILED   where the records point");
    scene.zone.add("www", "A", Scene.PRODUCTION, 3600L);
    scene.zone.deployNow();

    Scene.Said dry = scene.run("resume", "--dry-run");
    Scene.Said said = scene.run("resume");

    assertThat(said.code()).as(dry.all() + said.all()).isIn(0, Exit.DOWN.code());
    assertThat(dry.out()).startsWith("would ");
    assertThat(said.out()).contains("an operator");
  }

  @Test
  void anOperatorsActIsToldFromTheWatchersOwn() {
    scene.run("switch", "--yes");
    scene.run("failback", "--yes");

    assertThat(scene.run("history").out().lines())
        .hasSize(4)
        .allMatch(line -> line.contains("perator asked"));
  }

  @Test
  void theDaemonTakesTheOrderAndAnswers() {
    try (RunningDaemon daemon = RunningDaemon.start(scene)) {
      Scene.Said there = scene.run("switch", "--yes");
      assertThat(there.code()).as(there.all() + daemon.said()).isZero();
      assertThat(there.out()).startsWith("done; on-backup");
      assertThat(scene.records()).contains(AT_BACKUP);

      Scene.Said again = scene.run("switch", "--yes");
      assertThat(again.out()).contains("the records point at the backup already");

      Scene.Said back = scene.run("failback", "--yes");
      assertThat(back.code()).as(back.all() + daemon.said()).isZero();
      assertThat(scene.records()).contains(AT_PRODUCTION);
      assertThat(scene.run("check").code()).isEqualTo(Exit.BUSY.code());
      assertThat(scene.run("run").code()).isEqualTo(Exit.BUSY.code());
      assertThat(daemon.end()).isZero();
    }
  }

  @Test
  void theDaemonsRefusalIsHeard() {
    try (RunningDaemon daemon = RunningDaemon.start(scene)) {
      scene.run("switch", "--yes");
      scene.productionAnswers(500);

      Scene.Said refused = scene.run("failback", "--yes");

      assertThat(refused.code()).as(daemon.said()).isEqualTo(Exit.SWITCHED.code());
      assertThat(refused.out()).startsWith("not done; ").contains("--force");
    }
  }

  @Test
  void aRunThatEndsLeavesTheCommandToWhoeverGaveIt() throws Exception {
    Files.createDirectories(scene.state());
    StateLock lock = StateLock.tryTake(scene.state()).orElseThrow();
    Thread run =
        Thread.ofPlatform()
            .start(
                () -> {
                  LockSupport.parkNanos(1_500_000_000);
                  assertThatCode(lock::close).doesNotThrowAnyException();
                });

    Scene.Said said = scene.run("switch", "--yes");

    run.join();
    assertThat(said.code()).as(said.all()).isZero();
    assertThat(scene.records()).contains(AT_BACKUP);
  }
}
