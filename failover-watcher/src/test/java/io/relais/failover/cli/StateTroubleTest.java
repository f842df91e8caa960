package io.relais.failover.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.testbed.dns.FakeNameServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A state directory that can't be used, or that holds what can't be: what people hear of it. */
final class StateTroubleTest extends SceneTestCase {
  /** What takes the place of a draft keeps a file from being written, as a full disk does. */
  private void block(String name) throws IOException {
    Files.createDirectories(scene.state().resolve(name + ".tmp").resolve("in the way"));
  }

  private void unblock(String name) throws IOException {
    Files.delete(scene.state().resolve(name + ".tmp").resolve("in the way"));
    Files.delete(scene.state().resolve(name + ".tmp"));
  }

  @Test
  void aStateThatCanNotBeWrittenIsToldOnceAndIsNoSuccess() throws IOException {
    assertThat(scene.run("check").code()).isZero();
    block("state.json");
    block("status.json");
    block("notices/told.json");

    Scene.Said said = scene.run("check");
    Scene.Said again = scene.run("check");

    assertThat(again.all()).as("cron mails it every minute otherwise").isEmpty();
    assertThat(again.code()).isEqualTo(Exit.STATE.code());
    assertThat(said.code()).as(said.all()).isEqualTo(Exit.STATE.code());
    assertThat(said.out()).contains("the state can't be written");
    assertThat(said.all()).doesNotContain("Exception");
    assertThat(scene.webhook.received()).hasSize(1);
    Scene.Said status = scene.run("status");
    assertThat(status.code()).isEqualTo(Exit.STATE.code());
    assertThat(status.err()).contains("the state can't be written");

    unblock("state.json");
    unblock("status.json");
    assertThat(scene.run("check").code()).isZero();
    assertThat(scene.run("status").code()).isZero();
  }

  @Test
  void anOutageIsToldOnceThoughTheStateCanNotBeWritten() throws IOException {
    assertThat(scene.run("check").code()).isZero();
    block("state.json");
    block("status.json");
    block("notices/told.json");
    Files.deleteIfExists(scene.state().resolve("history.jsonl"));
    Files.createDirectory(scene.state().resolve("history.jsonl"));
    assertThat(scene.run("check").code()).isEqualTo(Exit.STATE.code());
    scene.productionAnswers(500);

    Scene.Said said = scene.run("check");
    Scene.Said again = scene.run("check");

    assertThat(said.code()).as(said.all()).isEqualTo(Exit.STATE.code());
    assertThat(said.out()).contains("down: ", "the state can't be written");
    assertThat(again.all()).as("cron mails it every minute otherwise").isEmpty();
    assertThat(again.code()).isEqualTo(Exit.STATE.code());
    assertThat(scene.webhook.received()).hasSize(2);
    Scene.Said status = scene.run("status");
    assertThat(status.code()).isEqualTo(Exit.STATE.code());
    assertThat(status.err()).contains("production was found down at ");
    assertThat(status.out()).startsWith("as of ");
  }

  @Test
  void doctorReallyWrites() throws IOException {
    assertThat(scene.run("check").code()).isZero();
    assertThat(scene.run("doctor").code()).isZero();
    assertThat(scene.state().resolve("doctor.trial")).doesNotExist();
    block("doctor.trial");

    Scene.Said said = scene.run("doctor");

    assertThat(said.code()).isEqualTo(Exit.FAILED.code());
    assertThat(said.out()).contains("FAILED   state directory: no file can be written to ");
  }

  @Test
  void doctorFindsADamagedState() throws IOException {
    assertThat(scene.run("check").code()).isZero();
    Files.writeString(scene.state().resolve("state.json"), "{", UTF_8);

    Scene.Said said = scene.run("doctor");

    assertThat(said.code()).isEqualTo(Exit.FAILED.code());
    assertThat(said.out()).contains("FAILED   state: ", "is damaged");
  }

  @Test
  void aFileInTheDirectorysPlaceIsNamed() throws IOException {
    Files.writeString(scene.state(), "in the way");
    for (String command : new String[] {"status", "history", "check", "switch --yes", "resume"}) {
      Scene.Said said = scene.run(command.split(" "));
      assertThat(said.code()).as(command + said.all()).isEqualTo(Exit.STATE.code());
      assertThat(said.err()).as(command).contains(scene.state().toString(), "directory");
      assertThat(said.all()).as(command).doesNotContain("permission denied", "Exception");
    }
    assertThat(scene.run("doctor").out())
        .contains("FAILED   state directory: " + scene.state() + " is not a directory");
  }

  @Test
  void doctorFindsAPlainFileAbove() throws IOException {
    Path file = Files.writeString(folder.resolve("plain"), "");
    scene.edit(scene.state().toString(), file + "/state");

    Scene.Said said = scene.run("doctor");

    assertThat(said.code()).isEqualTo(Exit.FAILED.code());
    assertThat(said.out()).contains("FAILED   state directory: ", file + " is not a directory");
  }

  @Test
  void nobodyKnowsWhereTheRecordsAreWhenNoNameServerAnswers() throws IOException {
    assertThat(scene.run("check").code()).isZero();
    scene.dns.behave(FakeNameServer.silent());

    assertThat(scene.run("status").out()).contains("whether it is, is not known");
    Scene.Said doctor = scene.run("doctor", "--dry-run");
    assertThat(doctor.code()).isEqualTo(Exit.FAILED.code());
    assertThat(doctor.out())
        .contains("a switch could not be verified")
        .doesNotContain("verified at the others");
  }

  @Test
  void aServerThatAnswersWithAnAliasHasAnswered() throws IOException {
    assertThat(scene.run("check").code()).isZero();
    scene.zone.remove(scene.zone.stored().getFirst().id());
    scene.zone.add("www", "CNAME", "drill.example.org.", 300L);
    scene.zone.deployNow();
    String advice =
        "www.example.org is an alias (CNAME of 'drill.example.org'): put its target into [site]"
            + " names, or give it an address instead";

    for (String command : new String[] {"status", "doctor"}) {
      assertThat(scene.run(command).out())
          .contains(advice, "no server of example.org gives an answer that counts")
          .doesNotContain("answers,", "no answer from", "configure that name");
    }
  }

  @Test
  void doctorMissesARecord() throws IOException {
    scene.zone.remove(scene.zone.stored().getFirst().id());
    scene.zone.deployNow();

    Scene.Said said = scene.run("doctor");

    assertThat(said.code()).isEqualTo(Exit.FAILED.code());
    assertThat(said.out()).contains("FAILED   where the records point: ", "make one");
  }
}
