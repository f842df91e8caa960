package io.relais.sync.index;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.relais.sync.index.IndexDatabase.DamagedException;
import io.relais.sync.path.RelPath;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What came and what went of late, by the same key as the records, with the time in milliseconds
 * since 1970. What has no row in {@code arrived} has stood long enough; {@code gone} has only what
 * had, and {@code renamed} where else it is. All are empty while nothing comes or goes, and after a
 * first sync.
 */
final class RecentChanges {
  private static final String ARRIVED = "arrived";
  private static final String GONE = "gone";
  private static final String RENAMED = "renamed";

  /** More in one window than anybody moves; beyond that they count as before. */
  private static final int MOST_RENAMED = 1_000;

  private static final String AT = " WHERE parent = ? AND name = ?";

  private final IndexDatabase database;

  /** Whether there may be rows: mostly there are none, and nothing is to be asked for. */
  private boolean mayHaveArrived;

  private boolean mayBeGone;
  private boolean mayBeRenamed;

  RecentChanges(IndexDatabase database) throws SQLException {
    this.database = database;
    look();
  }

  /** Also for a database that an older version made: all that it has counts as having stood. */
  static void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(
          "CREATE TABLE IF NOT EXISTS arrived (parent BLOB NOT NULL, name BLOB NOT NULL,"
              + " at, PRIMARY KEY (parent, name)) WITHOUT ROWID");
      statement.executeUpdate(
          "CREATE TABLE IF NOT EXISTS gone (parent BLOB NOT NULL, name BLOB NOT NULL,"
              + " at, counts, PRIMARY KEY (parent, name)) WITHOUT ROWID");
      statement.executeUpdate(
          "CREATE TABLE IF NOT EXISTS renamed (parent BLOB NOT NULL, name BLOB NOT NULL,"
              + " new_parent BLOB NOT NULL, new_name BLOB NOT NULL, at,"
              + " PRIMARY KEY (parent, name)) WITHOUT ROWID");
    }
  }

  private void look() throws SQLException {
    mayHaveArrived = hasRows(ARRIVED);
    mayBeGone = hasRows(GONE);
    mayBeRenamed = hasRows(RENAMED);
  }

  private boolean hasRows(String table) throws SQLException {
    try (ResultSet row =
        database.prepare("SELECT EXISTS (SELECT 1 FROM " + table + ")").executeQuery()) {
      return row.next() && row.getBoolean(1);
    }
  }

  /** {@link MirrorIndex#arrived}. */
  void arrived(RelPath path, Instant now, Instant window) throws SQLException, DamagedException {
    if ((mayBeGone && isBack(path, window)) || isInPlaceOfWhatWasMoved(path, now, window)) {
      return;
    }
    insertArrived(path, now);
  }

  private void insertArrived(RelPath path, Instant now) throws SQLException {
    PreparedStatement insert =
        database.prepare(
            "INSERT OR IGNORE INTO arrived SELECT ?, ?, ?"
                + " WHERE NOT EXISTS (SELECT 1 FROM entry"
                + AT
                + ")");
    IndexDatabase.bindKey(insert, 1, path);
    insert.setLong(3, now.toEpochMilli());
    IndexDatabase.bindKey(insert, 4, path);
    mayHaveArrived |= insert.executeUpdate() > 0;
  }

  /** Then what was moved is what is new, where it is still there; otherwise it is not gone. */
  private boolean isInPlaceOfWhatWasMoved(RelPath path, Instant now, Instant window)
      throws SQLException, DamagedException {
    RelPath moved = movedTo(path, window).orElse(null);
    if (moved == null) {
      return false;
    }
    if (mayBeGone && isBack(moved, window)) {
      return true;
    }
    if (hasArrived(moved, window) || database.isKnown(path)) {
      return false;
    }
    PreparedStatement insert =
        database.prepare("REPLACE INTO arrived SELECT parent, name, ? FROM entry" + AT);
    insert.setLong(1, now.toEpochMilli());
    IndexDatabase.bindKey(insert, 2, moved);
    boolean isNew = insert.executeUpdate() > 0;
    mayHaveArrived |= isNew;
    return isNew;
  }

  /** {@link MirrorIndex#movedTo}. */
  Optional<RelPath> movedTo(RelPath path, Instant after) throws SQLException, DamagedException {
    if (!mayBeRenamed) {
      return Optional.empty();
    }
    PreparedStatement select =
        database.prepare("SELECT new_parent, new_name FROM renamed" + AT + " AND at > ?");
    select.setLong(3, after.toEpochMilli());
    for (RelPath at = path; ; at = at.parent()) {
      IndexDatabase.bindKey(select, 1, at);
      try (ResultSet row = select.executeQuery()) {
        if (row.next()) {
          return Optional.of(path.rebased(at, path(row)));
        }
      }
      if (at.isRoot()) {
        return Optional.empty();
      }
    }
  }

  /** What has stood at one path is at another; to be called before the records are moved. */
  void renamed(RelPath from, RelPath to, Instant now) throws SQLException, DamagedException {
    Map<RelPath, RelPath> all = new HashMap<>();
    if (mayBeRenamed) {
      PreparedStatement select =
          database.prepare("SELECT new_parent, new_name, parent, name FROM renamed");
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          all.put(path(row, 3), path(row));
        }
      }
    }
    for (Map.Entry<RelPath, RelPath> each : all.entrySet()) {
      if (each.getValue().startsWith(from)) {
        PreparedStatement update =
            database.prepare("UPDATE renamed SET new_parent = ?, new_name = ?" + AT);
        IndexDatabase.bindKey(update, 1, each.getValue().rebased(from, to));
        IndexDatabase.bindKey(update, 3, each.getKey());
        update.executeUpdate();
      }
    }
    if (all.size() < MOST_RENAMED) {
      PreparedStatement insert = database.prepare("REPLACE INTO renamed VALUES (?, ?, ?, ?, ?)");
      IndexDatabase.bindKey(insert, 1, from);
      IndexDatabase.bindKey(insert, 3, to);
      insert.setLong(5, now.toEpochMilli());
      insert.executeUpdate();
      mayBeRenamed = true;
    }
  }

  private boolean isBack(RelPath path, Instant window) throws SQLException {
    PreparedStatement delete = database.prepare("DELETE FROM gone" + AT + " AND at > ?");
    IndexDatabase.bindKey(delete, 1, path);
    delete.setLong(3, window.toEpochMilli());
    return delete.executeUpdate() > 0;
  }

  /** {@link MirrorIndex#deleted}. */
  void deleted(RelPath path, Instant now, Instant window, boolean counts) throws SQLException {
    PreparedStatement insert = gone(" WHERE parent = ?6 AND name = ?7", now, window, counts);
    IndexDatabase.bindKey(insert, 6, path);
    mayBeGone |= insert.executeUpdate() > 0;
  }

  /** {@link MirrorIndex#deletedTree}. */
  void deletedTree(RelPath path, Instant now, Instant window, boolean counts) throws SQLException {
    PreparedStatement insert = gone(IndexDatabase.IN_TREE_NUMBERED, now, window, counts);
    IndexDatabase.bindTree(insert, path);
    mayBeGone |= insert.executeUpdate() > 0;
  }

  private PreparedStatement gone(String where, Instant now, Instant window, boolean counts)
      throws SQLException {
    PreparedStatement insert =
        database.prepare(
            "REPLACE INTO gone SELECT parent, name, ?8, ?9 FROM entry"
                + where
                + " AND NOT EXISTS (SELECT 1 FROM arrived WHERE arrived.parent = entry.parent"
                + " AND arrived.name = entry.name AND arrived.at > ?10 AND arrived.at <= ?8)");
    insert.setLong(8, now.toEpochMilli());
    insert.setInt(9, counts ? 1 : 0);
    insert.setLong(10, window.toEpochMilli());
    return insert;
  }

  /** A record was removed. */
  void removed(RelPath path) throws SQLException {
    if (mayHaveArrived) {
      PreparedStatement delete = database.prepare("DELETE FROM arrived" + AT);
      IndexDatabase.bindKey(delete, 1, path);
      delete.executeUpdate();
    }
  }

  /** A record and all below it were removed. */
  void removedTree(RelPath path) throws SQLException {
    if (mayHaveArrived) {
      PreparedStatement delete = database.prepare("DELETE FROM arrived" + IndexDatabase.IN_TREE);
      IndexDatabase.bindTree(delete, path);
      delete.executeUpdate();
    }
  }

  /**
   * A record has another path, before that of the old one is removed.
   *
   * @param stood whether what it takes the place of had stood: then so has this
   */
  void moved(RelPath from, RelPath to, boolean stood, Instant window) throws SQLException {
    boolean back = mayBeGone && isBack(to, window);
    if (!mayHaveArrived) {
      return;
    }
    if (stood || back) {
      removed(from);
      return;
    }
    PreparedStatement update =
        database.prepare("UPDATE OR REPLACE arrived SET parent = ?, name = ?" + AT);
    IndexDatabase.bindKey(update, 1, to);
    IndexDatabase.bindKey(update, 3, from);
    update.executeUpdate();
  }

  boolean hasArrived(RelPath path, Instant after) throws SQLException {
    if (!mayHaveArrived) {
      return false;
    }
    PreparedStatement select = database.prepare("SELECT 1 FROM arrived" + AT + " AND at > ?");
    IndexDatabase.bindKey(select, 1, path);
    select.setLong(3, after.toEpochMilli());
    try (ResultSet row = select.executeQuery()) {
      return row.next();
    }
  }

  long countArrived(Instant after, Instant until) throws SQLException {
    if (!mayHaveArrived) {
      return 0;
    }
    PreparedStatement select =
        database.prepare("SELECT count(*) FROM arrived WHERE at > ? AND at <= ?");
    select.setLong(1, after.toEpochMilli());
    select.setLong(2, until.toEpochMilli());
    return number(select);
  }

  Set<RelPath> arrived(Instant after, Instant until) throws SQLException, DamagedException {
    if (!mayHaveArrived) {
      return Set.of();
    }
    PreparedStatement select =
        database.prepare("SELECT parent, name FROM arrived WHERE at > ? AND at <= ?");
    select.setLong(1, after.toEpochMilli());
    select.setLong(2, until.toEpochMilli());
    return paths(select);
  }

  private static Set<RelPath> paths(PreparedStatement select)
      throws SQLException, DamagedException {
    Set<RelPath> found = new HashSet<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        found.add(path(row));
      }
    }
    return found;
  }

  private static RelPath path(ResultSet row) throws SQLException, DamagedException {
    return path(row, 1);
  }

  /**
   * @param column the parent's; the name's follows
   */
  private static RelPath path(ResultSet row, int column) throws SQLException, DamagedException {
    try {
      RelPath parent = RelPath.of(row.getBytes(column));
      String name = new String(row.getBytes(column + 1), ISO_8859_1);
      return name.isEmpty() ? parent : parent.child(name);
    } catch (IllegalArgumentException e) {
      throw new DamagedException("damaged (a path that was never written)", e);
    }
  }

  long countGone(Instant after) throws SQLException {
    if (!mayBeGone) {
      return 0;
    }
    PreparedStatement select =
        database.prepare("SELECT count(*) FROM gone WHERE counts = 1 AND at > ?");
    select.setLong(1, after.toEpochMilli());
    return number(select);
  }

  Set<RelPath> gone(Instant after) throws SQLException, DamagedException {
    PreparedStatement select =
        database.prepare("SELECT parent, name FROM gone WHERE counts = 1 AND at > ?");
    select.setLong(1, after.toEpochMilli());
    return paths(select);
  }

  private static long number(PreparedStatement select) throws SQLException {
    try (ResultSet row = select.executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  /** What went no longer counts. */
  void forgive() throws SQLException {
    database.prepare("UPDATE gone SET counts = 0").executeUpdate();
  }

  /** Forgets what is so long ago that it makes no difference. Not within a batch. */
  void prune(Instant until) throws SQLException {
    if (!mayHaveArrived && !mayBeGone && !mayBeRenamed) {
      return;
    }
    for (String table : new String[] {ARRIVED, GONE, RENAMED}) {
      PreparedStatement delete = database.prepare("DELETE FROM " + table + " WHERE at <= ?");
      delete.setLong(1, until.toEpochMilli());
      delete.executeUpdate();
    }
    look();
  }

  void clear() throws SQLException {
    database.prepare("DELETE FROM arrived").executeUpdate();
    database.prepare("DELETE FROM gone").executeUpdate();
    database.prepare("DELETE FROM renamed").executeUpdate();
  }
}
