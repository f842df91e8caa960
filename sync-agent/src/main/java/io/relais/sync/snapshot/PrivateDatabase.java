package io.relais.sync.snapshot;

import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteException;

/** What SQLite itself does with a copy that nobody else has. */
final class PrivateDatabase {
  private PrivateDatabase() {}

  /**
   * Puts what its log has into the database, or takes back what was not finished, and removes log
   * and journal. Nothing that the database holds is interpreted, neither its tables nor their
   * definitions: whoever wrote it may mean harm.
   *
   * @param shown of which database it is a copy
   */
  static void settle(Path file, RelPath shown) throws IOException {
    SQLiteConfig config = new SQLiteConfig();
    config.setSynchronous(SQLiteConfig.SynchronousMode.OFF);
    try (Connection connection = config.createConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      // To read a header takes what is needed to read anything.
      try (ResultSet version = statement.executeQuery("PRAGMA user_version")) {
        boolean _ = version.next();
      }
      try (ResultSet written = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
        if (!written.next() || written.getInt(1) != 0) {
          throw new IOException("the log of a copy was not written to it");
        }
      }
    } catch (SQLException e) {
      String code = e instanceof SQLiteException known ? known.getResultCode().name() : "";
      throw DatabaseCopier.problem(
          shown,
          "SQLite can't read a copy of it (%s); check it with PRAGMA integrity_check"
              .formatted(code),
          e);
    }
  }
}
