package io.relais.failover.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.Resources;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.Phase;
import io.relais.failover.decide.SiteHealth;
import io.relais.failover.decide.WatchState;
import io.relais.failover.decide.WatchState.BegunChange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code state.json} as released versions wrote it: read after an update, and written the same. */
final class StateFileFormatTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"state", "state-initial"})
  void readsAndWritesEachAsItIs(String name) throws IOException {
    assertKept(kept(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UP",
        "SUSPECT",
        "DOWN",
        "SWITCHING",
        "ON_BACKUP",
        "RECOVERING",
        "BLIND",
        "HALTED"
      })
  void knowsEachPhase(String phase) throws IOException {
    assertKept(kept("state").replace("\"FAILING_BACK\"", "\"" + phase + "\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SWITCH", "FOLLOW"})
  void knowsEachKindOfChange(String kind) throws IOException {
    assertKept(kept("state").replace("\"FAIL_BACK\"", "\"" + kind + "\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"WELL", "DOWN"})
  void knowsEachVerdict(String verdict) throws IOException {
    assertKept(kept("state").replace("\"SUSPECT\"", "\"" + verdict + "\""));
  }

  @Test
  void saysTheSame() throws IOException {
    WatchState watch = read(kept("state")).watch();
    assertThat(watch.phase()).isEqualTo(Phase.FAILING_BACK);
    assertThat(watch.health().verdict()).isEqualTo(SiteHealth.Verdict.SUSPECT);
    assertThat(watch.pending()).contains(new BegunChange(ChangeKind.FAIL_BACK, true));
    assertThat(watch.held()).isTrue();
  }

  /** Written before there were problems, own lines and notices to deliver. */
  @Test
  void readsWhatTheFirstProgramsWrote() throws IOException {
    PersistentState first = read(kept("state-first"));
    PersistentState now = read(kept("state"));
    assertThat(first.told().problems()).isEmpty();
    assertThat(first.told().line()).isEmpty();
    assertThat(first.unsent()).isEmpty();
    assertThat(first.withTold(now.told()).withReloaded(now.reloaded()).withUnsent(now.unsent()))
        .isEqualTo(now);
  }

  private void assertKept(String content) throws IOException {
    PersistentState persistentState = read(content);
    new StateFile(directory).write(persistentState);
    assertThat(directory.resolve("state.json")).content(UTF_8).isEqualTo(content);
  }

  private PersistentState read(String content) throws IOException {
    Files.writeString(directory.resolve("state.json"), content);
    return new StateFile(directory).read().orElseThrow();
  }

  private static String kept(String name) throws IOException {
    return Resources.toString(
        Resources.getResource(StateFileFormatTest.class, name + ".json"), UTF_8);
  }
}
