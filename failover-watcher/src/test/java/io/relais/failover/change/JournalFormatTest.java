package io.relais.failover.change;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.Resources;
import io.relais.failover.change.PendingChange.Progress;
import io.relais.failover.decide.ChangeKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Journals as released versions wrote them: after an update a change goes on from such a file, and
 * a reader refuses what it would not write itself. So each must be read, and be written the same.
 */
final class JournalFormatTest {
  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nothing",
        "switch-intended",
        "switch-undone",
        "follow-published",
        "fail-back-applied"
      })
  void readsAndWritesEachAsItIs(String name) throws IOException {
    byte[] content = kept(name);
    assertThat(JournalFormat.encode(read(name))).asString().isEqualTo(new String(content, UTF_8));
  }

  @Test
  void knowsHowFarEachHasCome() throws IOException {
    assertThat(read("nothing")).isEqualTo(JournalState.EMPTY);
    assertThat(read("switch-intended").underWay().orElseThrow())
        .satisfies(change -> assertThat(change.kind()).isEqualTo(ChangeKind.SWITCH))
        .satisfies(change -> assertThat(change.openEnded()).isTrue())
        .satisfies(change -> assertThat(change.progress()).isEqualTo(new Progress.Intended()));
    assertThat(read("switch-undone").underWay().orElseThrow())
        .satisfies(change -> assertThat(change.kind()).isEqualTo(ChangeKind.SWITCH))
        .satisfies(change -> assertThat(change.undoing()).isTrue());
    assertThat(read("follow-published").underWay().orElseThrow())
        .satisfies(change -> assertThat(change.kind()).isEqualTo(ChangeKind.FOLLOW))
        .satisfies(change -> assertThat(change.progress()).isInstanceOf(Progress.Published.class));
    assertThat(read("fail-back-applied").underWay().orElseThrow())
        .satisfies(change -> assertThat(change.kind()).isEqualTo(ChangeKind.FAIL_BACK))
        .satisfies(change -> assertThat(change.progress()).isEqualTo(new Progress.Applied()));
  }

  private JournalState read(String name) throws IOException {
    Path file = directory.resolve("journal.json");
    Files.write(file, kept(name));
    return RecordChanger.read(file).orElseThrow();
  }

  private static byte[] kept(String name) throws IOException {
    return Resources.toByteArray(
        Resources.getResource(JournalFormatTest.class, "journals/" + name + ".json"));
  }
}
