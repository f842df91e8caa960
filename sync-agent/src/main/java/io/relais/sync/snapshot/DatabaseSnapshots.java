package io.relais.sync.snapshot;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.RootResolution;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.snapshot.DatabaseCopier.DatabaseStamp;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The databases of one mirror's source, and what is known of the last snapshot of each. A snapshot
 * is taken when the file is opened, and is gone when it is closed; a database that nobody has
 * written to since is told by its times alone, also after a restart, from what was confirmed.
 *
 * <p>One that is written all the time never is as its last snapshot was. So a snapshot that was
 * sent stands until it is confirmed ({@link #entry}), and only then what came after it counts; and
 * the next one is not taken before a while has passed ({@link #rest}).
 *
 * <p>Safe for use by many threads.
 */
public final class DatabaseSnapshots {
  /** What is younger may change without a trace. */
  private static final long SETTLED_NANOS = SourceEntry.SETTLED.toNanos();

  /** How often what a snapshot took passes before the next: it costs a fifth of the time. */
  private static final int RESTS = 4;

  private final DatabaseFiles files;
  private final DatabaseCopier copier;
  private final Lookup confirmed;
  private final InstantSource clock;
  private final Map<RelPath, Taken> taken = new ConcurrentHashMap<>();

  /** What was confirmed of a path; asked by many threads. */
  @FunctionalInterface
  public interface Lookup {
    @Nullable IndexEntry get(RelPath path);
  }

  /**
   * One snapshot.
   *
   * @param beganNanos by {@link System#nanoTime}, like {@code endedNanos}; the same until it is
   *     closed
   */
  private record Taken(DatabaseStamp stamp, SourceEntry entry, long beganNanos, long endedNanos) {}

  /**
   * Makes what nothing is known of yet.
   *
   * @param directory where copies are put together; nobody else may write there. What an earlier
   *     run has left there of them is removed
   */
  public DatabaseSnapshots(
      DatabaseFiles files, Path directory, Lookup confirmed, InstantSource clock) {
    this.files = files;
    this.copier = new DatabaseCopier(directory);
    this.confirmed = confirmed;
    this.clock = clock;
  }

  /** The same source, with its databases as snapshots; closing it closes that. */
  public SourceTree over(SourceTree tree) {
    return new DatabaseTree(tree, this);
  }

  DatabaseFiles files() {
    return files;
  }

  /**
   * What is to be known of a database now: the entry of the snapshot that its copy is, if nobody
   * has written to it since; that of the one that is on its way; else one that differs from both.
   * The size of what was not taken yet is not known: it is guessed.
   */
  SourceEntry entry(RelPath path, SourceEntry database, @Nullable SourceEntry log) {
    if (database.kind() != EntryKind.FILE) {
      return database;
    }
    DatabaseStamp stamp = DatabaseStamp.of(database, log);
    Taken last = taken.get(path);
    if (last != null && last.stamp.equals(stamp)) {
      return last.entry;
    }
    IndexEntry known = confirmed.get(path);
    if (last != null && !isConfirmed(last, known)) {
      return last.entry.racy();
    }
    SourceEntry now = stamp.entry(likelySize(database, known));
    return last != null && now.equals(last.entry) ? now.racy() : now;
  }

  /** Most often it is what it was, and then only another content means that it has to be sent. */
  private static long likelySize(SourceEntry database, @Nullable IndexEntry known) {
    return known != null && known.source().kind() == EntryKind.FILE
        ? known.source().size()
        : database.size();
  }

  private static boolean isConfirmed(Taken taken, @Nullable IndexEntry known) {
    return known != null && known.source().racy().equals(taken.entry.racy());
  }

  /** Takes a snapshot, to be read from its beginning. */
  SourceFile take(SourceTree tree, RelPath path) throws IOException {
    long began = System.nanoTime();
    DatabaseCopier.Copy copy = copier.copy(tree, path);
    boolean racy = copy.at(clock) - copy.stamp().changed() < SETTLED_NANOS;
    SourceEntry entry = copy.stamp().entry(copy.size());
    Taken snapshot = new Taken(copy.stamp(), entry, began, began);
    taken.put(path, snapshot);
    return new SnapshotFile(
        racy ? entry.racy() : entry, copy.content(), () -> closed(path, snapshot));
  }

  private void closed(RelPath path, Taken snapshot) {
    Taken ended = new Taken(snapshot.stamp, snapshot.entry, snapshot.beganNanos, System.nanoTime());
    boolean _ = taken.replace(path, snapshot, ended);
  }

  /** How long a database is to be left alone, though it has changed; not negative. */
  Duration rest(RelPath path) {
    Taken last = taken.get(path);
    if (last == null || !isConfirmed(last, confirmed.get(path))) {
      return Duration.ZERO;
    }
    long pause = RESTS * (last.endedNanos - last.beganNanos);
    return Duration.ofNanos(Math.max(0, last.endedNanos + pause - System.nanoTime()));
  }

  /** A source in which each database is what a snapshot of it has, and its side files are not. */
  private static final class DatabaseTree implements SourceTree {
    private final SourceTree tree;
    private final DatabaseSnapshots snapshots;

    DatabaseTree(SourceTree tree, DatabaseSnapshots snapshots) {
      this.tree = tree;
      this.snapshots = snapshots;
    }

    @Override
    public RootIdentity identity() {
      return tree.identity();
    }

    @Override
    public RootResolution way() {
      return tree.way();
    }

    @Override
    public @Nullable SourceEntry stat(RelPath path) throws IOException {
      if (isBeside(path)) {
        return null;
      }
      SourceEntry entry = tree.stat(path);
      if (entry == null || !files().isDatabase(path)) {
        return entry;
      }
      return snapshots.entry(path, entry, tree.stat(DatabaseFiles.beside(path, DatabaseFiles.WAL)));
    }

    @Override
    public Map<String, SourceEntry> list(RelPath directory) throws IOException {
      Map<String, SourceEntry> all = tree.list(directory);
      Map<String, SourceEntry> shown = new HashMap<>(all);
      all.forEach(
          (name, entry) -> {
            RelPath path = directory.child(name);
            if (files().databaseOf(path) != null) {
              shown.remove(name);
            } else if (files().isDatabase(path)) {
              shown.put(name, snapshots.entry(path, entry, all.get(name + DatabaseFiles.WAL)));
            }
          });
      return shown;
    }

    @Override
    public SourceFile open(RelPath file) throws IOException {
      if (isBeside(file)) {
        throw new NoSuchFileException(file.toString());
      }
      return files().isDatabase(file) ? snapshots.take(tree, file) : tree.open(file);
    }

    @Override
    public Duration rest(RelPath file) {
      return snapshots.rest(file);
    }

    private boolean isBeside(RelPath path) {
      return !path.isRoot() && files().databaseOf(path) != null;
    }

    private DatabaseFiles files() {
      return snapshots.files();
    }

    @Override
    public boolean isCurrent() {
      return tree.isCurrent();
    }

    @Override
    public void close() {
      tree.close();
    }
  }

  /** A snapshot that is being read. It never changes. */
  private static final class SnapshotFile implements SourceFile {
    private final SourceEntry entry;
    private final FileChannel content;
    private final Runnable whenClosed;
    private boolean closed;

    SnapshotFile(SourceEntry entry, FileChannel content, Runnable whenClosed) {
      this.entry = entry;
      this.content = content;
      this.whenClosed = whenClosed;
    }

    @Override
    public SourceEntry opened() {
      return entry;
    }

    @Override
    public SourceEntry stat() {
      return entry;
    }

    @Override
    public long allocated() {
      return entry.size();
    }

    @Override
    public synchronized int read(byte[] buffer, int offset, int length) throws IOException {
      return Math.max(0, content.read(ByteBuffer.wrap(buffer, offset, length)));
    }

    @Override
    public synchronized void close() throws IOException {
      if (!closed) {
        closed = true;
        content.close();
        whenClosed.run();
      }
    }
  }
}
