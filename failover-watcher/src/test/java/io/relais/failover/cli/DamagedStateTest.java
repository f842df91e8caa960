package io.relais.failover.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** With what can't be read, nothing is done, and somebody is told. */
final class DamagedStateTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"check, state.json", "run, state.json", "check, journal.json", "run, journal.json"})
  void nothingIsDoneAndSomebodyIsTold(String command, String name) throws IOException {
    try (Scene scene = Scene.open(folder)) {
      assertThat(scene.run("check").code()).isZero();
      Path file = Files.writeString(scene.state().resolve(name), "{\"version\":", UTF_8);
      scene.productionAnswers(500);
      Scene.Said said = scene.run(command);
      assertThat(said.code()).isEqualTo(Exit.STATE.code());
      assertThat(said.err()).contains(file.toString(), "is damaged");
      assertThat(scene.webhook.received()).hasSize(1);
      assertThat(scene.webhook.received().getFirst().body())
          .contains("\"halted\"", "www.example.org is not watched");
      assertThat(scene.records()).noneMatch(line -> line.contains(Scene.BACKUP));
      assertThat(file).hasContent("{\"version\":");
    }
  }

  /** A service manager starts it again and again. */
  @Test
  void itIsToldOnceAndSoIsItsEnd() throws IOException {
    try (Scene scene = Scene.open(folder)) {
      assertThat(scene.run("check").code()).isZero();
      Files.writeString(scene.state().resolve("state.json"), "", UTF_8);
      scene.run("check");
      scene.run("check");
      assertThat(scene.webhook.received()).hasSize(1);
      Files.delete(scene.state().resolve("state.json"));
      assertThat(scene.run("check").code()).isZero();
      assertThat(scene.run("check").code()).isZero();
      assertThat(scene.webhook.received()).as("and its end, once").hasSize(2);
      assertThat(scene.webhook.received().getLast().body())
          .contains("\"halted\"", "the watcher writes its state again");
    }
  }
}
