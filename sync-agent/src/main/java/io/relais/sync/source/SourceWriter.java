package io.relais.sync.source;

import static io.relais.linux.Libc.AT_SYMLINK_NOFOLLOW;
import static io.relais.linux.Libc.O_CLOEXEC;
import static io.relais.linux.Libc.O_DIRECTORY;
import static io.relais.linux.Libc.O_NOCTTY;
import static io.relais.linux.Libc.O_NOFOLLOW;
import static io.relais.linux.Libc.O_NONBLOCK;
import static io.relais.linux.Libc.O_RDONLY;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.hash.Hashing;
import io.relais.linux.DirectoryChanges;
import io.relais.linux.Errno;
import io.relais.linux.Fd;
import io.relais.linux.Libc;
import io.relais.linux.Scratch;
import io.relais.linux.Statx;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes a source: only for an operator's command, since a mirror never does. Every path is
 * resolved from the root's descriptor, component by component, and nothing is ever done through a
 * symlink, whatever the source's own policy says of them.
 *
 * <p>A file is written under a temporary name, which no mirror takes for content ({@link
 * TemporaryNames}), flushed, and renamed over the old one: whoever reads it, a kill and a crash
 * find the old one or the new one. The name is derived from the file's, so that the next write of
 * the same file removes what a killed one has left.
 *
 * <p>Blocks only on the local disk, and on what a {@link FileBody} does. For one thread.
 */
public final class SourceWriter implements AutoCloseable {
  private static final int OPEN_DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
  private static final int OPEN_ENTRY = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;
  private static final int BUFFER = 128 << 10;

  /** What is never set: a file from elsewhere must not run with somebody's rights. */
  private static final int SET_ID = 06000;

  private final LinuxSourceTree tree;
  private final Fd root;
  private final DirectoryWalk walk;
  private boolean ownersRefused;

  private SourceWriter(LinuxSourceTree tree, Fd root, RootIdentity identity) {
    this.tree = tree;
    this.root = root;
    this.walk = new DirectoryWalk(root.number(), identity, LinkPolicy.PRESERVE, true);
  }

  /**
   * Opens the root, which may itself be reached through symlinks.
   *
   * @throws UnsafeSourceException if somebody leads there who may not
   * @throws IOException as {@link LinuxSourceTree#open(SourcePath, LinkPolicy)}
   */
  public static SourceWriter open(SourcePath path) throws IOException {
    LinuxSourceTree tree = LinuxSourceTree.open(path, LinkPolicy.PRESERVE);
    try (Scratch scratch = new Scratch()) {
      Fd root = path.open(scratch).directory();
      if (!StatxEntry.identity(scratch.statx).equals(tree.identity())) {
        root.close();
        throw new NoSuchFileException(
            path.path().toString(), null, "it was exchanged while it was opened; run this again");
      }
      return new SourceWriter(tree, root, tree.identity());
    } catch (Throwable t) {
      tree.close();
      throw t;
    }
  }

  /** Writes the content of a file. */
  @FunctionalInterface
  public interface FileBody {
    /**
     * Writes all of it.
     *
     * @throws IOException if it can't be got: then nothing is changed
     */
    void writeTo(ByteSink sink) throws IOException;
  }

  /** What takes the content of a file. */
  @FunctionalInterface
  public interface ByteSink {
    void accept(byte[] buffer, int offset, int length) throws IOException;
  }

  /** Whose an entry is, by the numbers of the user and the group. */
  public record Owner(long user, long group) {}

  /** The root directory that is changed. */
  public RootIdentity identity() {
    return tree.identity();
  }

  /** Whether an entry could not be given to the owner that it should have: only root can. */
  public boolean ownersRefused() {
    return ownersRefused;
  }

  /** Looks at one entry itself, as {@link SourceTree#stat}: a symlink is one. */
  public @Nullable SourceEntry stat(RelPath path) throws IOException {
    return tree.stat(path);
  }

  /** Lists a directory, as {@link SourceTree#list}. */
  public Map<String, SourceEntry> list(RelPath directory) throws IOException {
    return tree.list(directory);
  }

  /** Opens a regular file, as {@link SourceTree#open}. */
  public SourceFile read(RelPath file) throws IOException {
    return tree.open(file);
  }

  /** Whose an entry is. */
  public Owner owner(RelPath path) throws IOException {
    try (Scratch scratch = new Scratch();
        Fd parent = parentOf(scratch, path)) {
      return owner(scratch, parent.number(), path);
    }
  }

  /** Gives an entry itself to an owner; as {@link #ownersRefused} where this may not do that. */
  public void setOwner(RelPath path, Owner owner) throws IOException {
    try (Scratch scratch = new Scratch();
        Fd parent = parentOf(scratch, path)) {
      give(scratch, parent.number(), nameOf(scratch, path), owner, path);
    }
  }

