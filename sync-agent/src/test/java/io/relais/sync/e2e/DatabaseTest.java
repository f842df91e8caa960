package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig;

/** SQLite databases that a site writes to all the time, mirrored to OpenSSH's servers. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class DatabaseTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** How many copies of each database are looked into. */
  private static final int COPIES = Integer.getInteger("relais.sqlite.copies", 10);

  private static final List<String> NAMES = List.of("log.db", "journal.db");

  @TempDir private Path directory;

  private final Map<String, Object> inodes = new TreeMap<>();
  private final Map<String, Integer> copies = new TreeMap<>();
  private final Map<String, Long> writes = new TreeMap<>();

  @Test
  void eachCopyIsWholeWhileTheDatabasesAreWritten() throws Exception {
    try (Rig rig =
        Rig.in(
            directory,
            "sqlite = [\"data/*.db\"]\ndebounce = { quiet = \"10ms\", max = \"100ms\" }")) {
      Path data = Files.createDirectories(rig.source().resolve("data"));
      Files.writeString(rig.source().resolve("page.html"), "a page");
      try (DatabaseWriter site =
          DatabaseWriter.start(
              directory.resolve("writer.log"),
              List.of("wal=" + data.resolve("log.db"), "delete=" + data.resolve("journal.db")))) {
        rig.startAgent();
        await("copies that are whole")
            .atMost(LIMIT.plusSeconds(COPIES * 3L))
            .pollInterval(Duration.ofMillis(20))
            .until(() -> lookInto(rig, site) >= COPIES);
        assertThat(writes.values()).allMatch(count -> count > COPIES);
        site.stop();
      }
      awaitLast(rig, "log.db");
      awaitLast(rig, "journal.db");
      rig.awaitState("in-sync");
      Files.move(data.resolve("journal.db"), data.resolve("moved.db"));
      awaitLast(rig, "moved.db");
      assertThat(names(rig.target().resolve("data"))).containsExactly("log.db", "moved.db");
      System.out.println(
          "copies of each: " + copies + "\n" + Files.readString(directory.resolve("writer.log")));
    }
  }

  private void awaitLast(Rig rig, String name) {
    await("the last state of " + name)
        .atMost(LIMIT)
        .ignoreExceptionsInstanceOf(NoSuchFileException.class)
        .untilAsserted(
            () ->
                assertThat(checked(copied(rig.target().resolve("data").resolve(name))))
                    .as("%s", rig.said())
                    .isEqualTo(checked(rig.source().resolve("data").resolve(name))));
  }

  /** How many copies of that database were seen of which there were fewest. */
  private int lookInto(Rig rig, DatabaseWriter site) throws Exception {
    assertThat(site.isAlive()).as("the site: %s", directory.resolve("writer.log")).isTrue();
    int fewest = Integer.MAX_VALUE;
    for (String name : NAMES) {
      Path copy = rig.target().resolve("data").resolve(name);
      Object inode = Files.exists(copy) ? Files.getAttribute(copy, "unix:ino") : null;
      if (inode != null && !inode.equals(inodes.put(name, inode))) {
        long count = checked(copied(copy));
        assertThat(count)
            .as("no older than the copy before")
            .isGreaterThanOrEqualTo(writes.getOrDefault(name, 0L));
        writes.put(name, count);
        copies.merge(name, 1, Integer::sum);
      }
      fewest = Math.min(fewest, copies.getOrDefault(name, 0));
    }
    return fewest;
  }

  private Path copied(Path copy) throws IOException {
    return Files.copy(
        copy, directory.resolve("looked-into.db"), StandardCopyOption.REPLACE_EXISTING);
  }

  /** How often it was written to; it is whole, and no transaction is there by half. */
  private static long checked(Path database) throws SQLException {
    try (Connection connection = new SQLiteConfig().createConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement()) {
      assertThat(text(statement, "PRAGMA integrity_check")).isEqualTo("ok");
      if (text(statement, "SELECT count(*) FROM sqlite_schema WHERE name = 'total'").equals("0")) {
        return 0;
      }
      String total = text(statement, "SELECT coalesce(sum(writes), 0) FROM total");
      assertThat(total).isEqualTo(text(statement, "SELECT coalesce(sum(writes), 0) FROM event"));
      return Long.parseLong(total);
    }
  }

  private static String text(Statement statement, String query) throws SQLException {
    try (ResultSet found = statement.executeQuery(query)) {
      return found.next() ? found.getString(1) : "";
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
