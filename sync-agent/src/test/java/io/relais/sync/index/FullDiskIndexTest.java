package io.relais.sync.index;

import static io.relais.sync.index.Records.file;
import static io.relais.sync.index.Records.path;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that takes no more: here, a limit on the size of any file (setrlimit(2)). */
final class FullDiskIndexTest {
  private static final int BATCH = 50;

  /** In blocks of 512 bytes; SQLite's unpacked library has to fit. */
  private static final String LIMIT = "ulimit -f 6000";

  @TempDir private Path directory;

  /** Writes batches until one fails, looks at what is there, and says how many were written. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] arguments) {
      try (SqliteIndex index =
          SqliteIndex.open(Path.of(arguments[0]), InstantSource.system(), _ -> {})) {
        long batches = 0;
        try {
          while (true) {
            write(index, batches);
            batches++;
          }
        } catch (IndexException e) {
          boolean whole = index.count() == batches * BATCH && index.countTree(path("d")) == 0;
          System.out.println(whole && !index.wasReset() ? batches : -1);
        }
      }
    }

    private static void write(SqliteIndex index, long batch) {
      index.batch(
          () -> {
            for (int i = 0; i < BATCH; i++) {
              index.put(path("directory" + batch + "/" + "x".repeat(200) + i), file(i));
            }
          });
    }
  }

  @Test
  void failsWithoutLosingWhatWasWrittenBefore() throws Exception {
    Process writer = ChildJvm.start(LIMIT, Writer.class, directory);
    long batches;
    try (BufferedReader lines = writer.inputReader(US_ASCII)) {
      batches = Long.parseLong(lines.readLine());
      writer.waitFor();
    } finally {
      writer.destroyForcibly();
    }

    assertThat(batches).isPositive();
    try (SqliteIndex index = SqliteIndex.open(directory, InstantSource.system(), _ -> {})) {
      assertThat(index.wasReset()).isFalse();
      assertThat(index.count()).isEqualTo(batches * BATCH);
    }
  }
}