  private static Owner owner(Scratch scratch, int parent, RelPath path) throws IOException {
    check(scratch.statx(parent, nameOf(scratch, path), AT_SYMLINK_NOFOLLOW), path);
    return new Owner(Statx.owner(scratch.statx), Statx.group(scratch.statx));
  }

  /**
   * Puts a file in place, over a file or a symlink if one is expected there. Its owner is that of
   * what it replaces, or else the directory's.
   *
   * @param expected what must be there still when it is renamed; null for nothing
   * @param mode the permission bits; set-uid and set-gid are left out
   * @throws FileAlreadyExistsException if something else is there by then: nothing is changed
   */
  public void write(
      RelPath path, @Nullable SourceEntry expected, int mode, long mtimeSeconds, FileBody body)
      throws IOException {
    try (Scratch scratch = new Scratch();
        Fd parent = parentOf(scratch, path)) {
      Owner owner = wantedOwner(scratch, parent.number(), path, expected);
      MemorySegment temporary = scratch.string(temporaryName(path));
      removeIfThere(scratch, parent.number(), temporary, path);
      boolean done = false;
      try (Fd file =
          Fd.owned(
              check(DirectoryChanges.create(scratch.errno(), parent.number(), temporary), path))) {
        MemorySegment buffer = scratch.allocate(BUFFER);
        body.writeTo(
            (bytes, offset, length) ->
                write(scratch, file.number(), buffer, bytes, offset, length, path));
        give(scratch, parent.number(), temporary, owner, path);
        check(DirectoryChanges.fchmod(scratch.errno(), file.number(), mode & ~SET_ID), path);
        check(DirectoryChanges.setModified(scratch, file.number(), mtimeSeconds), path);
        check(DirectoryChanges.fsync(scratch.errno(), file.number()), path);
        rename(scratch, parent.number(), temporary, path, expected);
        done = true;
      } finally {
        if (!done) {
          DirectoryChanges.unlinkat(scratch.errno(), parent.number(), temporary, 0);
        }
      }
      flush(scratch, parent.number(), path);
    }
  }

  private static void write(
      Scratch scratch,
      int file,
      MemorySegment buffer,
      byte[] bytes,
      int offset,
      int length,
      RelPath path)
      throws IOException {
    int from = offset;
    int end = offset + length;
    while (from < end) {
      int piece = Math.min(end - from, BUFFER);
      MemorySegment.copy(bytes, from, buffer, JAVA_BYTE, 0, piece);
      long written = DirectoryChanges.write(scratch.errno(), file, buffer, piece);
      if (written < 0) {
        throw Errno.exception((int) -written, path.toString());
      }
      from += (int) written;
    }
  }

  /** Puts a symlink in place, as {@link #write}. */
  public void link(RelPath path, @Nullable SourceEntry expected, String text) throws IOException {
    try (Scratch scratch = new Scratch();
        Fd parent = parentOf(scratch, path)) {
      Owner owner = wantedOwner(scratch, parent.number(), path, expected);
      MemorySegment temporary = scratch.string(temporaryName(path));
      removeIfThere(scratch, parent.number(), temporary, path);
      check(
          DirectoryChanges.symlinkat(
              scratch.errno(), scratch.string(text), parent.number(), temporary),
          path);
      boolean done = false;
      try {
        give(scratch, parent.number(), temporary, owner, path);
        rename(scratch, parent.number(), temporary, path, expected);
        done = true;
      } finally {
        if (!done) {
          DirectoryChanges.unlinkat(scratch.errno(), parent.number(), temporary, 0);
        }
      }
      flush(scratch, parent.number(), path);
    }
  }

  /**
   * Makes a directory where nothing is; its owner is that of the directory above.
   *
   * @throws FileAlreadyExistsException if something is there
   */
  public void makeDirectory(RelPath path, int mode) throws IOException {
    try (Scratch scratch = new Scratch();
        Fd parent = parentOf(scratch, path)) {
      Owner owner = wantedOwner(scratch, parent.number(), path, null);
      MemorySegment name = nameOf(scratch, path);
      int made = DirectoryChanges.mkdirat(scratch.errno(), parent.number(), name, 0700);
      if (made == -Errno.EEXIST) {
        throw occupied(path);
      }
      check(made, path);
      give(scratch, parent.number(), name, owner, path);
      setMode(scratch, parent.number(), path, mode, OPEN_DIRECTORY);
      flush(scratch, parent.number(), path);
    }
  }

  /**
   * Sets the mode of a file or a directory.
   *
   * @param expected what must be there still
   * @param mode the permission bits; set-uid and set-gid are left out
   */
  public void setMode(RelPath path, SourceEntry expected, int mode) throws IOException {
    try (Scratch scratch = new Scratch();
        Fd parent = parentOf(scratch, path)) {
      require(path, expected);
      int flags = expected.kind() == EntryKind.DIRECTORY ? OPEN_DIRECTORY : OPEN_ENTRY;
      setMode(scratch, parent.number(), path, mode, flags);
    }
  }

