package io.relais.sync.source;

import static io.relais.linux.Libc.AT_FDCWD;
import static io.relais.linux.Libc.AT_SYMLINK_NOFOLLOW;
import static io.relais.linux.Libc.O_CLOEXEC;
import static io.relais.linux.Libc.O_DIRECTORY;
import static io.relais.linux.Libc.O_NOATIME;
import static io.relais.linux.Libc.O_NOCTTY;
import static io.relais.linux.Libc.O_NOFOLLOW;
import static io.relais.linux.Libc.O_NONBLOCK;
import static io.relais.linux.Libc.O_RDONLY;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.checkFromIndexSize;

import io.relais.linux.DirectoryReader;
import io.relais.linux.Errno;
import io.relais.linux.Fd;
import io.relais.linux.Libc;
import io.relais.linux.OfdLock;
import io.relais.linux.Scratch;
import io.relais.linux.Statx;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.RootResolution;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.NativeNames;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/**
 * A source directory on Linux, read through the system calls themselves. {@link
 * java.nio.file.SecureDirectoryStream} would keep to descriptors too, but relative to one it can
 * read neither the time of the inode's change, nor the inode, nor where a symlink points, and its
 * names pass through strings only in a locale that knows their encoding.
 *
 * <p>A call costs one open for the directories on the path, or one for each where the kernel can't
 * go down many at once ({@link DirectoryWalk}). None of them blocks on what a user can put into the
 * tree: a pipe or a device is never opened to be read, except one swapped in between the look and
 * the open, and that open doesn't wait.
 */
public final class LinuxSourceTree implements SourceTree {
  private static final int OPEN_DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  private static final int OPEN_FILE = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;

  /** How often a symlink may turn into another thing under our eyes before we give up. */
  private static final int LINK_TRIES = 10;

  private final SourcePath configured;
  private final LinkPolicy policy;
  private final RootIdentity identity;
  private final RootResolution way;
  private final DirectoryWalk walk;
  private final int root;

  /** Read-locked by every call, so that {@link #close} can't pull the descriptor from under it. */
  private final StampedLock lock = new StampedLock();

  /** Guarded by {@link #lock}. */
  private boolean closed;

  private LinuxSourceTree(
      SourcePath configured,
      LinkPolicy policy,
      int root,
      RootIdentity identity,
      RootResolution way,
      boolean atOnce) {
    this.configured = configured;
    this.policy = policy;
    this.root = root;
    this.identity = identity;
    this.way = way;
    this.walk = new DirectoryWalk(root, identity, policy, atOnce);
  }

  /**
   * Opens the directory at {@code root}, which may itself be reached through symlinks.
   *
   * @throws NoSuchFileException if nothing is there
   * @throws NotDirectoryException if something else is
   * @throws java.nio.file.AccessDeniedException if a directory on the way can't be searched
   * @throws UnsafeSourceException if somebody leads there who may not
   */
  public static LinuxSourceTree open(SourcePath root, LinkPolicy policy) throws IOException {
    return open(root, policy, true);
  }

  /** The same for a path that only its owners and root may lead anywhere. */
  public static LinuxSourceTree open(Path root, LinkPolicy policy) throws IOException {
    return open(SourcePath.of(root), policy, true);
  }

  /** The same; without {@code atOnce} as on an old kernel. */
  public static LinuxSourceTree open(SourcePath root, LinkPolicy policy, boolean atOnce)
      throws IOException {
    try (Scratch scratch = new Scratch()) {
      SourcePath.Reached reached = root.reach(scratch);
      return new LinuxSourceTree(
          root,
          policy,
          reached.place().directory().number(),
          StatxEntry.identity(scratch.statx),
          reached.way(),
          atOnce);
    }
  }

  @Override
  public RootIdentity identity() {
    return identity;
  }

  @Override
  public RootResolution way() {
    return way;
  }

  @Override
  public @Nullable SourceEntry stat(RelPath path) throws IOException {
    return whileOpen(
        scratch -> {
          try (Fd parent = parentOf(scratch, path)) {
            return entry(scratch, parent.number(), nameOf(scratch, path), path);
          } catch (NoSuchFileException
              | NotDirectoryException
              | PseudoFileSystem.RefusedException e) {
            return null;
          }
        });
  }

