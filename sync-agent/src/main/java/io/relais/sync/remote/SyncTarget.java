package io.relais.sync.remote;

import com.google.common.collect.ImmutableList;
import io.relais.sync.delta.Piece;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The place that a mirror is kept at. Paths are relative to the mirror's root there.
 *
 * <p>Threads: any number may call at once; calls block, so give each a virtual thread. Independent
 * calls may run in any order; only what is given in one call has one, where its method says so.
 *
 * <p>Paths: no change is made through a symlink. What is above a path is looked at before and after
 * each change, as far as the protocol lets that be done, and refused as {@link
 * TargetException.Reason#UNSAFE_PATH} if it is not made of directories. A change is refused also if
 * that shows only afterwards: then it may have been made elsewhere, and must not be taken for done.
 *
 * <p>Errors: every method throws {@link TargetUnavailableException} when the connection is lost,
 * after which the outcome is unknown and the instance is dead, and {@link TargetException} when the
 * server refuses. A method that failed may be called again: none makes things worse when repeated.
 */
public interface SyncTarget extends AutoCloseable {
  /**
   * What was seen of directories until now no longer counts: each is looked at again before
   * something in it is next changed. To be called when a round begins, so that what somebody put in
   * its way before that is always noticed.
   */
  void beginRound();

  /**
   * Makes this connection one that may change the copy, unless the backup went live with it. To be
   * called before the first change, by one thread. From then on the copy is reached through a gate
   * of this session's ({@code SessionGate}), where there can be one: what is carried out after a
   * promotion, or after a later session has begun, changes nothing, and shows as a connection that
   * is lost. Sessions of the same kind that are not over yet lose their own gates by it.
   *
   * @return why nothing may be changed; null if it may
   */
  @Nullable Fence enter(Session session) throws IOException;

  /** For what the copy is changed. */
  enum Session {
    /** To keep it equal. */
    MIRROR,
    /** To look into directories that have to be unlocked for that, beside an agent that runs. */
    VERIFY
  }

  /** Why nothing may be changed, as of now; null if it may. */
  @Nullable Fence fence() throws IOException;

  /**
   * Why a promotion does not end at once what is under way, once that is known: there is no gate,
   * so {@link #fence} is to be asked before each change. Null where there is one.
   */
  @Nullable String whyUngated();

  /**
   * Looks at one entry itself, never through a symlink; null if there is none.
   *
   * @throws IOException see the class
   */
  @Nullable TargetEntry stat(RelPath path) throws IOException;

  /**
   * Lists a directory; names are one character a byte. Temporary names are listed like any other,
   * but for what this target itself keeps in the root for as long as it is open.
   *
   * <p>What the listings of a host take of the memory together is bounded, and this one counts
   * until it is closed. Waits where there is no room beside the others, so close it from a thread
   * that does not list.
   *
   * @throws TargetException {@code NOT_FOUND} if it is not there, {@code FAILURE} also if it is
   *     larger or takes longer than any listing may
   */
  Listing listing(RelPath directory) throws IOException;

  /** What {@link #listing} gives, for one that is used up at once, and so never counts for long. */
  default Map<String, TargetEntry> list(RelPath directory) throws IOException {
    try (Listing listing = listing(directory)) {
      return listing.entries();
    }
  }

  /**
   * What a directory holds.
   *
   * @param release called when nothing of it is needed any more
   */
  record Listing(Map<String, TargetEntry> entries, Runnable release) implements AutoCloseable {
    @Override
    public void close() {
      release.run();
    }
  }

  /**
   * Writes a file under a temporary name, beside {@code path} or in a directory of this target's
   * own in the root, readable by nobody else until it has its own mode. When this returns, {@code
   * content} has been read, but the server may have confirmed none of it: so many small files can
   * share a round trip. Once it is awaited, the server has confirmed all of it (flushed to its
   * disk, where the target is durable). Nothing is visible under {@code path} yet. Where there is
   * no place for it, that may show only when it is published; for a mirror that is to be
   * consistent, it always shows here.
   *
   * @param expectedSize about how many bytes will come, for the size of the buffers
   * @throws SourceChangedException if {@code content} says that it changed while it was read
   */
  Staging stage(RelPath path, Content content, long mtimeSeconds, int mode, long expectedSize)
      throws IOException;

  /** A file on its way to a temporary name; to be awaited once, by any thread. */
  interface Staging {
    /** Returns once the server has confirmed all of it; what can't be staged is removed again. */
    Staged await() throws IOException;
  }

  /**
   * As {@link #stage}, awaited, but what the target has already is copied there and not sent.
   *
   * @param base what is copied from; it is only read
   * @param expectedSize how many bytes all pieces have together, for messages
   * @throws TargetException also if {@code base} is not, or does not stay, what it is said to be;
   *     nothing is left of it then, and the file may be sent whole
   * @throws SourceChangedException if {@code recipe} says that the source changed meanwhile
   */
  Staged stageAssembled(
      RelPath path, Base base, Recipe recipe, long mtimeSeconds, int mode, long expectedSize)
      throws IOException;

  /** Makes a symlink under a temporary name beside {@code path}. */
  Staged stageSymlink(RelPath path, String linkTarget, long mtimeSeconds) throws IOException;

  /**
   * Puts staged entries in place. Each replaces a file or a symlink that is there, atomically; none
   * replaces a directory. One that is refused does not stop the others.
   *
   * @return for each entry, in order, why it was refused; empty where it is in place
   */
  List<Optional<TargetException>> publish(List<Staged> staged, PublishOrder order)
      throws IOException;

  /** How staged entries are put in place. */
  enum PublishOrder {
    /** In the order given and with nothing else of the target between them. */
    GIVEN,
    /** In any, since they have nothing to do with one another. */
    ANY
  }

  /** Drops a staged entry; it is no error if it is already gone. */
  void discard(Staged staged) throws IOException;

  /**
   * Moves an entry of any kind out of the way, to a temporary name beside it.
   *
   * @return where it is now
   */
  RelPath moveAside(RelPath path) throws IOException;

  /**
   * Renames entries, directories with all they hold, in the order given and with nothing else of
   * this target between them. A file or symlink at the new path is replaced, atomically, by a file
   * or symlink; a directory that holds something never is. One that is refused does not stop the
   * others.
   *
   * @return for each, in order, why it was refused; empty where it is done. {@code NOT_FOUND} may
   *     be about either path.
   */
  List<Optional<TargetException>> move(List<Renaming> renamings) throws IOException;

  /**
   * Begins changes, so that they share a round trip; waits for another one first, where what is
   * above them was not seen lately. They are made in the order given, but removals of files that
   * follow one another may be made in any order; one that is refused does not stop those that
   * follow.
   *
   * @return one for each change, in order
   */
  List<Pending> begin(List<RemoteChange> changes) throws IOException;

  /** Makes one change, and returns once the server has confirmed it. */
  default void make(RemoteChange change) throws IOException {
    begin(List.of(change)).getFirst().await();
  }

  /** What the server was asked for; to be awaited once, by any thread. */
  interface Pending {
    /** Returns once the server has confirmed it. */
    void await() throws IOException;
  }

  /**
   * Reads a file from its beginning, in pieces, to its end, or to {@code most} bytes: where a file
   * ends is up to the server.
   *
   * @return whether that was all; else the file goes on after what {@code sink} was given
   */
  boolean read(RelPath path, long most, ContentSink sink) throws IOException;

  /**
   * The same for what has time: little is asked for at once, and where nothing else waits for it.
   */
  boolean readBeside(RelPath path, long most, ContentSink sink) throws IOException;

  /**
   * Replaces the heartbeat beside the root ({@code Heartbeat}), which all may read. Whoever reads
   * it sees the old one or the new one. For one thread at a time.
   *
   * @throws TargetException if nothing may be written there
   */
  void leaveHeartbeat(byte[] content) throws IOException;

  /**
   * Replaces another small file beside the root, which all may read, in the same way. For one
   * thread at a time, which leaves no heartbeat meanwhile.
   *
   * @param name of the file; one of this project's own
   * @throws TargetException if nothing may be written there
   */
  void leaveBeside(String name, byte[] content) throws IOException;

  /**
   * Reads a small file that lies beside the root, such as a heartbeat.
   *
   * @param most bytes that are read of it
   * @return null if there is none
   */
  byte @Nullable [] siblingFile(String name, int most) throws IOException;

  /** What takes what is not to be lost out of the copy; null where there is no such thing. */
  default @Nullable CopyQuarantine quarantine() {
    return null;
  }

  /**
   * What the server says of the disk that a directory is on; null where it can't tell.
   *
   * @throws TargetException also if the directory is not there
   */
  @Nullable Space space(RelPath directory) throws IOException;

  /** What can be done there, as far as that is known by now. */
  Capabilities capabilities();

  /**
   * What a server and its disk can do.
   *
   * @param filesAtOnce how many files may be on their way at once: each is open at the server
   * @param copiesRanges whether {@link #stageAssembled} works: the server can copy ranges of files
   *     by itself
   * @param setsSymlinkTimes whether times of symlinks can be set
   * @param disk what the disk keeps; all until that is known
   */
  record Capabilities(
      int filesAtOnce, boolean copiesRanges, boolean setsSymlinkTimes, FileSystemFeatures disk) {
    /** Of files, where nothing limits them. */
    public static final int USUAL_FILES_AT_ONCE = 384;
  }

  /**
   * Finds out what the disk keeps, by making something in the root under a temporary name and
   * removing it again; from then on {@link #capabilities} says so.
   *
   * @return whether that was found out where the root is; if there is no root yet, it is looked at
   *     where it will be made
   * @throws TargetException if nothing may be made there
   */
  boolean probeDisk() throws IOException;

  /** Takes for what the disk keeps what was found out before. */
  void recallDisk(FileSystemFeatures known);

  /**
   * What the server and its disk can't do, and what becomes of that: a line each, for people. What
   * of the disk is not known yet is not among it.
   */
  ImmutableList<String> lacks() throws IOException;

  /** Why the connection is lost, once it is. */
  String whyLost();

  /** Where it is, for messages. */
  RemoteLocation place();

  /**
   * Why the root can't be made, as far as that can be seen without changing anything: what stands
   * in its place, or is not above it; null where nothing speaks against it.
   */
  @Nullable String objection() throws IOException;

  /** Whether the connection is still there. */
  boolean isOpen();

  @Override
  void close();

  /** A file that was left at the target, and how it can be told that it still is the same. */
  record Base(RelPath path, long size, long mtimeSeconds) {}

  /** A staged entry: where it is, and where it belongs. */
  record Staged(RelPath temporary, RelPath path) {}

  /**
   * An entry that gets another path.
   *
   * @param kind what it is taken for: if it turns out to be something else, it is refused as {@link
   *     TargetException.Reason#UNSAFE_PATH}, also if that shows only afterwards; null for anything
   */
  record Renaming(RelPath from, RelPath to, @Nullable EntryKind kind) {
    /** Whatever it is. */
    public Renaming(RelPath from, RelPath to) {
      this(from, to, null);
    }
  }

  /**
   * Room at the target.
   *
   * @param freeBytes what the account may still write
   * @param freeInodes files that may still be made; -1 where the file system has no limit
   * @param totalBytes what the file system has in all
   * @param id what tells it apart from others of the server, as far as the server knows
   */
  record Space(long freeBytes, long freeInodes, long totalBytes, long id) {
    /** What a file system is recognized by: not every server gives each an id of its own. */
    record FileSystem(long id, long totalBytes) {}

    FileSystem fileSystem() {
      return new FileSystem(id, totalBytes);
    }
  }

  /** What is read to be sent. */
  interface Content {
    /**
     * Reads the next bytes, fewer only at the end.
     *
     * @return how many; 0 at the end
     * @throws SourceChangedException if the source changed since it was first looked at
     */
    int read(byte[] buffer, int offset, int length) throws IOException;

    /** Told of bytes that were read last and need not be sent: they are zeros. */
    default void leftOut(int count) {}

    /**
     * Called once when all is sent, before the server's confirmation is waited for.
     *
     * @throws SourceChangedException if the source changed since it was first looked at
     */
    void finish() throws IOException;
  }

  /** What a file is put together from, piece by piece; the copies are from its base. */
  interface Recipe {
    /**
     * The next piece, whose bytes are good until this is called again; null at the end.
     *
     * @throws SourceChangedException if the source changed since it was first looked at
     */
    @Nullable Piece next() throws IOException;

    /** As {@link Content#finish}. */
    void finish() throws IOException;
  }

  /** What takes the content of a file that is read back. */
  interface ContentSink {
    void accept(byte[] buffer, int offset, int length) throws IOException;
  }
}
