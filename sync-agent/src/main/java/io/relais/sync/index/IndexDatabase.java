package io.relais.sync.index;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableMap;
import io.relais.common.FileAccess;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * The statements on one database file. For one thread at a time. A path is kept as its directory
 * and its name, so that a directory's entries lie together, and a whole tree in two ranges.
 */
final class IndexDatabase implements AutoCloseable {
  private static final int APPLICATION_ID = 0x52656c61; // "Rela"
  private static final int VERSION = 2;

  /** Without the column {@code mount}; all else is the same. */
  private static final int BEFORE_MOUNTS = 1;

  private static final int BUSY_MILLIS = 10_000;
  private static final int CACHE_KIBIBYTES = 8 * 1024;
  private static final int PAGE = 1_000;

  /** Of the files that a database consists of. */
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private static final List<String> SUFFIXES = List.of("", "-wal", "-shm", "-journal");

  /** What is before the names of notes, so that they are not taken for anything else. */
  private static final String NOTE = "note.";

  private static final String COLUMNS = String.join(", ", RowCodec.COLUMNS);
  private static final String AT = " WHERE parent = ? AND name = ?";

  /** Set while nothing was ever compared to the end. */
  static final String FOUNDING = "founding";

  /** The directory itself, what is directly in it, and what is further below. */
  static final String IN_TREE =
      " WHERE (parent = ? AND name = ?) OR (parent = ? AND name <> x'')"
          + " OR (parent >= ? AND parent < ?)";

  /** The same for a statement that has other parameters too. */
  static final String IN_TREE_NUMBERED =
      " WHERE ((parent = ?1 AND name = ?2) OR (parent = ?3 AND name <> x'')"
          + " OR (parent >= ?4 AND parent < ?5))";

  private static final String TREE = " FROM entry" + IN_TREE;

  private final Connection connection;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();
  private @Nullable RecentChanges recent;
  private long count;
  private long countBefore;

  private IndexDatabase(Connection connection) {
    this.connection = connection;
  }

  /**
   * Opens a database, or makes a new one where there is no file.
   *
   * @throws DamagedException if it is not one of ours, of this version, and sound
   */
  static IndexDatabase open(Path file) throws SQLException, DamagedException {
    for (String each : SUFFIXES) {
      if (Files.isSymbolicLink(file.resolveSibling(file.getFileName() + each))) {
        // SQLite would write wherever it leads.
        throw new DamagedException("a symbolic link");
      }
    }
    boolean exists = FileAccess.exists(file);
    if (exists && file.toFile().length() == 0) {
      throw new DamagedException("an empty file"); // which SQLite would take for a new database
    }
    IndexDatabase database = new IndexDatabase(config().createConnection("jdbc:sqlite:" + file));
    try {
      if (exists) {
        database.check();
      } else {
        database.create();
      }
      ChunkLists.create(database.connection);
      RecentChanges.create(database.connection);
      database.recent = new RecentChanges(database);
      database.addInodes();
      database.count = database.number("SELECT count(*) FROM entry");
      closeToOthers(file);
      return database;
    } catch (SQLException | DamagedException e) {
      database.closeQuietly(e);
      throw e;
    }
  }

  private static void closeToOthers(Path file) throws SQLException {
    try {
      for (String each : SUFFIXES) {
        Path part = file.resolveSibling(file.getFileName() + each);
        if (FileAccess.exists(part, LinkOption.NOFOLLOW_LINKS)) {
          Files.setPosixFilePermissions(part, OWNER_ONLY);
        }
      }
    } catch (IOException e) {
      throw new SQLException("its mode can't be set", e);
    }
  }

  private static SQLiteConfig config() {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    config.setBusyTimeout(BUSY_MILLIS);
    config.setCacheSize(-CACHE_KIBIBYTES);
    return config;
  }

  /** The lists of chunks, on the same connection. */
  ChunkLists chunks() {
    return new ChunkLists(this);
  }

  /** What came and went of late, on the same connection. */
  RecentChanges recent() {
    return requireNonNull(recent);
  }

