package io.relais.sync.index;

import static io.relais.sync.index.Records.file;
import static io.relais.sync.index.Records.path;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.hash.HashCode;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.path.RelPath;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An unfit database costs a comparison: it is set aside, and never gives a wrong record. */
final class DamagedIndexTest {
  private static final int DIRECTORIES = 20;
  private static final int FILES = 50;

  @TempDir private Path directory;
  private final List<String> told = new ArrayList<>();
  private Instant now = Instant.parse("2026-01-02T03:04:05.006Z");
  private final InstantSource clock = () -> now;

  @ParameterizedTest
  @ValueSource(
      strings = {"", "not a database at all, but longer than a header of 100 bytes ......"})
  void setsAsideWhatIsNoDatabase(String content) throws Exception {
    Files.writeString(database(), content.repeat(10));

    try (SqliteIndex index = open()) {
      assertThat(index.wasReset()).isTrue();
      assertThat(index.count()).isZero();
      index.put(path("a"), file(1));
    }

    assertThat(directory.resolve("index.db.corrupt-20260102T030405.006Z"))
        .hasContent(content.repeat(10));
    assertThat(told)
        .singleElement()
        .asString()
        .contains(
            content.isEmpty() ? "index.db is an empty file" : "index.db is damaged",
            "was set aside as ",
            "index.db.corrupt-20260102T030405.006Z")
        .doesNotContain("SQLITE", "NOTADB");
    assertStartsAgainWith(path("a"));
  }

  /** Left by somebody who once could write there: nothing is written to where they lead. */
  @ParameterizedTest
  @ValueSource(strings = {"index.db", "index.db-wal", "index.db-shm", "index.db-journal"})
  void followsNoPlantedSymlink(String name) throws Exception {
    Path victim = Files.writeString(Files.createTempFile(directory, "victim", ""), "victim");
    Path absent = directory.resolve("absent");
    for (Path to : List.of(victim, absent)) {
      Files.deleteIfExists(directory.resolve(name));
      Files.createSymbolicLink(directory.resolve(name), to);
      try (SqliteIndex index = open()) {
        index.put(path("a"), file(1));
      }
      now = now.plusSeconds(1);
    }

    assertThat(victim).hasContent("victim");
    assertThat(absent).doesNotExist();
  }

