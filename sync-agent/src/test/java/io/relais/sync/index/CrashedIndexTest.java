package io.relais.sync.index;

import static io.relais.sync.index.Records.file;
import static io.relais.sync.index.Records.path;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process in the middle of its batches, as kill -9 does. */
final class CrashedIndexTest {
  private static final int BATCH = 50;

  @TempDir private Path directory;

  /** Writes batches for ever, and says when each is durable against its own death. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) {
      SqliteIndex index = SqliteIndex.open(Path.of(arguments[0]), InstantSource.system(), _ -> {});
      for (long number = index.nextSequence(); ; number++) {
        long size = number;
        index.batch(
            () -> {
              for (int i = 0; i < BATCH; i++) {
                index.put(path("d/" + i), file(size));
              }
              index.nextSequence();
            });
        System.out.println(number);
      }
    }
  }

  @Test
  void keepsEveryBatchThatWasConfirmedAndNoPartOfAnother() throws Exception {
    long last = 0;
    for (int killed = 0; killed < 4; killed++) {
      last = Math.max(last, writeUntilKilled(5 + killed * 7));
      try (SqliteIndex index = SqliteIndex.open(directory, InstantSource.system(), _ -> {})) {
        assertThat(index.wasReset()).isFalse();
        assertThat(index.count()).isEqualTo(BATCH);
        var found = index.children(path("d"));
        long size = found.values().iterator().next().source().size();
        assertThat(size).isGreaterThanOrEqualTo(last);
        assertThat(found.values()).containsOnly(file(size));
      }
    }
  }

  private long writeUntilKilled(int batches) throws IOException, InterruptedException {
    Process writer = ChildJvm.start("", Writer.class, directory);
    try (BufferedReader lines = writer.inputReader(US_ASCII)) {
      long last = 0;
      for (int i = 0; i < batches; i++) {
        String line = lines.readLine();
        assertThat(line).as("the writer goes on").isNotNull();
        last = Long.parseLong(line);
      }
      assertThat(Files.readString(directory.resolve("index.lock")).strip())
          .isEqualTo(Long.toString(writer.pid()));
      return last;
    } finally {
      writer.destroyForcibly().waitFor();
    }
  }
}
