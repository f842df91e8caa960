package io.relais.sync.watch;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.relais.sync.path.RelPath;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InotifySourceTest extends AbstractChangeSourceTest {
  @Override
  public ChangeSource source(Path root, Predicate<RelPath> excluded) {
    return SourceKind.INOTIFY.source(
        root, excluded, Duration.ofHours(1), Duration.ofMillis(50), Integer.MAX_VALUE);
  }

  /** A rescan would cover every change, and hide that a hint is missing. */
  @AfterEach
  void neededNoRescan() {
    assertThat(listener.everyRescan()).isEmpty();
  }

  @Test
  void aFileIsClosedOnceItIsWritten() throws Exception {
    try (OutputStream out = Files.newOutputStream(root.resolve("old/file"))) {
      out.write(1);
      listener.awaitSign("WRITTEN old/file");
      assertThat(listener.signs()).doesNotContain("CLOSED old/file");
    }
    listener.awaitSign("CLOSED old/file");
  }

  @Test
  void aFileThatGetsItsNameIsToldUnderBoth() throws Exception {
    Files.writeString(root.resolve("temporary"), "x");
    Files.move(root.resolve("temporary"), root.resolve("old/file"), ATOMIC_MOVE);
    listener.awaitSign("moved temporary old/file");
    assertThat(listener.signs())
        .containsSubsequence("MADE temporary", "CLOSED temporary", "moved temporary old/file");
  }

  @Test
  void whatIsMovedInIsComplete() throws Exception {
    Files.writeString(outside.resolve("came"), "x");
    Files.move(outside.resolve("came"), root.resolve("came"));
    listener.awaitSign("CLOSED came");
  }

  @Test
  void aDirectoryMovedWithinIsToldOnceAndNothingBelowIt() throws Exception {
    Files.move(root.resolve("old"), root.resolve("new"));
    listener.awaitSign("moved directory old new");
    settle("marker");
    Files.writeString(root.resolve("new/inner/file"), "x");
    listener.awaitSign("CLOSED new/inner/file");
    assertThat(listener.signs()).noneMatch(sign -> sign.endsWith(" new/inner"));
  }

  @Test
  void aDirectoryMovedOutIsNotWatchedAnyMore() throws Exception {
    Files.move(root.resolve("old"), outside.resolve("old"));
    listener.awaitChanged("old");
    settle("marker");
    Files.writeString(outside.resolve("old/file"), "elsewhere");
    settle("marker2");
    Files.createDirectory(root.resolve("old"));
    listener.awaitChanged("old");
    settle("marker3");
    Files.writeString(outside.resolve("old/file"), "elsewhere");
    Files.createFile(root.resolve("last"));
    listener.awaitChanged("last");
    assertThat(listener.changed()).doesNotContain(RelPath.ofLatin1("old/file"));
  }

  @Test
  void directoriesThatChangeNamesUnderTheWalkAreAllWatchedInTheEnd() throws Exception {
    long seed = Long.getLong("relais.seed", System.nanoTime());
    Random random = new Random(seed);
    List<String> names = List.of("p", "q", "r", "s");
    for (int i = 0; i < 400; i++) {
      Path one = root.resolve(names.get(random.nextInt(4)));
      Path other = root.resolve(names.get(random.nextInt(4)));
      if (!Files.exists(one)) {
        Files.createDirectories(one.resolve("inner/deep"));
      } else if (!Files.exists(other)) {
        Files.move(one, random.nextBoolean() ? other : outside.resolve("gone-" + i));
      }
    }
    settle("marker");
    for (String name : names) {
      if (Files.exists(root.resolve(name))) {
        Files.createFile(root.resolve(name + "/inner/deep/new"));
        assertThatCode(() -> listener.awaitChanged(name + "/inner/deep/new"))
            .as("seed %s", seed)
            .doesNotThrowAnyException();
      }
    }
  }
}
