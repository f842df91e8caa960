package io.relais.sync.index;

import static io.relais.sync.index.Records.file;
import static io.relais.sync.index.Records.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.relais.sync.entry.RootIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteIndexTest extends MirrorIndexContract {
  @TempDir private Path directory;

  @Override
  MirrorIndex open() {
    return open(directory.resolve("contract"));
  }

  private static SqliteIndex open(Path at) {
    return SqliteIndex.open(at, InstantSource.system(), _ -> {});
  }

  @Test
  void keepsAllAcrossARestart() {
    Path at = directory.resolve("kept");
    try (SqliteIndex index = open(at)) {
      index.batch(() -> index.put(path("a/b"), file(5)));
      index.put(path("a/c"), file(6));
      index.setRoot(new RootIdentity(1, 2, 3));
      index.nextSequence();
    }

    try (SqliteIndex again = open(at)) {
      assertThat(again.get(path("a/b"))).isEqualTo(file(5));
      assertThat(again.children(path("a"))).containsOnlyKeys("b", "c");
      assertThat(again.count()).isEqualTo(2);
      assertThat(again.root()).contains(new RootIdentity(1, 2, 3));
      assertThat(again.nextSequence()).isEqualTo(2);
      assertThat(again.wasReset()).isFalse();
    }
  }

  @Test
  void refusesASecondUserOfTheSameIndexAndNamesTheFirst() {
    Path at = directory.resolve("shared");
    String pid = Long.toString(ProcessHandle.current().pid());
    try (SqliteIndex index = open(at)) {
      assertThatExceptionOfType(IndexException.class)
          .isThrownBy(() -> open(at.resolveSibling("shared")))
          .withMessageContaining("in use by process " + pid)
          .withMessageContaining(at.toString());
      index.put(path("still"), file(1));
    }

    open(at).close();
  }

  @Test
  void saysSoWhereTheDiskDoesNotTakeIt() throws Exception {
    Path occupied = Files.createFile(directory.resolve("file"));

    assertThatExceptionOfType(IndexException.class)
        .isThrownBy(() -> open(occupied.resolve("index")))
        .withMessageContaining("cannot make the directory");
  }

  @Test
  void refusesToWorkOnceClosed() {
    SqliteIndex index = open(directory.resolve("closed"));
    index.close();
    index.close();

    assertThatIllegalStateException().isThrownBy(() -> index.get(path("a")));
  }

  @Test
  void isReadByManyThreadsWhileOneWrites() throws Exception {
    try (SqliteIndex index = open(directory.resolve("threads"));
        ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      index.put(path("d/0"), file(0));
      List<Future<Boolean>> halves = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Callable<Boolean> sawHalf =
            () -> {
              boolean half = false;
              for (int j = 0; j < 200; j++) {
                half |= index.children(path("d")).size() % 2 == 0;
              }
              return half;
            };
        halves.add(readers.submit(sawHalf));
      }
      for (int i = 1; i < 200; i += 2) {
        int first = i;
        index.batch(
            () -> {
              index.put(path("d/" + first), file(first));
              index.put(path("d/" + (first + 1)), file(first + 1));
            });
      }

      for (Future<Boolean> half : halves) {
        assertThat(half.get()).isFalse();
      }
    }
  }
}
