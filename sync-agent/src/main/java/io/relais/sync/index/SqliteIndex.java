package io.relais.sync.index;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.HashCode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.Faults;
import io.relais.sync.delta.ChunkList;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.RootResolution;
import io.relais.sync.index.IndexDatabase.DamagedException;
import io.relais.sync.index.MirrorIndex.HaltRecord;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The index in a SQLite database: {@code index.db} in a directory of the mirror's own, next to
 * {@code index.lock}. A database that is damaged, foreign or of another version is set aside as
 * {@code index.db.corrupt-TIME} the moment it is found out, and an empty one takes its place; what
 * was asked for is then done on the empty one.
 *
 * <p>After a power cut the last batches may be missing, but never a part of one.
 */
public final class SqliteIndex implements MirrorIndex {
  private static final Logger LOG = LoggerFactory.getLogger(SqliteIndex.class);
  private static final String NATIVE_DIRECTORY = "org.sqlite.tmpdir";
  private static final String SEQUENCE = "sequence";
  private static final String ROOT_DEVICE = "root.device";
  private static final String ROOT_INODE = "root.inode";
  private static final String ROOT_BIRTH = "root.birth";
  private static final String ROOT_LINKS = "root.links";
  private static final String ROOT_OWNER = "root.owner";
  private static final String HALT_WINDOW = "halt.window";
  private static final String HALT_SINCE = "halt.since";

  private final ReentrantLock lock = new ReentrantLock();
  private final Path file;
  private final Quarantine quarantine;
  private final Consumer<String> onReset;
  private final IndexLock processLock;

  @GuardedBy("lock")
  private @Nullable IndexDatabase database;

  @GuardedBy("lock")
  private boolean inBatch;

  @GuardedBy("lock")
  private @Nullable IndexException failedInBatch;

  @GuardedBy("lock")
  private boolean closed;

  private volatile boolean wasReset;

  private SqliteIndex(
      Path directory, InstantSource clock, Consumer<String> onReset, IndexLock processLock) {
    this.file = directory.resolve("index.db");
    this.quarantine = new Quarantine(file, clock);
    this.onReset = onReset;
    this.processLock = processLock;
  }

  /**
   * Says where SQLite's native library is unpacked, in every index of this process: {@code /tmp}
   * may be mounted noexec. To be called before the first is opened; a setting from outside stays.
   * What killed processes have left of it there is removed.
   */
  public static void unpackNativeLibraryIn(Path stateDirectory) {
    if (System.getProperty(NATIVE_DIRECTORY) == null) {
      System.setProperty(NATIVE_DIRECTORY, stateDirectory.toAbsolutePath().toString());
      SqliteNativeLibrary.removeLeft(stateDirectory);
    }
  }

  /**
   * Opens the index in a directory, which is made if need be.
   *
   * @param clock for the names of what is set aside
   * @param onReset told, on the thread that ran into it, that an unfit index was set aside: one
   *     line for the operator. It must not call the index.
   * @throws IndexException if the disk fails, or a process has it open already
   */
  public static SqliteIndex open(Path directory, InstantSource clock, Consumer<String> onReset) {
    Path real;
    try {
      real = Files.createDirectories(directory).toRealPath();
    } catch (IOException e) {
      throw new IndexException(
          "cannot make the directory %s for the index: %s".formatted(directory, Faults.describe(e)),
          e);
    }
    unpackNativeLibraryIn(real);
    loadNativeLibrary(real);
    IndexLock taken = IndexLock.take(real);
    SqliteIndex index = new SqliteIndex(real, clock, onReset, taken);
    try {
      index.run(IndexDatabase::count);
      return index;
    } catch (RuntimeException e) {
      taken.close();
      throw e;
    }
  }

  private static void loadNativeLibrary(Path directory) {
    try {
      SqliteNativeLibrary.load(Path.of(System.getProperty(NATIVE_DIRECTORY, directory.toString())));
    } catch (IOException e) {
      throw new IndexException(
          "the index in %s can't be used: %s".formatted(directory, e.getMessage()), e);
    }
  }

  @Override
  public @Nullable IndexEntry get(RelPath path) {
    return run(database -> database.get(path));
  }

  @Override
  public ImmutableMap<String, IndexEntry> children(RelPath directory) {
    return run(database -> database.children(directory));
  }

  @Override
  public boolean put(RelPath path, IndexEntry indexEntry) {
    return run(database -> database.put(path, indexEntry));
  }

  @Override
  public @Nullable ChunkList chunks(RelPath path, HashCode content) {
    return run(database -> database.chunks().get(path, content));
  }

  @Override
  public @Nullable RelPath beginningWith(long beginning) {
    return run(database -> database.chunks().beginningWith(beginning));
  }

  @Override
  public void putChunks(RelPath path, HashCode content, @Nullable ChunkList chunks) {
    change(database -> database.chunks().put(path, content, chunks));
  }

  @Override
  public void remove(RelPath path) {
    change(database -> database.remove(path));
  }

