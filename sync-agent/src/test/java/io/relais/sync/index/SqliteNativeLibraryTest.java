package io.relais.sync.index;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SQLite's library leaves nothing in the state directory. */
final class SqliteNativeLibraryTest {
  @TempDir private Path directory;

  /** Opens an index, says so, and stays until it is killed. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      try (SqliteIndex index =
          SqliteIndex.open(Path.of(arguments[0]), InstantSource.system(), _ -> {})) {
        System.out.println(index.count());
        int _ = System.in.read();
      }
    }
  }

  @Test
  void leavesNothingWhereItsProcessWasKilled() throws Exception {
    Process holder = ChildJvm.start("", Holder.class, directory);
    try (BufferedReader lines = holder.inputReader(US_ASCII)) {
      assertThat(lines.readLine()).isEqualTo("0");
    } finally {
      holder.destroyForcibly().waitFor();
    }

    assertThat(names()).allMatch(name -> name.startsWith("index."));
  }

  @Test
  void whatKilledProcessesHaveLeftIsRemovedAndNothingElse() throws IOException {
    for (String name :
        new String[] {
          "sqlite-3.50.0-1-libsqlitejdbc.so",
          "sqlite-3.50.0-1-libsqlitejdbc.so.lck",
          "sqlite-native-1.tmp",
          "sqlite-notes.txt",
          "index.db"
        }) {
      old(Files.createFile(directory.resolve(name)));
    }
    Files.createFile(directory.resolve("sqlite-3.50.0-2-libsqlitejdbc.so"));
    old(Files.createDirectory(directory.resolve("sqlite-native-2.tmp")));
    Files.createSymbolicLink(
        directory.resolve("sqlite-native-3.tmp"), directory.resolve("index.db"));

    SqliteNativeLibrary.removeLeft(directory);

    assertThat(names())
        .containsExactlyInAnyOrder(
            "sqlite-3.50.0-2-libsqlitejdbc.so", // young: about to be loaded
            "sqlite-native-2.tmp",
            "sqlite-native-3.tmp",
            "sqlite-notes.txt",
            "index.db");
  }

  private static void old(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60)));
  }

  private Iterable<String> names() throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      return found.map(file -> String.valueOf(file.getFileName())).toList();
    }
  }
}
