package io.relais.sync.snapshot;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteException;

/**
 * Copies a database as it is at one moment, and changes nothing of it: SQLite's own locks are taken
 * on our descriptors, what the database consists of is copied, and SQLite then puts that together
 * where only we can write.
 *
 * <p>SQLite could copy it itself, by its backup interface, but only from a path: it follows every
 * symlink on the way, makes the log and the shared memory where they are missing, and gives them to
 * the database's owner. A user who can write to the site could lead a privileged reader anywhere
 * that way.
 *
 * <p>The locks are those of <a href="https://www.sqlite.org/lockingv3.html">the file</a> and of <a
 * href="https://www.sqlite.org/walformat.html">the log</a>:
 *
 * <ul>
 *   <li>SHARED on the file, as any reader has it. Whoever writes without a log waits for it when he
 *       commits; a log is not removed meanwhile, nor is the kind of journal changed. Where nobody
 *       has written for a moment it is copied without, and counts if nobody has until the end.
 *   <li>In its shared memory, the lock for checkpoints, and that of a reader. So nothing goes from
 *       the log to the file, and it is not restarted from its beginning; its writer goes on
 *       appending to it. What was appended by halves ends the log for whoever reads it.
 *   <li>Where there is no shared memory, nobody has it open with a log. Somebody may begin to, so
 *       the copy counts only if there still is none afterwards.
 * </ul>
 *
 * <p>For use by many threads.
 */
final class DatabaseCopier {
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(ISO_8859_1);

  /** At the end of a journal that belongs to a transaction over several databases. */
  private static final byte[] JOURNAL_MAGIC = {
    (byte) 0xd9, (byte) 0xd5, 0x05, (byte) 0xf9, 0x20, (byte) 0xa1, 0x63, (byte) 0xd7
  };

  private static final long PENDING = 0x40000000;
  private static final long RESERVED = PENDING + 1;
  private static final long SHARED = PENDING + 2;
  private static final long SHARED_BYTES = 510;
  private static final long CHECKPOINT = 121;

  /** The last of those for readers, which is the least used. */
  private static final long READER = 127;

  /** How long a lock is waited for: others of the same round wait meanwhile. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** Who writes all the time does so more often; and the kernel's times are half as coarse. */
  private static final Duration QUIET = Duration.ofMillis(40);

  /** How often somebody may begin to use it, or exchange it, under our eyes. */
  private static final int TRIES = 5;

  /** Bytes of free space besides what is copied. */
  private static final long MARGIN = 1 << 20;

  private static final int BUFFER = 1 << 18;
  private static final String NAME = "snapshot-";
  private static final String SUFFIX = ".db";

  /** Of what a copy consists of until it is put together. */
  private static final List<String> NAMES =
      List.of("", DatabaseFiles.WAL, DatabaseFiles.SHARED_MEMORY, DatabaseFiles.JOURNAL);

  private final Path directory;

  /** Whether what an earlier run has left was looked for. */
  @GuardedBy("this")
  private boolean tidied;

  DatabaseCopier(Path directory) {
    this.directory = directory;
  }

  /**
   * A copy, whose file has no name any more.
   *
   * @param stamp what the database was when copying it began
   * @param beganNanos when that was, by {@link System#nanoTime}
   */
  record Copy(DatabaseStamp stamp, FileChannel content, long size, long beganNanos) {
    /** The same by a clock, nanoseconds since 1970. */
    long at(InstantSource clock) {
      var now = clock.instant();
      long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
      return nanos - (System.nanoTime() - beganNanos);
    }
  }