  private static void setMode(Scratch scratch, int parent, RelPath path, int mode, int flags)
      throws IOException {
    try (Fd open =
        Fd.owned(check(Libc.openat(scratch.errno(), parent, nameOf(scratch, path), flags), path))) {
      check(DirectoryChanges.fchmod(scratch.errno(), open.number(), mode & ~SET_ID), path);
    }
  }

  /**
   * Removes an entry.
   *
   * @param expected what must be there still
   * @throws DirectoryNotEmptyException if it is a directory that holds something
   * @throws FileAlreadyExistsException if something else is there by then: nothing is changed
   */
  public void remove(RelPath path, SourceEntry expected) throws IOException {
    try (Scratch scratch = new Scratch();
        Fd parent = parentOf(scratch, path)) {
      require(path, expected);
      boolean directory = expected.kind() == EntryKind.DIRECTORY;
      int removed =
          DirectoryChanges.unlinkat(
              scratch.errno(),
              parent.number(),
              nameOf(scratch, path),
              directory ? DirectoryChanges.AT_REMOVEDIR : 0);
      if (directory && (removed == -Errno.ENOTEMPTY || removed == -Errno.EEXIST)) {
        throw new DirectoryNotEmptyException(path.toString());
      }
      if (removed != -Errno.ENOENT) {
        check(removed, path);
      }
      flush(scratch, parent.number(), path);
    }
  }

  private void rename(
      Scratch scratch,
      int parent,
      MemorySegment temporary,
      RelPath path,
      @Nullable SourceEntry expected)
      throws IOException {
    require(path, expected);
    check(DirectoryChanges.rename(scratch.errno(), parent, temporary, nameOf(scratch, path)), path);
  }

  /** What somebody has put there since it was looked at has no kept copy, and so stays. */
  private void require(RelPath path, @Nullable SourceEntry expected) throws IOException {
    if (!isSame(stat(path), expected)) {
      throw occupied(path);
    }
  }

  private static FileAlreadyExistsException occupied(RelPath path) {
    return new FileAlreadyExistsException(
        path.toString(), null, "it was changed at production meanwhile; run this again");
  }

  /** Whether an entry is the one that was seen, unchanged; a directory may hold others by now. */
  public static boolean isSame(@Nullable SourceEntry now, @Nullable SourceEntry seen) {
    if (now == null || seen == null) {
      return now == null && seen == null;
    }
    return now.kind() == seen.kind()
        && now.inode() == seen.inode()
        && now.mode() == seen.mode()
        && now.size() == seen.size()
        && (now.kind() == EntryKind.DIRECTORY || now.mtimeNanos() == seen.mtimeNanos());
  }

  private Owner wantedOwner(
      Scratch scratch, int parent, RelPath path, @Nullable SourceEntry expected)
      throws IOException {
    if (expected != null && expected.kind() != EntryKind.DIRECTORY) {
      return owner(scratch, parent, path);
    }
    check(scratch.statx(parent), path);
    return new Owner(Statx.owner(scratch.statx), Statx.group(scratch.statx));
  }

  /** Only root can give a file away: for others it stays their own, and that is noted. */
  private void give(Scratch scratch, int directory, MemorySegment name, Owner owner, RelPath path)
      throws IOException {
    int given =
        DirectoryChanges.lchownat(scratch.errno(), directory, name, owner.user(), owner.group());
    if (given == -Errno.EPERM) {
      ownersRefused = true;
    } else {
      check(given, path);
    }
  }

  private static void removeIfThere(
      Scratch scratch, int directory, MemorySegment name, RelPath path) throws IOException {
    int removed = DirectoryChanges.unlinkat(scratch.errno(), directory, name, 0);
    if (removed != -Errno.ENOENT) {
      check(removed, path);
    }
  }

  /** So that the rename is on the disk. */
  private static void flush(Scratch scratch, int directory, RelPath near) throws IOException {
    int opened = Libc.openat(scratch.errno(), directory, scratch.string("."), OPEN_DIRECTORY);
    if (opened == -Errno.EACCES) {
      return; // It may be changed but not read; what can't be opened can't be flushed.
    }
    try (Fd open = Fd.owned(check(opened, near))) {
      check(DirectoryChanges.fsync(scratch.errno(), open.number()), near);
    }
  }

  private static String temporaryName(RelPath path) {
    String digits = Hashing.sha256().hashString(path.latin1(), ISO_8859_1).toString();
    return TemporaryNames.PREFIX + digits.substring(0, 8) + "-" + digits.substring(8, 20);
  }

  private Fd parentOf(Scratch scratch, RelPath path) throws IOException {
    return walk.open(scratch, path.parent());
  }

  private static MemorySegment nameOf(Scratch scratch, RelPath path) {
    return scratch.string(path.name());
  }

  private static int check(int result, RelPath path) throws IOException {
    if (result < 0) {
      throw Errno.exception(-result, path.toString());
    }
    return result;
  }

  @Override
  public void close() {
    root.close();
    tree.close();
  }
}
