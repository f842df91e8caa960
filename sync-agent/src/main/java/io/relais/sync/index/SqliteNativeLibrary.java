package io.relais.sync.index;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.Faults;
import io.relais.sync.index.SqliteFailures.StateDisk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * SQLite's native library. It is unpacked here and not by its own loader, which leaves it behind
 * when the process is killed, makes a file that all may read, and keeps to itself why it failed:
 * here it is removed as soon as it is loaded, so there is nothing left to remove at the end.
 */
final class SqliteNativeLibrary {
  private static final Logger LOG = LoggerFactory.getLogger(SqliteNativeLibrary.class);
  private static final String PATH = "org.sqlite.lib.path";
  private static final String NAME = "org.sqlite.lib.name";

  /** What the library's own loader has left, in earlier versions of this program. */
  private static final String LEFT = "sqlite-*libsqlitejdbc.so{,.lck}";

  /** What a process that was killed just then has left here. */
  private static final String OURS = "sqlite-native-*.tmp";

  /** Younger ones may be just about to be loaded by another process. */
  private static final Duration YOUNG = Duration.ofSeconds(10);

  /** In bytes, for the library and a small database. */
  private static final long ROOM = 2 << 20;

  private static final Object LOADING = new Object();

  @GuardedBy("LOADING")
  private static boolean loaded;

  private SqliteNativeLibrary() {}

  /**
   * Loads it, unless it is.
   *
   * @param directory where it is unpacked for that moment; nobody else may write there
   * @throws IOException if it can't be unpacked or loaded there; the message says why and what to
   *     do
   */
  static void load(Path directory) throws IOException {
    synchronized (LOADING) {
      if (loaded) {
        return;
      }
      if (System.getProperty(PATH) == null) {
        Path file = unpack(directory);
        try {
          System.setProperty(PATH, directory.toString());
          System.setProperty(NAME, requireNonNull(file.getFileName()).toString());
          initialize(directory);
        } finally {
          System.clearProperty(PATH);
          System.clearProperty(NAME);
          Files.deleteIfExists(file);
        }
      } else {
        initialize(directory);
      }
      loaded = true;
    }
  }

  private static Path unpack(Path directory) throws IOException {
    Path file = null;
    boolean whole = false;
    try (InputStream packed = packed()) {
      file =
          Files.createTempFile(
              directory,
              "sqlite-native-",
              ".tmp",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(file, packed.readAllBytes());
      whole = true;
      return file;
    } catch (IOException e) {
      throw new IOException(
          StateDisk.lacks(directory, ROOM)
              ? StateDisk.full(directory)
              : "%s can't be written: %s; check its permissions and its disk"
                  .formatted(directory, Faults.describe(e)),
          e);
    } finally {
      if (!whole && file != null) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static InputStream packed() throws IOException {
    String name =
        LibraryLoaderUtil.getNativeLibResourcePath() + "/" + LibraryLoaderUtil.getNativeLibName();
    InputStream found = SQLiteJDBCLoader.class.getResourceAsStream(name);
    if (found == null) {
      throw new IOException("SQLite has no library for this kind of machine");
    }
    return found;
  }

  /** If the file that was named can't be loaded, it looks for others, and says which it tried. */
  private static void initialize(Path directory) throws IOException {
    try {
      boolean _ = SQLiteJDBCLoader.initialize();
    } catch (Exception e) { // It declares no other.
      LOG.debug("SQLite's library", e);
      throw new IOException(
          "SQLite's library can't be loaded from %s; is that file system mounted noexec?"
                  .formatted(directory)
              + " Set agent.state_dir to a directory on another",
          e);
    }
  }

  /**
   * Removes what processes that were killed have left. A living one keeps what it has loaded, with
   * its name or without.
   *
   * @param directory of this program alone
   */
  static void removeLeft(Path directory) {
    for (String pattern : new String[] {LEFT, OURS}) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, pattern)) {
        for (Path file : found) {
          if (isLeft(file)) {
            Files.deleteIfExists(file);
          }
        }
      } catch (IOException e) {
        LOG.debug("what is left of SQLite's library in {} stays: {}", directory, e.toString());
      }
    }
  }

  private static boolean isLeft(Path file) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
            .toInstant()
            .isBefore(Instant.now().minus(YOUNG));
  }
}