  /**
   * Copies a database.
   *
   * @throws NoSuchFileException if it is not there, or was exchanged again and again
   * @throws FileSystemException if it is none, is damaged, stays locked, or there is no room for
   *     the copy: the reason says what to do
   */
  Copy copy(SourceTree tree, RelPath path) throws IOException {
    tidy();
    for (int i = 0; i < TRIES; i++) {
      Path file =
          Files.createTempFile(
              directory,
              NAME,
              SUFFIX,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try {
        // At first without keeping anybody from writing, if it seems that nobody does.
        Copy copy = tried(tree, path, file, i == 0);
        if (copy != null) {
          return copy;
        }
      } finally {
        for (String each : NAMES) {
          Files.deleteIfExists(file.resolveSibling(file.getFileName() + each));
        }
      }
    }
    throw new NoSuchFileException(path.toString(), null, "it is exchanged again and again");
  }

  /** Null if it was exchanged, or somebody began to use it, meanwhile. */
  private @Nullable Copy tried(SourceTree tree, RelPath path, Path file, boolean unlocked)
      throws IOException {
    boolean hasLog;
    boolean hasJournal;
    DatabaseStamp stamp;
    long began;
    try (Parts parts = new Parts(tree, path)) {
      began = System.nanoTime();
      stamp = parts.stamp();
      requireRoom(path, parts.bytes());
      boolean open = unlocked && parts.isQuiet(stamp);
      if (open) {
        parts.unlock();
      }
      byte[] head = write(parts.database, file, MAGIC.length);
      if (head.length > 0 && !Arrays.equals(head, MAGIC)) {
        throw problem(
            path,
            "it matches 'sqlite', but is not an SQLite database, so it is not mirrored; change"
                + " 'sqlite' to mirror it as an ordinary file",
            null);
      }
      hasLog = writeBeside(parts.log, file, DatabaseFiles.WAL);
      hasJournal = writeBeside(parts.journal, file, DatabaseFiles.JOURNAL);
      if (open) {
        parts.lock();
      }
      if (!parts.stayed(stamp)) {
        return null;
      }
    }
    if (hasJournal && isOfSeveral(file)) {
      throw problem(
          path,
          "a transaction over several databases was broken off; open it once with SQLite, which"
              + " takes that back. Until then the copy stays as it was",
          null);
    }
    if (hasLog || hasJournal) {
      settle(file, path);
    }
    FileChannel content = FileChannel.open(file, StandardOpenOption.READ);
    return new Copy(stamp, content, content.size(), began);
  }

  /** What a database consists of, open and locked. */
  private static final class Parts implements AutoCloseable {
    private final SourceTree tree;
    private final RelPath path;
    private final List<SourceFile> open = new ArrayList<>();
    final SourceFile database;
    final @Nullable SourceFile log;

    /** One that has to be played back, since its writer is gone. */
    final @Nullable SourceFile journal;

    private final @Nullable SourceFile memory;

    Parts(SourceTree tree, RelPath path) throws IOException {
      this.tree = tree;
      this.path = path;
      boolean whole = false;
      try {
        database = opened(path);
        lock();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        log = beside(DatabaseFiles.WAL);
        memory = beside(DatabaseFiles.SHARED_MEMORY);
        if (memory != null) {
          lock(memory, CHECKPOINT, 1, deadline);
          lock(memory, READER, 1, deadline);
        }
        SourceFile found = beside(DatabaseFiles.JOURNAL);
        boolean isLeft =
            found != null && !database.isLockedElsewhere(RESERVED, 1) && !isFinished(found);
        journal = isLeft ? beside(DatabaseFiles.JOURNAL) : null;
        whole = true;
      } finally {
        if (!whole) {
          close();
        }
      }
    }

    private SourceFile opened(RelPath file) throws IOException {
      SourceFile opened = tree.open(file);
      open.add(opened);
      return opened;
    }

    /** Null for none, and for an empty one. */
    private @Nullable SourceFile beside(String suffix) throws IOException {
      try {
        SourceFile opened = opened(DatabaseFiles.beside(path, suffix));
        return opened.stat().size() > 0 ? opened : null;
      } catch (NoSuchFileException e) {
        return null;
      }
    }

    /** Nobody changes the database's file from now on. */
    final void lock() throws IOException {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      lock(database, PENDING, 1, deadline);
      lock(database, SHARED, SHARED_BYTES, deadline);
      database.unlock(PENDING, 1);
    }

    void unlock() throws IOException {
      database.unlock(SHARED, SHARED_BYTES);
    }

    /**
     * Whether it is likely to stay as it is, and its times would tell if it did not: whoever writes
     * without a log need not wait then.
     */
    boolean isQuiet(DatabaseStamp stamp) {
      var now = Instant.now();
      long age = now.getEpochSecond() * 1_000_000_000L + now.getNano() - stamp.changed();
      return memory == null && log == null && journal == null && age > QUIET.toNanos();
    }

    private void lock(SourceFile file, long start, long bytes, long deadline) throws IOException {
      while (!attempt(file, start, bytes)) {
        if (System.nanoTime() - deadline > 0) {
          throw problem(
              path,
              "another program has kept it locked for %d s, so it can't be copied; until it is"
                      .formatted(PATIENCE.toSeconds())
                  + " unlocked, the copy stays as it was. Is its locking_mode EXCLUSIVE?",
              null);
        }
        try {
          Thread.sleep(1);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw problem(path, "copying it was broken off", e);
        }
      }
    }

    private boolean attempt(SourceFile file, long start, long bytes) throws IOException {
      try {
        return file.lock(start, bytes);
      } catch (FileSystemException e) {
        throw problem(
            path,
            "its file system has no locks (%s), so it can't be copied while it may be written"
                .formatted(e.getReason()),
            e);
      }
    }

    /** Its header is overwritten, or of nothing, once its transaction is over. */
    private static boolean isFinished(SourceFile journal) throws IOException {
      byte[] first = new byte[1];
      return journal.read(first, 0, 1) == 0 || first[0] == 0;
    }

    DatabaseStamp stamp() throws IOException {
      return DatabaseStamp.of(database.stat(), log == null ? null : log.stat());
    }

    long bytes() throws IOException {
      // What is in the log is written to the file too.
      return database.stat().size()
          + (log == null ? 0 : 2 * log.stat().size())
          + (journal == null ? 0 : journal.stat().size());
    }

    /** Whether what was copied still is the database, and nobody could change it meanwhile. */
    boolean stayed(DatabaseStamp before) throws IOException {
      SourceEntry now = tree.stat(path);
      if (now == null || now.inode() != before.database().inode()) {
        return false;
      }
      return memory != null
          || (tree.stat(DatabaseFiles.beside(path, DatabaseFiles.SHARED_MEMORY)) == null
              && stamp().equals(before));
    }

    @Override
    public void close() throws IOException {
      for (SourceFile each : open) {
        each.close();
      }
    }
  }

  private void requireRoom(RelPath path, long bytes) throws IOException {
    long free = Files.getFileStore(directory).getUsableSpace();
    if (free < bytes + MARGIN) {
      throw problem(
          path,
          "a snapshot of it takes %d MB in %s, where %d MB are free; free some space there"
              .formatted(bytes / 1_000_000 + 1, directory, free / 1_000_000),
          null);
    }
  }

  private static boolean writeBeside(@Nullable SourceFile from, Path file, String suffix)
      throws IOException {
    if (from == null) {
      return false;
    }
    write(from, file.resolveSibling(file.getFileName() + suffix), 0);
    return true;
  }

  /** Copies a file from its beginning; its first bytes, fewer if it has no more. */
  private static byte[] write(SourceFile from, Path to, int first) throws IOException {
    byte[] head = new byte[0];
    byte[] buffer = new byte[BUFFER];
    from.stat(); // It is read up to the size that is known of it.
    try (FileChannel out =
        FileChannel.open(
            to,
            Set.of(
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      for (int count = from.read(buffer, 0, BUFFER);
          count > 0;
          count = from.read(buffer, 0, BUFFER)) {
        if (out.position() == 0) {
          head = Arrays.copyOf(buffer, Math.min(first, count));
        }
        for (ByteBuffer rest = ByteBuffer.wrap(buffer, 0, count); rest.hasRemaining(); ) {
          out.write(rest);
        }
      }
    }
    return head;
  }

  /**
   * Whether a journal names another, by a path of its writer's choice, that SQLite would look for
   * and remove.
   */
  private static boolean isOfSeveral(Path file) throws IOException {
    Path journal = file.resolveSibling(file.getFileName() + DatabaseFiles.JOURNAL);
    try (FileChannel in = FileChannel.open(journal, StandardOpenOption.READ)) {
      ByteBuffer end = ByteBuffer.allocate(JOURNAL_MAGIC.length);
      if (in.size() < end.capacity()) {
        return false;
      }
      in.position(in.size() - end.capacity());
      while (end.hasRemaining() && in.read(end) > 0) {}
      return Arrays.equals(end.array(), JOURNAL_MAGIC);
    }
  }

  /** Removes what a run that was killed has left. */
  private synchronized void tidy() throws IOException {
    if (tidied) {
      return;
    }
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(directory, NAME + "*" + SUFFIX + "*")) {
      for (Path each : left) {
        Files.deleteIfExists(each);
      }
    }
    tidied = true;
  }

  static FileSystemException problem(RelPath path, String reason, @Nullable Throwable cause) {
    FileSystemException problem = new FileSystemException(path.toString(), null, reason);
    problem.initCause(cause);
    return problem;
  }

  /**
   * Puts what its log has into the database, or takes back what was not finished, and removes log
   * and journal. Nothing that the database holds is interpreted, neither its tables nor their
   * definitions: its author may mean harm.
   *
   * @param shown of which database it is a copy
   */
  private static void settle(Path file, RelPath shown) throws IOException {
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

  /**
   * What tells that nobody has written to a database: it and its log are as they were.
   *
   * @param log null where there is none, or an empty one
   */
  record DatabaseStamp(SourceEntry database, @Nullable SourceEntry log) {
    static DatabaseStamp of(SourceEntry database, @Nullable SourceEntry log) {
      boolean used = log != null && log.kind() == EntryKind.FILE && log.size() > 0;
      return new DatabaseStamp(database, used ? log : null);
    }

    /** What a copy of such a size stands for: as old as what was written last. */
    SourceEntry entry(long size) {
      return new SourceEntry(
          EntryKind.FILE,
          size,
          log == null ? database.mtimeNanos() : Math.max(database.mtimeNanos(), log.mtimeNanos()),
          changed(),
          database.mode(),
          database.device(),
          database.inode(),
          null);
    }

    /** When the later of both was changed last, nanoseconds since 1970. */
    long changed() {
      return log == null
          ? database.ctimeNanos()
          : Math.max(database.ctimeNanos(), log.ctimeNanos());
    }
  }
}
