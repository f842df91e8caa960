package io.relais.sync.index;

import java.sql.SQLException;

/** Tells a damaged database from a disk in trouble, by result code (sqlite.org/rescode.html). */
final class SqliteFailures {
  private static final int ERROR = 1;
  private static final int CORRUPT = 11;
  private static final int SCHEMA = 17;
  private static final int MISMATCH = 20;
  private static final int FORMAT = 24;
  private static final int NOT_A_DATABASE = 26;
  private static final int SHORT_READ = 10 | 2 << 8;

  private SqliteFailures() {}

  /**
   * Whether the file's content is at fault. A statement that does not fit the schema (ERROR) is:
   * ours are fixed, so the tables are not those that were made.
   */
  static boolean isDamage(SQLException failure) {
    int code = code(failure);
    return code == SHORT_READ
        || switch (code & 0xFF) {
          case ERROR, CORRUPT, SCHEMA, MISMATCH, FORMAT, NOT_A_DATABASE -> true;
          default -> false;
        };
  }

  private static int code(SQLException failure) {
    return failure instanceof org.sqlite.SQLiteException sqlite
        ? sqlite.getResultCode().code
        : failure.getErrorCode();
  }
}