  @Override
  public void removeTree(RelPath path) {
    change(database -> database.removeTree(path));
  }

  @Override
  public void forEachDirectory(RelPath path, BiConsumer<RelPath, IndexEntry> action) {
    // Damage found halfway begins a new index: what was collected until then is dropped.
    run(database -> database.directories(path)).forEach(action);
  }

  @Override
  public Map<RelPath, IndexEntry> directoriesWith(long inode) {
    return run(database -> database.directoriesWith(inode));
  }

  @Override
  public void moveTree(RelPath from, RelPath to, Instant now, Instant window) {
    checkArgument(!to.startsWith(from) && !from.startsWith(to), "%s within %s", from, to);
    atomically(() -> change(database -> database.moveTree(from, to, now, window)));
  }

  @Override
  public ImmutableMap<RelPath, IndexEntry> filesAfter(RelPath after, int most) {
    return run(database -> database.filesAfter(after, most));
  }

  @Override
  public FileTotals fileTotals() {
    return run(IndexDatabase::fileTotals);
  }

  @Override
  public byte @Nullable [] note(String name) {
    return run(database -> database.note(name));
  }

  @Override
  public void setNote(String name, byte[] value) {
    change(database -> database.setNote(name, value));
  }

  @Override
  public void setNoteDurably(String name, byte[] value) {
    change(database -> database.setNoteDurably(name, value));
  }

  @Override
  public long count() {
    return run(IndexDatabase::count);
  }

  @Override
  public long countTree(RelPath path) {
    return run(database -> database.countTree(path));
  }

  @Override
  public Optional<RootIdentity> root() {
    return Optional.ofNullable(
        run(
            database -> {
              Long device = database.meta(ROOT_DEVICE);
              Long inode = database.meta(ROOT_INODE);
              Long birth = database.meta(ROOT_BIRTH);
              return device == null || inode == null || birth == null
                  ? null
                  : new RootIdentity(device, inode, birth);
            }));
  }

  @Override
  public void setRoot(RootIdentity root) {
    atomically(
        () ->
            change(
                database -> {
                  database.setMeta(ROOT_DEVICE, root.device());
                  database.setMeta(ROOT_INODE, root.inode());
                  database.setMeta(ROOT_BIRTH, root.birthNanos());
                }));
  }

  @Override
  public Optional<RootResolution> way() {
    return Optional.ofNullable(
        run(
            database -> {
              Long links = database.meta(ROOT_LINKS);
              Long owner = database.meta(ROOT_OWNER);
              return links == null || owner == null ? null : new RootResolution(links, owner);
            }));
  }

  @Override
  public void setWay(RootResolution way) {
    atomically(
        () ->
            change(
                database -> {
                  database.setMeta(ROOT_LINKS, way.links());
                  database.setMeta(ROOT_OWNER, way.owner());
                }));
  }

  @Override
  public boolean isFounding() {
    return run(database -> database.meta(IndexDatabase.FOUNDING)) != null;
  }

  @Override
  public void founded() {
    change(database -> database.removeMeta(IndexDatabase.FOUNDING));
  }

  @Override
  public void arrived(RelPath path, Instant now, Instant window) {
    change(database -> database.recent().arrived(path, now, window));
  }

  @Override
  public void deleted(RelPath path, Instant now, Instant window, boolean counts) {
    change(database -> database.recent().deleted(path, now, window, counts));
  }

  @Override
  public void deletedTree(RelPath path, Instant now, Instant window, boolean counts) {
    change(database -> database.recent().deletedTree(path, now, window, counts));
  }

  @Override
  public long countArrived(Instant after, Instant until) {
    return run(database -> database.recent().countArrived(after, until));
  }

  @Override
  public Optional<RelPath> movedTo(RelPath path, Instant after) {
    return run(database -> database.recent().movedTo(path, after));
  }

  @Override
  public Set<RelPath> arrived(Instant after, Instant until) {
    return run(database -> database.recent().arrived(after, until));
  }

  @Override
  public long countDeleted(Instant after) {
    return run(database -> database.recent().countGone(after));
  }

  @Override
  public Set<RelPath> deleted(Instant after) {
    return run(database -> database.recent().gone(after));
  }

  @Override
  public void forgive() {
    change(database -> database.recent().forgive());
  }

  @Override
  public void forgetRecent(Instant until) {
    change(database -> database.recent().prune(until));
  }

  @Override
  public Optional<HaltRecord> halt() {
    return Optional.ofNullable(
        run(
            database -> {
              Long window = database.meta(HALT_WINDOW);
              Long since = database.meta(HALT_SINCE);
              return window == null || since == null
                  ? null
                  : new HaltRecord(Instant.ofEpochMilli(window), Instant.ofEpochMilli(since));
            }));
  }

  @Override
  public void setHalt(@Nullable HaltRecord mark) {
    atomically(
        () ->
            change(
                database -> {
                  if (mark == null) {
                    database.removeMeta(HALT_WINDOW);
                    database.removeMeta(HALT_SINCE);
                  } else {
                    database.setMeta(HALT_WINDOW, mark.window().toEpochMilli());
                    database.setMeta(HALT_SINCE, mark.since().toEpochMilli());
                  }
                }));
  }

