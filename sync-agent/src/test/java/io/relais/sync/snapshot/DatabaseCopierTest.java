package io.relais.sync.snapshot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.source.ExcludeRules;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig;

/**
 * What a database may look like when nobody has it open, and what must not be done to it. Who has
 * one open is another process: see {@code DatabaseTest}.
 */
final class DatabaseCopierTest {
  private static final RelPath DATABASE = RelPath.ofLatin1("app.db");

  @TempDir private Path directory;
  private Path source;
  private Path state;
  private Path file;

  @BeforeEach
  void makeDirectories() throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    state = Files.createDirectory(directory.resolve("state"));
    file = source.resolve("app.db");
  }

  @Test
  void aLogThatACrashHasLeftIsInTheCopyAndStaysAtTheSource() throws Exception {
    crash("PRAGMA journal_mode = WAL", "INSERT INTO t VALUES (2)", "-wal");
    var before = stamps();

    assertThat(values(snapshot())).isEqualTo("1 2");
    assertThat(stamps()).isEqualTo(before);
    assertThat(list(state)).isEmpty();
  }

  @Test
  void whatAJournalThatACrashHasLeftTakesBackIsNotInTheCopy() throws Exception {
    crash("PRAGMA journal_mode = DELETE", null, "-journal");
    var before = stamps();

    assertThat(values(snapshot())).isEqualTo("1");
    assertThat(stamps()).isEqualTo(before);
  }

  @Test
  void aJournalThatNamesAnotherFileIsNotPlayedBack() throws Exception {
    crash("PRAGMA journal_mode = DELETE", null, "-journal");
    Path victim = Files.writeString(directory.resolve("victim"), "");
    byte[] name = victim.toString().getBytes(UTF_8);
    int sum = 0;
    for (byte each : name) {
      sum += each;
    }
    ByteBuffer end = ByteBuffer.allocate(4 + name.length + 16);
    end.putInt((0x40000000 / 4096) + 1).put(name).putInt(name.length).putInt(sum);
    end.putLong(0xd9d505f920a163d7L);
    try (OutputStream journal =
        Files.newOutputStream(source.resolve("app.db-journal"), StandardOpenOption.APPEND)) {
      journal.write(end.array());
    }

    assertThatThrownBy(this::snapshot)
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("a transaction over several databases was broken off");
    assertThat(victim).exists();
    assertThat(list(state)).isEmpty();
  }

  @Test
  void anotherFileThanADatabaseIsTold() throws Exception {
    Files.writeString(file, "not one");

    assertThatThrownBy(this::snapshot)
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("it matches 'sqlite', but is not an SQLite database");
  }

  @Test
  void anEmptyFileIsAnEmptyDatabase() throws Exception {
    Files.createFile(file);

    assertThat(Files.size(snapshot())).isZero();
  }

  @Test
  void oneThatStaysLockedIsTold() throws Exception {
    run("CREATE TABLE t (v)");
    try (FileChannel open = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock _ = open.lock(0x40000002L, 510, false)) {
      assertThatThrownBy(this::snapshot)
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining("another program has kept it locked for 2 s");
    }
  }

  @Test
  void aSymlinkInItsPlaceOrInThatOfItsLogLeadsNowhere() throws Exception {
    run("CREATE TABLE t (v)", "INSERT INTO t VALUES (1)");
    Path secret = Files.writeString(directory.resolve("secret"), "secret");
    Files.createSymbolicLink(source.resolve("app.db-wal"), secret);
    assertThat(values(snapshot())).isEqualTo("1");

    Files.delete(source.resolve("app.db-wal"));
    Files.createSymbolicLink(source.resolve("app.db-shm"), secret);
    assertThatThrownBy(this::snapshot).isInstanceOf(IOException.class);

    Files.delete(source.resolve("app.db-shm"));
    Files.delete(file);
    Files.createSymbolicLink(file, secret);
    assertThatThrownBy(this::snapshot).isInstanceOf(IOException.class);
    assertThat(list(state)).isEmpty();
  }

  @Test
  void whatAKilledRunHasLeftIsRemoved() throws Exception {
    run("CREATE TABLE t (v)", "INSERT INTO t VALUES (1)");
    Files.writeString(state.resolve("snapshot-17.db-wal"), "left");

    assertThat(values(snapshot())).isEqualTo("1");
    assertThat(list(state)).isEmpty();
  }

  @Test
  void whatBelongsToADatabaseIsNotMirroredAndItsOwnEntryStandsForTheLogToo() throws Exception {
    crash("PRAGMA journal_mode = WAL", "INSERT INTO t VALUES (2)", "-wal");
    Files.writeString(source.resolve("other-wal"), "an ordinary file");
    try (SourceTree tree = tree()) {
      assertThat(tree.list(RelPath.ROOT)).containsOnlyKeys("app.db", "other-wal");
      assertThat(tree.stat(RelPath.ofLatin1("app.db-wal"))).isNull();

      SourceEntry taken;
      try (SourceFile open = tree.open(DATABASE)) {
        taken = open.opened();
      }
      SourceEntry now = requireNonNull(tree.stat(DATABASE));
      assertThat(now.racy()).isEqualTo(taken.racy());
      Files.setLastModifiedTime(
          source.resolve("app.db-wal"), FileTime.fromMillis(4_000_000_000_000L));
      // It is not known to be at the target yet, so it still stands, but says nothing of later.
      assertThat(tree.stat(DATABASE)).isEqualTo(taken.racy());
    }
  }

  @Test
  void oneThatNobodyHasWrittenToIsKnownAgainAfterARestart() throws Exception {
    crash("PRAGMA journal_mode = WAL", "INSERT INTO t VALUES (2)", "-wal");
    SourceEntry sent;
    try (SourceTree tree = tree();
        SourceFile open = tree.open(DATABASE)) {
      assertThat(open.opened().size()).isPositive();
      sent = requireNonNull(tree.stat(DATABASE));
    }
    IndexEntry indexEntry = new IndexEntry(sent, sent.asTarget(), null);

    try (SourceTree tree = tree(path -> indexEntry)) {
      assertThat(tree.stat(DATABASE)).isEqualTo(sent);
    }
    Files.setLastModifiedTime(file, FileTime.fromMillis(4_000_000_000_000L));
    try (SourceTree tree = tree(path -> indexEntry)) {
      assertThat(tree.stat(DATABASE)).isNotEqualTo(sent);
    }
  }

  /** Leaves files as a process does that is killed in the middle of a transaction. */
  private void crash(String mode, @Nullable String committed, String suffix) throws Exception {
    Path original = Files.createDirectory(directory.resolve("original")).resolve("app.db");
    try (Connection connection = open(original);
        Statement statement = connection.createStatement()) {
      statement.execute(mode);
      statement.execute("PRAGMA cache_size = 5");
      statement.execute("CREATE TABLE t (v)");
      statement.execute("CREATE TABLE much (v)");
      statement.execute("INSERT INTO t VALUES (1)");
      statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
      if (committed != null) {
        statement.execute(committed);
      }
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO t VALUES (3)");
      // More than the cache holds: so it is written before it is committed.
      statement.execute(
          "INSERT INTO much WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
              + " SELECT randomblob(1000) FROM n");
      Files.copy(original, file);
      Files.copy(original.resolveSibling("app.db" + suffix), source.resolve("app.db" + suffix));
      connection.rollback();
    }
  }

  private SourceTree tree() throws IOException {
    return tree(path -> null);
  }

  private SourceTree tree(DatabaseSnapshots.Lookup confirmed) throws IOException {
    return new DatabaseSnapshots(
            new DatabaseFiles(ExcludeRules.of(List.of("*.db"))),
            state,
            confirmed,
            InstantSource.system())
        .over(LinuxSourceTree.open(source, LinkPolicy.PRESERVE));
  }

  private Path snapshot() throws IOException {
    Path copy = directory.resolve("copy.db");
    try (SourceTree tree = tree();
        SourceFile open = tree.open(DATABASE)) {
      byte[] all = new byte[Math.toIntExact(open.opened().size())];
      int count = 0;
      while (count < all.length) {
        count += open.read(all, count, all.length - count);
      }
      assertThat(open.read(new byte[1], 0, 1)).isZero();
      Files.write(copy, all);
    }
    return copy;
  }

  private static Connection open(Path database) throws SQLException {
    return new SQLiteConfig().createConnection("jdbc:sqlite:" + database);
  }

  private void run(String... statements) throws SQLException {
    try (Connection connection = open(file);
        Statement statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }

  private static String values(Path database) throws SQLException {
    try (Connection connection = open(database);
        Statement statement = connection.createStatement()) {
      try (ResultSet verdict = statement.executeQuery("PRAGMA integrity_check")) {
        assertThat(verdict.getString(1)).isEqualTo("ok");
      }
      try (ResultSet found =
          statement.executeQuery("SELECT group_concat(v, ' ') FROM (SELECT v FROM t ORDER BY v)")) {
        return found.getString(1);
      }
    }
  }

  /** Everything that anything would change but the time of the last access. */
  private Map<String, Object> stamps() throws IOException {
    Map<String, Object> stamps = new TreeMap<>();
    for (String name : list(source)) {
      Path each = source.resolve(name);
      stamps.put(name, Files.readAttributes(each, "unix:ino,size,mode,uid,lastModifiedTime,ctime"));
    }
    stamps.put("", Files.readAttributes(source, "unix:lastModifiedTime,ctime"));
    return stamps;
  }

  private static List<String> list(Path of) throws IOException {
    try (Stream<Path> files = Files.list(of)) {
      return files.map(each -> each.getFileName().toString()).sorted().toList();
    }
  }
}
