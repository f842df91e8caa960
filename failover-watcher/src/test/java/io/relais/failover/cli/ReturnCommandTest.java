package io.relais.failover.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.common.promotion.PromotionFile;
import io.relais.common.promotion.ReturnRecord;
import io.relais.common.promotion.ReturnRecordFile;
import io.relais.common.promotion.SessionGate;
import io.relais.testbed.provider.OvhFault;
import io.relais.testbed.provider.OvhReply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From the switch to the return, with a copy beside which both programs leave their records. */
final class ReturnCommandTest extends SceneTestCase {
  @SuppressWarnings("NullAway.Init")
  private Path copies;

  @BeforeEach
  void aCopy() throws IOException {
    copies = Files.createDirectories(folder.resolve("copies"));
    Files.createDirectories(copies.resolve("site"));
    scene.more(
        """
        [[heartbeat.mirror]]
        file = "%s"
        name = "site"
        """
            .formatted(copies.resolve(Heartbeat.fileName("site"))));
    beat(Duration.ZERO);
  }

  private void beat(Duration age) throws IOException {
    Instant now = Instant.now();
    Heartbeat heartbeat =
        new Heartbeat(
            "site",
            now.toEpochMilli(),
            now,
            Optional.empty(),
            Optional.of(now.minus(age)),
            0,
            Optional.empty());
    Files.write(copies.resolve(Heartbeat.fileName("site")), HeartbeatFile.toBytes(heartbeat));
  }

  private Path promotion() {
    return copies.resolve(PromotionFile.fileName("site"));
  }

  private void settle() throws IOException {
    Files.write(
        copies.resolve(ReturnRecordFile.fileName("site")),
        ReturnRecordFile.toBytes(
            new ReturnRecord(
                PromotionFile.read(promotion()).id(), Instant.now(), 1, 2, 0, 0, "an operator")));
  }

  @Test
  void aSwitchFencesTheCopyAndAReturnLiftsTheFence() throws IOException {
    Path gate = copies.resolve(SessionGate.directoryName("site"));
    Files.createDirectories(gate);
    Files.createSymbolicLink(gate.resolve("session"), Path.of("../site"));
    assertThat(scene.run("switch", "--yes").code()).isZero();
    assertThat(promotion()).exists();
    assertThat(gate).doesNotExist();

    Scene.Said early = scene.run("failback", "--yes");
    assertThat(early.code()).as(early.all()).isNotZero();
    assertThat(early.out())
        .contains("not settled yet (site): on production, run 'sync-agent pull NAME", "--force");
    assertThat(scene.run("return", "--yes").err())
        .contains("not returned: what was changed at the backup since it went live at");
    assertThat(scene.records()).contains("www.example.org 60 A 93.184.215.20");

    settle();
    Scene.Said returned = scene.run("return", "--yes");
    assertThat(returned.code()).as(returned.all()).isZero();
    assertThat(returned.out())
        .contains("site: live since ", "settled at ", "by an operator (new: 1, edited: 2,");
    assertThat(scene.records()).contains("www.example.org 3600 A 127.0.0.2");
    assertThat(promotion()).doesNotExist();
    assertThat(scene.run("return", "--yes").out()).contains("nothing to do");
  }

  /** What was changed at the backup is given up by the operator's own word. */
  @Test
  void aForcedFailBackLiftsTheFence() throws IOException {
    scene.run("switch", "--yes");
    Scene.Said back = scene.run("failback", "--force", "--yes");

    assertThat(back.code()).as(back.all()).isZero();
    assertThat(promotion()).doesNotExist();
  }

  /** Killed between the records and the fence. */
  @Test
  void aReturnThatWasCutOffGoesOn() throws IOException {
    scene.run("switch", "--yes");
    settle();
    byte[] record = Files.readAllBytes(promotion());
    scene.run("return", "--yes");
    Files.write(promotion(), record);

    assertThat(scene.run("return", "--yes").out()).contains("no copy is fenced any more");
    assertThat(promotion()).doesNotExist();
  }

  @Test
  void aSwitchThatNeverBeganLeavesNoFence() {
    scene.ovh.injectAlways(_ -> true, new OvhFault.Answer(OvhReply.of(503, "busy")));
    Scene.Said said = scene.run("switch", "--yes");

    assertThat(said.code()).as(said.all()).isNotZero();
    assertThat(said.out()).contains("it could not be begun");
    assertThat(promotion()).doesNotExist();
  }

  /** What is wrong with the copy is known in the round that sees it, and so is its end. */
  @Test
  void aCopyThatIsNotAsItShouldBeIsNotReady() throws IOException {
    assertThat(scene.run("ready").code()).isEqualTo(3);
    assertThat(scene.run("check").code()).isZero();
    Scene.Said ready = scene.run("ready");
    assertThat(ready.code()).as(ready.all()).isZero();
    assertThat(ready.out()).startsWith("ready: the backup could take over, as of ");

    beat(Duration.ofHours(1));
    scene.run("check");
    assertThat(scene.webhook.received().getLast().body())
        .contains("something is wrong with the copy at the backup");
    Scene.Said unready = scene.run("ready");
    assertThat(unready.code()).as(unready.all()).isEqualTo(15);
    assertThat(unready.out())
        .startsWith("NOT READY  ")
        .contains("he mirror site may lack what changed in the last 1 h");
    Scene.Said status = scene.run("status", "--no-dns");
    assertThat(status.code()).isEqualTo(15);
    assertThat(status.out()).contains("NOT READY");

    beat(Duration.ZERO);
    scene.run("check");
    assertThat(scene.webhook.received().getLast().body())
        .contains("the copy at the backup is well again");
    assertThat(scene.run("ready").code()).isZero();
  }

  @Test
  void aStaleCopyIsSwitchedToOnlyByForceWhichSaysWhatIsStale() throws IOException {
    beat(Duration.ofHours(1));
    Scene.Said refused = scene.run("switch", "--yes");
    assertThat(refused.code()).as(refused.all()).isNotZero();
    assertThat(refused.out())
        .contains("the mirror site may lack what changed in the last 1 h")
        .contains("'failover-watcher switch --force' moves the records all the same");

    Scene.Said forced = scene.run("switch", "--force", "--yes");
    assertThat(forced.code()).as(forced.all()).isZero();
    assertThat(forced.err())
        .contains("read the heartbeats: the mirror site may lack what changed in the last 1 h");
    assertThat(scene.records()).contains("www.example.org 60 A 93.184.215.20");
    assertThat(promotion()).exists();
  }
}