  @Override
  public Map<String, SourceEntry> list(RelPath directory) throws IOException {
    return whileOpen(
        scratch -> {
          try (Fd parent = walk.open(scratch, directory);
              Fd open = Fd.owned(reopen(scratch, parent, directory))) {
            Map<String, SourceEntry> entries = new HashMap<>();
            DirectoryReader.forEach(
                scratch,
                open.number(),
                directory,
                (name, raw) -> {
                  SourceEntry entry = entry(scratch, open.number(), raw, directory);
                  if (entry != null) {
                    entries.put(name, entry);
                  }
                });
            return entries;
          }
        });
  }

  @Override
  public SourceFile open(RelPath file) throws IOException {
    return whileOpen(
        scratch -> {
          try (Fd parent = parentOf(scratch, file)) {
            return openFile(scratch, parent.number(), file);
          } catch (NotDirectoryException e) {
            throw notThere(file, e);
          }
        });
  }

  private SourceFile openFile(Scratch scratch, int parent, RelPath file) throws IOException {
    if (policy != LinkPolicy.FOLLOW || file.isRoot()) {
      return openIn(scratch, parent, nameOf(scratch, file), file);
    }
    try (PathWalk.Place place = DirectoryWalk.follow(scratch, parent, file.name(), file)) {
      return openIn(scratch, place.directory().number(), scratch.string(place.name()), file);
    }
  }

  private SourceFile openIn(Scratch scratch, int parent, MemorySegment name, RelPath file)
      throws IOException {
    // Opening a device can have effects of its own, so look first.
    requireRegular(scratch.statx(parent, name, AT_SYMLINK_NOFOLLOW), scratch, file);
    int descriptor = Libc.openat(scratch.errno(), parent, name, OPEN_FILE | O_NOATIME);
    if (descriptor == -Errno.EPERM) {
      // Only the owner and the privileged may leave the access time alone (open(2)).
      descriptor = Libc.openat(scratch.errno(), parent, name, OPEN_FILE);
    }
    if (descriptor == -Errno.ENXIO) {
      throw notThere(file, null);
    }
    check(descriptor, file.toString());
    try {
      requireRegular(scratch.statx(descriptor), scratch, file);
      if (policy == LinkPolicy.FOLLOW) {
        PseudoFileSystem.refuse(scratch, descriptor, file);
      }
      return new LinuxSourceFile(
          descriptor, file, StatxEntry.entry(scratch.statx, null), Statx.allocated(scratch.statx));
    } catch (Throwable t) {
      Libc.close(descriptor);
      throw t;
    }
  }

  private static void requireRegular(int result, Scratch scratch, RelPath file) throws IOException {
    check(result, file.toString());
    if (StatxEntry.kind(scratch.statx) != EntryKind.FILE) {
      throw notThere(file, null);
    }
  }

  private static NoSuchFileException notThere(RelPath file, @Nullable Throwable cause) {
    NoSuchFileException e =
        new NoSuchFileException(file.toString(), null, "it is no longer a regular file");
    e.initCause(cause);
    return e;
  }

  @Override
  public boolean isCurrent() {
    try (Scratch scratch = new Scratch()) {
      int result =
          scratch.statx(AT_FDCWD, scratch.string(NativeNames.latin1(configured.path())), 0);
      return result == 0 && StatxEntry.identity(scratch.statx).equals(identity);
    }
  }