  private void check() throws SQLException, DamagedException {
    long application = number("PRAGMA application_id");
    if (application != APPLICATION_ID) {
      throw new DamagedException("not an index of this program");
    }
    long version = number("PRAGMA user_version");
    if (version != VERSION && version != BEFORE_MOUNTS) {
      throw new DamagedException("an index of format %d, not %d".formatted(version, VERSION));
    }
    try (Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery("PRAGMA quick_check(1)")) {
      String verdict = found.next() ? found.getString(1) : "no verdict";
      if (!"ok".equals(verdict)) {
        throw new DamagedException("damaged", new SQLException(verdict));
      }
    }
    if (version == BEFORE_MOUNTS) {
      addMounts();
    }
  }

  /** The sums of the rows stay right: they say nothing of what is no mount point. */
  private void addMounts() throws SQLException {
    begin();
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("ALTER TABLE entry ADD COLUMN mount DEFAULT 0");
      statement.executeUpdate("PRAGMA user_version = " + VERSION);
    }
    commit();
  }

  private void create() throws SQLException {
    begin();
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(
          "CREATE TABLE entry (parent BLOB NOT NULL, name BLOB NOT NULL, "
              + String.join(", ", RowCodec.COLUMNS)
              + ", PRIMARY KEY (parent, name)) WITHOUT ROWID");
      statement.executeUpdate("CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID");
      statement.executeUpdate("INSERT INTO meta VALUES ('" + FOUNDING + "', 1)");
      statement.executeUpdate("PRAGMA application_id = " + APPLICATION_ID);
      statement.executeUpdate("PRAGMA user_version = " + VERSION);
    }
    commit();
  }

  /** Of directories alone: one for all entries would cost more than what it finds. */
  private void addInodes() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(
          "CREATE INDEX IF NOT EXISTS directory ON entry (inode) WHERE kind = "
              + RowCodec.DIRECTORY);
    }
  }

  void begin() throws SQLException {
    countBefore = count;
    connection.setAutoCommit(false);
  }

  /** Commits what was begun, if anything was. */
  void commit() throws SQLException {
    if (connection.getAutoCommit()) {
      return;
    }
    connection.commit();
    connection.setAutoCommit(true);
  }

  void rollback() throws SQLException {
    if (!connection.getAutoCommit()) {
      count = countBefore;
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  @Nullable IndexEntry get(RelPath path) throws SQLException, DamagedException {
    PreparedStatement select = prepare("SELECT " + COLUMNS + " FROM entry" + AT);
    bindKey(select, 1, path);
    try (ResultSet row = select.executeQuery()) {
      return row.next() ? RowCodec.read(row, 1, path) : null;
    }
  }

  ImmutableMap<String, IndexEntry> children(RelPath directory)
      throws SQLException, DamagedException {
    PreparedStatement select =
        prepare(
            "SELECT name, "
                + COLUMNS
                + " FROM entry WHERE parent = ? AND name <> x''"
                + " ORDER BY name");
    select.setBytes(1, directory.bytes());
    ImmutableMap.Builder<String, IndexEntry> children = ImmutableMap.builder();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        RelPath path = child(directory, row.getBytes(1));
        children.put(path.name(), RowCodec.read(row, 2, path));
      }
    }
    return children.buildOrThrow();
  }

  static RelPath child(RelPath directory, byte @Nullable [] name) throws DamagedException {
    try {
      return directory.child(name == null ? "" : new String(name, ISO_8859_1));
    } catch (IllegalArgumentException e) {
      throw new DamagedException("damaged (a name that was never written)", e);
    }
  }

  /** {@link io.relais.sync.entry.IndexWriter#put}. */
  boolean put(RelPath path, IndexEntry indexEntry) throws SQLException {
    PreparedStatement insert =
        prepare(
            "INSERT OR IGNORE INTO entry VALUES (?, ?"
                + ", ?".repeat(RowCodec.COLUMNS.size())
                + ")");
    bindKey(insert, 1, path);
    RowCodec.bind(insert, 3, path, indexEntry);
    if (insert.executeUpdate() == 1) {
      count++;
      return true;
    }
    String kind =
        indexEntry.source().kind() == EntryKind.DIRECTORY ? " AND kind = " : " AND kind <> ";
    PreparedStatement update =
        prepare(
            "UPDATE entry SET "
                + String.join(" = ?, ", RowCodec.COLUMNS)
                + " = ?"
                + AT
                + kind
                + RowCodec.DIRECTORY);
    RowCodec.bind(update, 1, path, indexEntry);
    bindKey(update, 1 + RowCodec.COLUMNS.size(), path);
    return update.executeUpdate() == 1;
  }

  void remove(RelPath path) throws SQLException {
    PreparedStatement delete = prepare("DELETE FROM entry" + AT);
    bindKey(delete, 1, path);
    count -= delete.executeUpdate();
    chunks().remove(path);
    recent().removed(path);
  }

  void removeTree(RelPath path) throws SQLException {
    if (path.isRoot()) {
      removeAll();
      return;
    }
    PreparedStatement delete = prepare("DELETE" + TREE);
    bindTree(delete, path);
    int removed = delete.executeUpdate();
    count -= removed;
    PreparedStatement deleteChunks = prepare("DELETE FROM " + ChunkLists.NAME + IN_TREE);
    bindTree(deleteChunks, path);
    deleteChunks.executeUpdate();
    if (removed > 0) {
      // Else it may have been noted just now that it arrives.
      recent().removedTree(path);
    }
  }

  /**
   * Whatever is kept by path has to be moved here. In pages: a tree may be larger than the heap.
   */
  void moveTree(RelPath from, RelPath to, Instant now, Instant window)
      throws SQLException, DamagedException {
    boolean stood = isKnown(to) && !recent().hasArrived(to, window);
    if (!stood && !recent().hasArrived(from, window)) {
      recent().renamed(from, to, now);
    }
    removeTree(to);
    PreparedStatement select = prepare("SELECT parent, name, " + COLUMNS + TREE + " LIMIT " + PAGE);
    Map<RelPath, IndexEntry> page = new LinkedHashMap<>();
    do {
      page.clear();
      bindTree(select, from);
      read(select, page);
      for (Map.Entry<RelPath, IndexEntry> row : page.entrySet()) {
        RelPath moved = row.getKey().rebased(from, to);
        if (row.getValue().hash() != null) {
          chunks().move(row.getKey(), moved);
        }
        recent().moved(row.getKey(), moved, stood && moved.equals(to), window);
        remove(row.getKey());
        put(moved, row.getValue());
      }
    } while (page.size() == PAGE);
  }

  boolean isKnown(RelPath path) throws SQLException {
    PreparedStatement select = prepare("SELECT 1 FROM entry" + AT);
    bindKey(select, 1, path);
    try (ResultSet row = select.executeQuery()) {
      return row.next();
    }
  }

  /** Each directory at and below a path. */
  Map<RelPath, IndexEntry> directories(RelPath path) throws SQLException, DamagedException {
    String of = "SELECT parent, name, " + COLUMNS;
    String kind = " AND kind = " + RowCodec.DIRECTORY;
    Map<RelPath, IndexEntry> found = new LinkedHashMap<>();
    if (path.isRoot()) {
      read(prepare(of + " FROM entry WHERE true" + kind), found);
      return found;
    }
    PreparedStatement select = prepare(of + TREE.replace("WHERE ", "WHERE (") + ")" + kind);
    bindTree(select, path);
    read(select, found);
    return found;
  }

  Map<RelPath, IndexEntry> directoriesWith(long inode) throws SQLException, DamagedException {
    PreparedStatement select =
        prepare(
            "SELECT parent, name, "
                + COLUMNS
                + " FROM entry WHERE inode = ? AND kind = "
                + RowCodec.DIRECTORY);
    select.setLong(1, inode);
    Map<RelPath, IndexEntry> found = new LinkedHashMap<>();
    read(select, found);
    return found;
  }

  /** Reads rows that begin with their key. */
  private static void read(PreparedStatement select, Map<RelPath, IndexEntry> into)
      throws SQLException, DamagedException {
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        byte[] name = row.getBytes(2);
        RelPath path;
        try {
          RelPath parent = RelPath.of(row.getBytes(1));
          path = name == null || name.length == 0 ? parent : child(parent, name);
        } catch (IllegalArgumentException e) {
          throw new DamagedException("damaged (a path that was never written)", e);
        }
        into.put(path, RowCodec.read(row, 3, path));
      }
    }
  }

  void removeAll() throws SQLException {
    prepare("DELETE FROM entry").executeUpdate();
    prepare("DELETE FROM " + ChunkLists.NAME).executeUpdate();
    recent().clear();
    count = 0;
  }

  long count() {
    return count;
  }

  long countTree(RelPath path) throws SQLException {
    if (path.isRoot()) {
      return count;
    }
    PreparedStatement select = prepare("SELECT count(*)" + TREE);
    bindTree(select, path);
    try (ResultSet row = select.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  @Nullable Long meta(String name) throws SQLException {
    PreparedStatement select = prepare("SELECT value FROM meta WHERE name = ?");
    select.setString(1, name);
    try (ResultSet row = select.executeQuery()) {
      return row.next() ? row.getLong(1) : null;
    }
  }

  void setMeta(String name, long value) throws SQLException {
    PreparedStatement replace = prepare("REPLACE INTO meta VALUES (?, ?)");
    replace.setString(1, name);
    replace.setLong(2, value);
    replace.executeUpdate();
  }

  void removeMeta(String name) throws SQLException {
    PreparedStatement delete = prepare("DELETE FROM meta WHERE name = ?");
    delete.setString(1, name);
    delete.executeUpdate();
  }

  ImmutableMap<RelPath, IndexEntry> filesAfter(RelPath after, int most)
      throws SQLException, DamagedException {
    PreparedStatement select =
        prepare(
            "SELECT parent, name, "
                + COLUMNS
                + " FROM entry WHERE (parent, name) > (?, ?) AND kind = "
                + RowCodec.FILE
                + " ORDER BY parent, name LIMIT ?");
    bindKey(select, 1, after);
    select.setInt(3, most);
    Map<RelPath, IndexEntry> found = new LinkedHashMap<>();
    read(select, found);
    return ImmutableMap.copyOf(found);
  }

  MirrorIndex.FileTotals fileTotals() throws SQLException {
    PreparedStatement select =
        prepare("SELECT count(*), total(size) FROM entry WHERE kind = " + RowCodec.FILE);
    try (ResultSet row = select.executeQuery()) {
      row.next();
      return new MirrorIndex.FileTotals(row.getLong(1), (long) row.getDouble(2));
    }
  }

  byte @Nullable [] note(String name) throws SQLException {
    PreparedStatement select = prepare("SELECT value FROM meta WHERE name = ?");
    select.setString(1, NOTE + name);
    try (ResultSet row = select.executeQuery()) {
      return row.next() ? row.getBytes(1) : null;
    }
  }

  void setNote(String name, byte[] value) throws SQLException {
    PreparedStatement replace = prepare("REPLACE INTO meta VALUES (?, ?)");
    replace.setString(1, NOTE + name);
    replace.setBytes(2, value);
    replace.executeUpdate();
  }

  void setNoteDurably(String name, byte[] value) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA synchronous = FULL");
      try {
        setNote(name, value);
      } finally {
        statement.execute("PRAGMA synchronous = NORMAL");
      }
    }
  }

  void removeNotes() throws SQLException {
    prepare("DELETE FROM meta WHERE name LIKE '" + NOTE + "%'").executeUpdate();
  }

  PreparedStatement prepare(String sql) throws SQLException {
    PreparedStatement known = prepared.get(sql);
    if (known == null) {
      known = connection.prepareStatement(sql);
      prepared.put(sql, known);
    }
    return known;
  }

  static void bindKey(PreparedStatement statement, int first, RelPath path) throws SQLException {
    RelPath parent = path.isRoot() ? RelPath.ROOT : path.parent();
    statement.setBytes(first, parent.bytes());
    statement.setBytes(first + 1, path.name().getBytes(ISO_8859_1));
  }

  /** Blobs compare as unsigned bytes; the byte after a slash is 0. */
  static void bindTree(PreparedStatement statement, RelPath path) throws SQLException {
    bindKey(statement, 1, path);
    statement.setBytes(3, path.bytes());
    statement.setBytes(4, (path.latin1() + '/').getBytes(ISO_8859_1));
    statement.setBytes(5, (path.latin1() + '0').getBytes(ISO_8859_1));
  }

  private long number(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  void closeQuietly(Exception reason) {
    try {
      close();
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  /** The database is not what was written: it is to be set aside. */
  static final class DamagedException extends Exception {
    private static final long serialVersionUID = 1L;

    DamagedException(String message) {
      super(message);
    }

    DamagedException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
