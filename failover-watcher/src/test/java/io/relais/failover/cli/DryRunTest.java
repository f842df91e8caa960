package io.relais.failover.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A dry run changes nothing, tells nobody, and leaves no file. */
final class DryRunTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "check",
        "switch",
        "failback",
        "resume",
        "drill",
        "drill --name drill.example.org",
        "doctor",
        "doctor --notify",
        "notify-test",
        "ovh-login",
        "config check"
      })
  void leavesNothing(String command) throws IOException {
    try (Scene scene = Scene.open(folder)) {
      Scene.Said said = scene.run((command + " --dry-run").split(" "));

      assertThat(said.code()).as(said.all()).isIn(0, Exit.DOWN.code());
      assertThat(said.out()).isNotEmpty();
      assertThat(scene.state()).doesNotExist();
      assertThat(scene.ovh.changes()).isEmpty();
      assertThat(scene.webhook.received()).isEmpty();
    }
  }

  @Test
  void saysWhatASwitchWouldDo() throws IOException {
    try (Scene scene = Scene.open(folder)) {
      assertThat(scene.run("switch", "--dry-run").out())
          .startsWith("would change www.example.org A")
          .contains(Scene.PRODUCTION, Scene.BACKUP);
      JsonNode json = new ObjectMapper().readTree(scene.run("switch", "--dry-run", "--json").out());
      assertThat(json.path("order").asText()).isEqualTo("switch");
      assertThat(json.path("would").asText()).startsWith("change ");
      assertThat(json.path("refused").asBoolean()).isFalse();
    }
  }

  @Test
  void asksProductionBeforeItSaysThatItWouldGoBack() throws IOException {
    try (Scene scene = Scene.open(folder)) {
      assertThat(scene.run("failback", "--dry-run").out())
          .startsWith("would do nothing: ")
          .contains("point at production already");
      assertThat(scene.run("switch", "--yes").code()).isZero();
      scene.productionAnswers(500);

      Scene.Said refused = scene.run("failback", "--dry-run");
      assertThat(refused.out()).startsWith("would do nothing: ").contains("--force");
      assertThat(refused.code()).isEqualTo(Exit.SWITCHED.code());
      assertThat(scene.run("failback", "--dry-run", "--force").out())
          .startsWith("would change www.example.org A");

      scene.productionAnswers(200);
      Scene.Said said = scene.run("failback", "--dry-run");
      assertThat(said.out()).startsWith("would change www.example.org A");
      assertThat(said.err()).isEmpty();
      assertThat(said.code()).isZero();
      assertThat(scene.records()).contains("www.example.org 60 A " + Scene.BACKUP);
    }
  }

  @Test
  void aDryCheckSaysThatItWouldHalt() throws IOException {
    try (Scene scene = Scene.open(folder)) {
      assertThat(scene.run("check").code()).isZero();
      scene.zone.remove(scene.zone.stored().getFirst().id());
      scene.zone.deployNow();

      assertThat(scene.run("check", "--dry-run").out()).startsWith("would halt: the records ");
      scene.run("check");
      assertThat(scene.run("check", "--dry-run").out())
          .startsWith("would do nothing: halted: the records ");
    }
  }

  @Test
  void aDryCheckOfAnOutageSaysWhatItWouldDo() throws IOException {
    try (Scene scene = Scene.open(folder)) {
      scene.productionAnswers(500);

      Scene.Said said = scene.run("check", "--dry-run", "--at-most", "6");

      assertThat(said.out()).startsWith("would change www.example.org A");
      assertThat(said.err()).isEmpty();
      assertThat(scene.ovh.changes()).isEmpty();
      assertThat(scene.state()).doesNotExist();
      assertThat(scene.webhook.received()).isEmpty();
    }
  }
}