  @Override
  public void close() {
    long stamp = lock.writeLock();
    try {
      if (!closed) {
        closed = true;
        Libc.close(root);
      }
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  /** Null for what is not there, and for what the policy leaves out. */
  private @Nullable SourceEntry entry(
      Scratch scratch, int directory, MemorySegment name, RelPath near) throws IOException {
    for (int i = 0; i < LINK_TRIES; i++) {
      int result = scratch.statx(directory, name, AT_SYMLINK_NOFOLLOW);
      if (result == -Errno.ENOENT || result == -Errno.ENAMETOOLONG) {
        return null;
      }
      check(result, near.toString());
      if (StatxEntry.kind(scratch.statx) != EntryKind.SYMLINK) {
        return StatxEntry.entry(scratch.statx, null);
      }
      if (policy == LinkPolicy.SKIP) {
        return null;
      }
      if (policy == LinkPolicy.FOLLOW) {
        return behindLink(scratch, directory, name.getString(0, ISO_8859_1), near);
      }
      String target = linkTarget(scratch, directory, name, near);
      if (target != null) {
        return StatxEntry.entry(scratch.statx, target);
      }
    }
    throw new FileSystemException(near.toString(), null, "a symlink in it changes all the time");
  }

  /**
   * What the symlink that was just looked at leads to. One to nothing, or round in circles, is
   * nothing. One to where it may not lead is a file that can't be opened: so it is told of, as a
   * problem of that path, when it is to be read.
   */
  private static @Nullable SourceEntry behindLink(
      Scratch scratch, int directory, String name, RelPath near) throws IOException {
    SourceEntry link = StatxEntry.entry(scratch.statx, "");
    // Memory of its own: a directory may hold any number of symlinks.
    try (Scratch own = new Scratch();
        PathWalk.Place _ = DirectoryWalk.follow(own, directory, name, near)) {
      return StatxEntry.entry(own.statx, null);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return null;
    } catch (PseudoFileSystem.RefusedException e) {
      return new SourceEntry(
          EntryKind.FILE,
          0,
          link.mtimeNanos(),
          link.ctimeNanos(),
          0,
          link.device(),
          link.inode(),
          null);
    }
  }

  /** Null if it is no longer a symlink. */
  private static @Nullable String linkTarget(
      Scratch scratch, int directory, MemorySegment name, RelPath near) throws IOException {
    MemorySegment buffer = scratch.linkBuffer();
    int length = Libc.readlinkat(scratch.errno(), directory, name, buffer);
    if (length == -Errno.EINVAL || length == -Errno.ENOENT) {
      return null;
    }
    check(length, near.toString());
    if (length == buffer.byteSize()) {
      throw new FileSystemException(near.toString(), null, "a symlink's target is too long");
    }
    byte[] target = new byte[length];
    MemorySegment.copy(buffer, JAVA_BYTE, 0, target, 0, length);
    return new String(target, ISO_8859_1);
  }

  private Fd parentOf(Scratch scratch, RelPath path) throws IOException {
    return walk.open(scratch, path.isRoot() ? path : path.parent());
  }

  private static MemorySegment nameOf(Scratch scratch, RelPath path) {
    return scratch.string(path.isRoot() ? "." : path.name());
  }

  /** To be read; what was open before was so only to look things up in it. */
  private static int reopen(Scratch scratch, Fd directory, RelPath near) throws IOException {
    return check(
        Libc.openat(scratch.errno(), directory.number(), scratch.string("."), OPEN_DIRECTORY),
        near.toString());
  }

  private static int check(int result, String shown) throws IOException {
    if (result < 0) {
      throw Errno.exception(-result, shown);
    }
    return result;
  }

  private <T extends @Nullable Object> T whileOpen(Call<T> call) throws IOException {
    long stamp = lock.readLock();
    try (Scratch scratch = new Scratch()) {
      if (closed) {
        throw new ClosedChannelException();
      }
      return call.run(scratch);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  private interface Call<T extends @Nullable Object> {
    T run(Scratch scratch) throws IOException;
  }

  /** A regular file, open by descriptor. */
  private static final class LinuxSourceFile implements SourceFile {
    private static final int CHUNK = 64 * 1024;
    private static final int LEAST_CHUNK = 4096;

    private final int descriptor;
    private final RelPath path;
    private final SourceEntry opened;
    private long position;

    /** By the last look at the file. */
    private long size;

    /** Where the data after a hole begins; nothing is read before that. */
    private long dataFrom;

    private final long allocated;
    private boolean closed;

    /**
     * Takes over the descriptor of a file that is {@code opened} by a look at that descriptor.
     *
     * @param allocated how many bytes of it are stored, by that look
     */
    LinuxSourceFile(int descriptor, RelPath path, SourceEntry opened, long allocated) {
      this.descriptor = descriptor;
      this.path = path;
      this.opened = opened;
      this.size = opened.size();
      this.allocated = allocated;
    }

    @Override
    public SourceEntry opened() {
      return opened;
    }

    @Override
    public synchronized SourceEntry stat() throws IOException {
      checkOpen();
      try (Scratch scratch = new Scratch()) {
        check(scratch.statx(descriptor));
        SourceEntry entry = StatxEntry.entry(scratch.statx, null);
        size = entry.size();
        return entry;
      }
    }

    @Override
    public long allocated() {
      return allocated;
    }

    @Override
    public synchronized int read(byte[] buffer, int offset, int length) throws IOException {
      checkFromIndexSize(offset, length, buffer.length);
      checkOpen();
      if (length == 0 || isAtEnd()) {
        return 0;
      }
      try (Scratch scratch = new Scratch()) {
        MemorySegment chunk = scratch.allocate(Math.min(length, likely()));
        int done = 0;
        while (done < length && !isAtEnd()) {
          if (position < dataFrom) {
            int zeros = (int) Math.min(length - done, dataFrom - position);
            Arrays.fill(buffer, offset + done, offset + done + zeros, (byte) 0);
            done += zeros;
            position += zeros;
            continue;
          }
          MemorySegment wanted = chunk.asSlice(0, Math.min(chunk.byteSize(), length - done));
          int count = check(Libc.read(scratch.errno(), descriptor, wanted));
          if (count == 0) {
            break;
          }
          MemorySegment.copy(chunk, JAVA_BYTE, 0, buffer, offset + done, count);
          if (allocated < size && isZero(buffer, offset + done, count)) {
            findData(scratch, position + count);
          }
          done += count;
          position += count;
        }
        return done;
      }
    }

    private static boolean isZero(byte[] buffer, int from, int count) {
      // All bytes are equal if each is equal to the next.
      return buffer[from] == 0
          && Arrays.equals(buffer, from, from + count - 1, buffer, from + 1, from + count);
    }

    /** What is zero may be the beginning of a hole: whose rest need not be read. */
    private void findData(Scratch scratch, long from) throws IOException {
      long data = Libc.lseek(scratch.errno(), descriptor, from, Libc.SEEK_DATA);
      if (data == -Errno.ENXIO) {
        // None is left, by the file's size now; what comes behind the size as we know it may be
        // missed.
        data = Math.max(from, size);
        data = Libc.lseek(scratch.errno(), descriptor, data, Libc.SEEK_SET);
      }
      if (data < 0) {
        throw Errno.exception((int) -data, path.toString());
      }
      dataFrom = data;
    }

    @Override
    public synchronized boolean lock(long start, long length) throws IOException {
      checkOpen();
      try (Scratch scratch = new Scratch()) {
        return OfdLock.lock(scratch, descriptor, start, length, path.toString());
      }
    }

    @Override
    public synchronized void unlock(long start, long length) throws IOException {
      checkOpen();
      try (Scratch scratch = new Scratch()) {
        OfdLock.unlock(scratch, descriptor, start, length, path.toString());
      }
    }

    @Override
    public synchronized boolean isLockedElsewhere(long start, long length) throws IOException {
      checkOpen();
      try (Scratch scratch = new Scratch()) {
        return OfdLock.isTaken(scratch, descriptor, start, length, path.toString());
      }
    }

    /**
     * Whether to take the size's word for it. Not for an empty file: some file systems, like that
     * of the processes, make up contents as they are read, and call all of them empty.
     */
    private boolean isAtEnd() {
      return position == size && size > 0;
    }

    /** How much to ask for at once: more than there should be, to notice it if there is. */
    private int likely() {
      return Math.clamp(size - position + 1, LEAST_CHUNK, CHUNK);
    }

    private int check(int result) throws IOException {
      if (result < 0) {
        throw Errno.exception(-result, path.toString());
      }
      return result;
    }

    private void checkOpen() throws IOException {
      if (closed) {
        throw new ClosedChannelException();
      }
    }

    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        Libc.close(descriptor);
      }
    }
  }
}
