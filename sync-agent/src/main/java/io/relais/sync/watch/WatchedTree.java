package io.relais.sync.watch;

import static io.relais.linux.Libc.AT_FDCWD;
import static io.relais.linux.Libc.O_CLOEXEC;
import static io.relais.linux.Libc.O_DIRECTORY;
import static io.relais.linux.Libc.O_NOFOLLOW;
import static io.relais.linux.Libc.O_RDONLY;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.relais.common.EscapedName;
import io.relais.linux.DirectoryReader;
import io.relais.linux.Errno;
import io.relais.linux.Fd;
import io.relais.linux.Libc;
import io.relais.linux.Scratch;
import io.relais.sync.path.NativeNames;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The directories below a root, without the excluded ones and without following symlinks. It goes
 * by path, so a user who swaps a symlink in at the right moment can make us watch a directory
 * elsewhere; that costs a watch and yields hints at paths that the scan won't find, nothing more.
 */
public final class WatchedTree {
  private static final byte DT_UNKNOWN = 0;
  private static final byte DT_DIR = 4;
  private static final int BUFFER = 32 * 1024;

  private final Path root;
  private final String rootBytes;
  private final Predicate<RelPath> excluded;

  /** Sees the directories of a walk. */
  public interface Visitor {
    /** Called for a directory, parents first; returns whether to look for directories in it. */
    boolean enter(Path directory, RelPath path, FileTime modified) throws IOException;

    /** Called for a directory that could not be entered or read, except one that vanished. */
    void failed(RelPath path, FileSystemException cause);
  }

  /**
   * @param root a real path, as {@link Path#toRealPath} gives it
   * @param excluded tells which directories to leave out, with all that they hold
   */
  public WatchedTree(Path root, Predicate<RelPath> excluded) {
    this.root = root;
    this.rootBytes = NativeNames.latin1(root);
    this.excluded = excluded;
  }

  public Path root() {
    return root;
  }

  public Path absolute(RelPath path) {
    return NativeNames.path(rootBytes, path);
  }

  /** The absolute path, one character a byte. */
  String latin1(RelPath path) {
    String prefix = rootBytes.equals("/") ? "" : rootBytes;
    return path.isRoot() ? rootBytes : prefix + '/' + path.latin1();
  }

  /** Whether a directory is not to be looked at, with all that it holds. */
  public boolean leavesOut(RelPath directory) {
    return !directory.isRoot() && excluded.test(directory);
  }

  /**
   * The path below the root.
   *
   * @throws IllegalArgumentException if it is not there
   */
  public RelPath relative(Path absolute) {
    if (!absolute.startsWith(root)) {
      throw new IllegalArgumentException("a path outside of the root");
    }
    String bytes = NativeNames.latin1(absolute).substring(rootBytes.length());
    return RelPath.ofLatin1(bytes.startsWith("/") ? bytes.substring(1) : bytes);
  }

  /** Visits {@code start} and every directory below it. What vanishes meanwhile is left out. */
  public void walk(Path start, Visitor visitor) throws IOException {
    Deque<Path> todo = new ArrayDeque<>();
    todo.push(start);
    while (!todo.isEmpty()) {
      Path directory = todo.pop();
      RelPath path = relative(directory);
      if (leavesOut(path)) {
        continue;
      }
      try {
        BasicFileAttributes attributes = attributes(directory);
        if (attributes.isDirectory()
            && visitor.enter(directory, path, attributes.lastModifiedTime())) {
          subdirectories(latin1(path)).forEach(name -> todo.push(absolute(path.child(name))));
        }
      } catch (NoSuchFileException | NotDirectoryException e) {
        // It vanished. If another takes its name, an event tells.
      } catch (FileSystemException e) {
        if (!isBehindSymlink(path)) { // otherwise what was there is elsewhere, and an event tells
          visitor.failed(path, e);
        }
      }
    }
  }

  private boolean isBehindSymlink(RelPath path) {
    return path.ancestors().stream()
        .anyMatch(above -> !above.isRoot() && Files.isSymbolicLink(absolute(above)));
  }

  public static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  /** All directories below {@code start}, itself included, with the time of their last change. */
  public Map<RelPath, FileTime> census(Path start) throws IOException {
    Map<RelPath, FileTime> found = new HashMap<>();
    walk(
        start,
        new Visitor() {
          @Override
          public boolean enter(Path directory, RelPath path, FileTime modified) {
            found.put(path, modified);
            return true;
          }

          @Override
          public void failed(RelPath path, FileSystemException cause) {
            // The walk that registers it says so.
          }
        });
    return found;
  }

  /**
   * The names in a directory that are directories, or may be where the file system doesn't say: by
   * what its own entries say, without a look at each, on most file systems one call for hundreds.
   *
   * @param absolute one character a byte; a symlink at its end is not followed
   * @throws java.nio.file.NoSuchFileException if nothing is there
   * @throws java.nio.file.NotDirectoryException if something else is
   * @throws java.nio.file.AccessDeniedException if it may not be read
   */
  static List<String> subdirectories(String absolute) throws IOException {
    String shown = EscapedName.of(absolute);
    try (Scratch scratch = new Scratch();
        Fd directory =
            Fd.owned(
                check(
                    Libc.openat(
                        scratch.errno(),
                        AT_FDCWD,
                        scratch.string(absolute),
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                    shown))) {
      List<String> names = new ArrayList<>();
      MemorySegment buffer = scratch.allocate(BUFFER);
      int filled = check(Libc.getdents64(scratch.errno(), directory.number(), buffer), shown);
      while (filled > 0) {
        addFrom(buffer.asSlice(0, filled), names);
        filled = check(Libc.getdents64(scratch.errno(), directory.number(), buffer), shown);
      }
      return names;
    }
  }

  private static void addFrom(MemorySegment records, List<String> names) {
    for (long at = 0; at < records.byteSize(); at += DirectoryReader.length(records, at)) {
      byte type = records.get(JAVA_BYTE, at + DirectoryReader.D_TYPE);
      if (type == DT_DIR || type == DT_UNKNOWN) {
        String name = records.getString(at + DirectoryReader.D_NAME, ISO_8859_1);
        if (!name.equals(".") && !name.equals("..")) {
          names.add(name);
        }
      }
    }
  }

  private static int check(int result, String shown) throws IOException {
    if (result < 0) {
      throw Errno.exception(-result, shown);
    }
    return result;
  }
}