  @Test
  void locksThroughNoPlantedSymlink() throws Exception {
    Path victim = Files.writeString(Files.createTempFile(directory, "victim", ""), "victim");
    Files.createSymbolicLink(directory.resolve("index.lock"), victim);

    assertThatThrownBy(this::open).isInstanceOf(IndexException.class);
    assertThat(victim).hasContent("victim");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE chunks SET list = x'00001000'",
        "UPDATE chunks SET list = zeroblob(length(list))",
        "UPDATE chunks SET content = x''",
        "UPDATE chunks SET sum = sum + 1",
        "UPDATE chunks SET list = NULL",
        "DROP TABLE chunks"
      })
  void takesDamagedChunksForNone(String change) throws Exception {
    HashCode content = requireNonNull(file(1).hash());
    try (SqliteIndex index = open()) {
      index.put(path("a"), file(1));
      index.putChunks(path("a"), content, Records.chunks(1));
    }
    execute(change);

    try (SqliteIndex index = open()) {
      assertThat(index.chunks(path("a"), content)).isNull();
      assertThat(index.get(path("a"))).isEqualTo(file(1));
      assertThat(index.wasReset()).isFalse();
      index.putChunks(path("a"), content, Records.chunks(1));
      assertThat(index.chunks(path("a"), content)).isEqualTo(Records.chunks(1));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PRAGMA user_version = 3", "PRAGMA application_id = 1"})
  void setsAsideAnIndexOfAnotherVersionOrProgram(String change) throws Exception {
    fill();
    execute(change);

    try (SqliteIndex index = open()) {
      assertThat(index.wasReset()).isTrue();
      assertThat(index.count()).isZero();
    }
  }

  @Test
  void goesOnFromAnIndexThatKnewNoMounts() throws Exception {
    try (SqliteIndex index = open()) {
      index.put(path("d"), Records.directory());
      index.put(path("d/a"), file(1));
    }
    for (String back :
        List.of(
            "ALTER TABLE entry DROP COLUMN mount",
            "DROP TABLE arrived",
            "DROP TABLE gone",
            "DELETE FROM meta WHERE name = 'founding'",
            "PRAGMA user_version = 1")) {
      execute(back);
    }

    try (SqliteIndex index = open()) {
      assertThat(index.wasReset()).isFalse();
      assertThat(index.get(path("d/a"))).isEqualTo(file(1));
      assertThat(index.get(path("d"))).isEqualTo(Records.directory());
      assertThat(index.isFounding()).isFalse();
      assertThat(index.countArrived(Instant.EPOCH, now.plusSeconds(1))).isZero();
      index.put(path("m"), Records.mountPoint());
    }
    try (SqliteIndex index = open()) {
      assertThat(index.get(path("m"))).isEqualTo(Records.mountPoint());
    }
  }

  @Test
  void setsAsideADatabaseWithoutItsTables() throws Exception {
    fill();
    execute("DROP TABLE entry");

    try (SqliteIndex index = open()) {
      assertThat(index.wasReset()).isTrue();
      index.put(path("a"), file(1));
      assertThat(index.get(path("a"))).isEqualTo(file(1));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 99, 100, 4095, 4096, 4097, 20_000})
  void setsAsideWhatWasCutShort(int size) throws Exception {
    fill();
    try (RandomAccessFile file = new RandomAccessFile(database().toFile(), "rw")) {
      file.setLength(size);
    }

    try (SqliteIndex index = open()) {
      assertThat(index.wasReset()).isTrue();
      assertThat(index.count()).isZero();
    }
  }

  @Test
  void neverGivesAWrongRecordWhateverBytesWereOverwritten() throws Exception {
    long first = Long.getLong("relais.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));
    System.out.println("relais.seed=" + first);
    fill();
    byte[] sound = Files.readAllBytes(database());
    for (long seed = first; seed < first + 100; seed++) {
      Random random = new Random(seed);
      byte[] damaged = sound.clone();
      for (int i = 1 + random.nextInt(20); i > 0; i--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      Files.write(database(), damaged);
      try (SqliteIndex index = open()) {
        assertAllRightOrGone(index, seed);
      }
    }
  }

  private static void assertAllRightOrGone(SqliteIndex index, long seed) {
    for (int i = 0; i < DIRECTORIES; i++) {
      RelPath parent = path("directory" + i);
      for (var child : index.children(parent).entrySet()) {
        assertThat(child.getValue())
            .as("seed %d", seed)
            .isEqualTo(expected(parent, child.getKey()));
      }
      for (int j = 0; j < FILES; j++) {
        IndexEntry found = index.get(parent.child("file" + j));
        assertThat(found == null || found.equals(file(i * FILES + j))).as("seed %d", seed).isTrue();
      }
    }
  }

  private static IndexEntry expected(RelPath parent, String name) {
    return file(
        Integer.parseInt(parent.name().substring("directory".length())) * FILES
            + Integer.parseInt(name.substring("file".length())));
  }

  @Test
  void beginsAnewInTheMiddleOfABatchAndGoesOn() throws Exception {
    fill();
    // Sound to SQLite, but not what was written.
    execute("UPDATE entry SET size = size + 1 WHERE name = CAST('file3' AS BLOB)");

    try (SqliteIndex index = open()) {
      assertThat(index.wasReset()).isFalse();
      index.batch(
          () -> {
            index.put(path("before"), file(1));
            assertThat(index.get(path("directory0/file3"))).isNull();
            index.put(path("after"), file(2));
          });

      assertThat(index.wasReset()).isTrue();
      assertThat(told).hasSize(1);
      assertThat(index.get(path("after"))).isEqualTo(file(2));
      assertThat(index.count()).isEqualTo(1);
    }
    assertStartsAgainWith(path("after"));
  }

  @Test
  void survivesTheLossOfItsFileWhileOpen() throws Exception {
    fill();
    try (SqliteIndex index = open()) {
      assertThat(index.get(path("directory0/file3"))).isNotNull();
      Files.delete(database());
    }

    try (SqliteIndex index = open()) {
      assertThat(index.count()).isZero();
    }
  }

  @Test
  void keepsTheNewestTwoOfWhatWasSetAside() throws Exception {
    for (int day = 0; day < 4; day++) {
      Files.writeString(database(), "day " + day);
      Files.deleteIfExists(directory.resolve("index.db-wal"));
      now = now.plusSeconds(86_400);
      open().close();
    }

    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> name.contains("corrupt"))
          .containsExactlyInAnyOrder(
              "index.db.corrupt-20260105T030405.006Z", "index.db.corrupt-20260106T030405.006Z");
    }
  }

  private void assertStartsAgainWith(RelPath path) {
    try (SqliteIndex again = open()) {
      assertThat(again.wasReset()).isFalse();
      assertThat(again.get(path)).isNotNull();
    }
  }

  private void fill() {
    try (SqliteIndex index = open()) {
      index.batch(
          () -> {
            for (int i = 0; i < DIRECTORIES * FILES; i++) {
              index.put(path("directory" + i / FILES + "/file" + i % FILES), file(i));
            }
          });
    }
  }

  private SqliteIndex open() {
    return SqliteIndex.open(directory, clock, told::add);
  }

  private Path database() {
    return directory.resolve("index.db");
  }

  private void execute(String sql) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database());
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }
}
