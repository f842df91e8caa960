package io.relais.sync.index;

import com.google.common.hash.HashCode;
import io.relais.sync.delta.ChunkList;
import io.relais.sync.index.IndexDatabase.DamagedException;
import io.relais.sync.path.RelPath;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The lists of chunks, by the same key as the records: a path as its directory and its name.
 *
 * <p>Each row says of which content it is the list, and counts only for that one, so a row that was
 * left behind does no harm; neither does one that is missing or damaged: the file is sent whole.
 * Nothing in a row but the key depends on the path.
 */
final class ChunkLists {
  static final String NAME = "chunks";
  private static final String AT = " WHERE parent = ? AND name = ?";

  private final IndexDatabase database;

  ChunkLists(IndexDatabase database) {
    this.database = database;
  }

  /** Also for a database that an older version made: that one did not need to know the table. */
  static void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(
          "CREATE TABLE IF NOT EXISTS chunks (parent BLOB NOT NULL, name BLOB NOT NULL,"
              + " content BLOB, list BLOB, sum, beginning, PRIMARY KEY (parent, name))");
      statement.executeUpdate("CREATE INDEX IF NOT EXISTS chunks_beginning ON chunks (beginning)");
    }
  }

  @Nullable ChunkList get(RelPath path, HashCode content) throws SQLException {
    PreparedStatement select = database.prepare("SELECT content, list, sum FROM chunks" + AT);
    IndexDatabase.bindKey(select, 1, path);
    try (ResultSet row = select.executeQuery()) {
      return row.next() ? read(row, content) : null;
    }
  }

  @Nullable RelPath beginningWith(long beginning) throws SQLException, DamagedException {
    PreparedStatement select =
        database.prepare("SELECT parent, name FROM chunks WHERE beginning = ? LIMIT 1");
    select.setLong(1, beginning);
    try (ResultSet row = select.executeQuery()) {
      if (!row.next()) {
        return null;
      }
      byte[] parent = row.getBytes(1);
      return IndexDatabase.child(
          parent == null ? RelPath.ROOT : RelPath.of(parent), row.getBytes(2));
    } catch (IllegalArgumentException e) {
      return null; // it only would have been faster
    }
  }

  private static @Nullable ChunkList read(ResultSet row, HashCode content) throws SQLException {
    byte[] of = row.getBytes(1);
    byte[] list = row.getBytes(2);
    if (of == null
        || list == null
        || row.getLong(3) != sum(of, list)
        || of.length == 0
        || !HashCode.fromBytes(of).equals(content)) {
      return null;
    }
    try {
      return ChunkList.of(list);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  void put(RelPath path, HashCode content, @Nullable ChunkList chunks) throws SQLException {
    if (chunks == null) {
      removeOthers(path, content);
      return;
    }
    PreparedStatement replace = database.prepare("REPLACE INTO chunks VALUES (?, ?, ?, ?, ?, ?)");
    byte[] of = content.asBytes();
    byte[] list = chunks.toBytes();
    IndexDatabase.bindKey(replace, 1, path);
    replace.setBytes(3, of);
    replace.setBytes(4, list);
    replace.setLong(5, sum(of, list));
    replace.setLong(6, chunks.beginning());
    replace.executeUpdate();
    replace.clearParameters();
  }

  private void removeOthers(RelPath path, HashCode content) throws SQLException {
    PreparedStatement delete =
        database.prepare("DELETE FROM chunks" + AT + " AND content IS NOT ?");
    IndexDatabase.bindKey(delete, 1, path);
    delete.setBytes(3, content.asBytes());
    delete.executeUpdate();
  }

  void remove(RelPath path) throws SQLException {
    PreparedStatement delete = database.prepare("DELETE FROM chunks" + AT);
    IndexDatabase.bindKey(delete, 1, path);
    delete.executeUpdate();
  }

  /** The file has another path; nothing may be known of that one. */
  void move(RelPath from, RelPath to) throws SQLException {
    PreparedStatement update = database.prepare("UPDATE chunks SET parent = ?, name = ?" + AT);
    IndexDatabase.bindKey(update, 1, to);
    IndexDatabase.bindKey(update, 3, from);
    update.executeUpdate();
  }

  private static long sum(byte[] content, byte[] list) {
    CRC32C sum = new CRC32C();
    sum.update(content);
    sum.update(list);
    return sum.getValue();
  }
}
