package io.relais.sync.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;

/** Tells a damaged database from a disk in trouble, by result code (sqlite.org/rescode.html). */
final class SqliteFailures {
  private static final int ERROR = 1;
  private static final int PERMISSION = 3;
  private static final int BUSY = 5;
  private static final int LOCKED = 6;
  private static final int READ_ONLY = 8;
  private static final int DISK_FAILS = 10;
  private static final int CORRUPT = 11;
  private static final int FULL = 13;
  private static final int CAN_NOT_OPEN = 14;
  private static final int SCHEMA = 17;
  private static final int MISMATCH = 20;
  private static final int FORMAT = 24;
  private static final int NOT_A_DATABASE = 26;
  private static final int SHORT_READ = 10 | 2 << 8;

  /** In bytes: with less, nothing of a database can be written. */
  private static final long LEAST_ROOM = 64 << 10;

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

  /** In words, with what to do; SQLite's own are for who knows its codes. */
  static String describe(SQLException failure, Path file) {
    Path directory = file.resolveSibling(".").normalize();
    int code = code(failure) & 0xFF;
    // A disk without room shows in any of these: what is mapped into memory has to be made too.
    boolean full =
        code == FULL
            || ((code == DISK_FAILS || code == CAN_NOT_OPEN)
                && StateDisk.lacks(directory, LEAST_ROOM));
    if (full) {
      return StateDisk.full(directory);
    }
    return switch (code) {
      case DISK_FAILS -> "its disk reports an error; look at the kernel's log (dmesg)";
      case READ_ONLY, PERMISSION, CAN_NOT_OPEN ->
          "it may not be opened or written; check the permissions of %s, and whether its file system is mounted read-only"
              .formatted(directory);
      case BUSY, LOCKED -> "another program holds it locked; end that, or wait for it";
      default -> "it does not work, and stays so; move %s away to begin a new one".formatted(file);
    };
  }

  private static int code(SQLException failure) {
    return failure instanceof org.sqlite.SQLiteException sqlite
        ? sqlite.getResultCode().code
        : failure.getErrorCode();
  }

  /** The disk under the state directory, and whether it is full. */
  static final class StateDisk {
    private StateDisk() {}

    /** Whether fewer bytes are free on it; false where that can't be told. */
    static boolean lacks(Path directory, long bytes) {
      try {
        return Files.getFileStore(directory).getUsableSpace() < bytes;
      } catch (IOException e) {
        return false;
      }
    }

    /** What to say of one that is full. */
    static String full(Path directory) {
      return "the disk of the state directory %s is full; free some space there"
          .formatted(directory);
    }
  }
}