  @Override
  public long sequence() {
    return run(SqliteIndex::sequence);
  }

  private static long sequence(IndexDatabase database) throws SQLException {
    Long last = database.meta(SEQUENCE);
    return last == null ? 0 : last;
  }

  @Override
  public long nextSequence() {
    return run(
        database -> {
          long next = sequence(database) + 1;
          database.setMeta(SEQUENCE, next);
          return next;
        });
  }

  @Override
  public void clear() {
    atomically(
        () ->
            change(
                database -> {
                  database.removeAll();
                  database.removeMeta(ROOT_DEVICE);
                  database.removeMeta(ROOT_INODE);
                  database.removeMeta(ROOT_BIRTH);
                  database.removeMeta(ROOT_LINKS);
                  database.removeMeta(ROOT_OWNER);
                  database.removeMeta(HALT_WINDOW);
                  database.removeMeta(HALT_SINCE);
                  database.setMeta(IndexDatabase.FOUNDING, 1);
                  database.removeNotes();
                }));
  }

  @Override
  public boolean wasReset() {
    return wasReset;
  }

  @Override
  public void batch(Runnable changes) {
    lock.lock();
    try {
      checkState(!inBatch, "batches don't nest");
      failedInBatch = null;
      change(IndexDatabase::begin);
      inBatch = true;
      boolean done = false;
      try {
        changes.run();
        if (failedInBatch != null) {
          throw failedInBatch;
        }
        change(IndexDatabase::commit);
        done = true;
      } finally {
        inBatch = false;
        if (!done) {
          rollback();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Nothing to tell if it fails: whatever was not committed is gone with the connection too. */
  @GuardedBy("lock")
  private void rollback() {
    IndexDatabase current = database;
    if (current == null) {
      return;
    }
    try {
      current.rollback();
    } catch (SQLException e) {
      current.closeQuietly(e);
      database = null;
    }
  }

  private void atomically(Runnable changes) {
    lock.lock();
    try {
      if (inBatch) {
        changes.run();
      } else {
        batch(changes);
      }
    } finally {
      lock.unlock();
    }
  }

  private void change(Change change) {
    this.<@Nullable Void>run(
        database -> {
          change.on(database);
          return null;
        });
  }

  /** Runs a query; where the database turns out to be damaged, again on the new one. */
  private <T extends @Nullable Object> T run(Query<T> query) {
    lock.lock();
    try {
      checkState(!closed, "the index in %s is closed", file);
      try {
        return query.on(opened());
      } catch (DamagedException e) {
        reset(e);
      } catch (SQLException e) {
        if (!SqliteFailures.isDamage(e)) {
          throw unavailable(e);
        }
        reset(e);
      }
      try {
        return query.on(opened());
      } catch (DamagedException | SQLException e) {
        throw unavailable(e);
      }
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private IndexDatabase opened() throws SQLException, DamagedException {
    IndexDatabase current = database;
    if (current == null) {
      current = IndexDatabase.open(file);
      database = current;
      if (inBatch) {
        current.begin();
      }
    }
    return current;
  }

  @GuardedBy("lock")
  private void reset(Exception reason) {
    if (database != null) {
      database.closeQuietly(reason);
      database = null;
    }
    try {
      Path aside = quarantine.take();
      wasReset = true;
      LOG.debug("{}: what was wrong with it", file, reason);
      onReset.accept(
          "the index %s is %s and was set aside as %s; a new one begins empty, and both sides are compared"
              .formatted(file, fault(reason), aside));
    } catch (IOException e) {
      e.addSuppressed(reason);
      throw unavailable(e);
    }
  }

  private static String fault(Exception reason) {
    return reason instanceof DamagedException damage
        ? String.valueOf(damage.getMessage())
        : "damaged";
  }

  @GuardedBy("lock")
  private IndexException unavailable(Exception cause) {
    LOG.debug("{}: why it can't be used", file, cause);
    IndexException failure =
        new IndexException("the index %s can't be used: %s".formatted(file, why(cause)), cause);
    if (inBatch) {
      failedInBatch = failure;
    }
    return failure;
  }

  private String why(Exception cause) {
    return switch (cause) {
      case SQLException failure -> SqliteFailures.describe(failure, file);
      case DamagedException damage -> "it is " + damage.getMessage();
      default -> "it can't be set aside: " + Faults.withFile(cause);
    };
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      if (database != null) {
        database.close();
        database = null;
      }
    } catch (SQLException e) {
      throw unavailable(e);
    } finally {
      processLock.close();
      lock.unlock();
    }
  }

  @FunctionalInterface
  private interface Query<T extends @Nullable Object> {
    T on(IndexDatabase database) throws SQLException, DamagedException;
  }

  @FunctionalInterface
  private interface Change {
    void on(IndexDatabase database) throws SQLException, DamagedException;
  }
}
