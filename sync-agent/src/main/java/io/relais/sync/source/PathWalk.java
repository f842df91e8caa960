package io.relais.sync.source;

import static io.relais.linux.Libc.O_CLOEXEC;
import static io.relais.linux.Libc.O_DIRECTORY;
import static io.relais.linux.Libc.O_NOFOLLOW;
import static io.relais.linux.Libc.O_PATH;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.relais.common.EscapedName;
import io.relais.linux.Errno;
import io.relais.linux.Fd;
import io.relais.linux.Libc;
import io.relais.linux.Scratch;
import io.relais.sync.entry.EntryKind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Follows a path the way the kernel does (path_resolution(7)), but opens each of its steps by
 * itself, and has each looked at by its descriptor before it goes on from that very descriptor: so
 * there is no moment in which something else could take the place of what was looked at. Symlinks
 * are followed by their text alone, so that those of {@code /proc}, which lead to places that have
 * no path, lead nowhere new.
 */
final class PathWalk {
  /** As the kernel has it. */
  private static final int MOST_LINKS = 40;

  private static final int ANYTHING = O_PATH | O_NOFOLLOW | O_CLOEXEC;

  /** Unlike {@link #ANYTHING} this also mounts what is mounted on demand. */
  private static final int DIRECTORY = ANYTHING | O_DIRECTORY;

  /** Looks at each step. */
  interface Check {
    /**
     * Called for {@code /} wherever the path begins there, and for each component, after it was
     * opened and looked at ({@link Scratch#statx}).
     *
     * @param descriptor open with {@code O_PATH}
     * @param path how it was reached, one character a byte; without symlinks
     * @param link what a symlink says; null for anything else
     * @throws IOException if it is not to be followed any further
     */
    void step(int descriptor, String path, @Nullable String link) throws IOException;
  }

  /**
   * Where a path leads. What is there is in {@link Scratch#statx}.
   *
   * @param directory the directory itself, or the one that holds it
   * @param name what to open it by, in {@code directory}; {@code .} for a directory
   * @param path without symlinks, one character a byte
   */
  record Place(Fd directory, String name, String path) implements AutoCloseable {
    boolean isDirectory() {
      return name.equals(".");
    }

    @Override
    public void close() {
      directory.close();
    }
  }

  private final Scratch scratch;
  private final Check check;
  private final Deque<String> todo = new ArrayDeque<>();
  private Fd at;
  private String path;
  private int links;

  private PathWalk(Scratch scratch, Fd at, String path, Check check) {
    this.scratch = scratch;
    this.at = at;
    this.path = path;
    this.check = check;
  }

  /**
   * Follows an absolute path.
   *
   * @throws java.nio.file.NoSuchFileException if nothing is there
   * @throws NotDirectoryException if it, or something on the way, is not a directory, or if the
   *     symlinks are too many
   * @throws java.nio.file.AccessDeniedException if a directory on the way can't be searched
   */
  static Place followToDirectory(Scratch scratch, String absolute, Check check) throws IOException {
    Place place = follow(scratch, Fd.borrowed(Libc.AT_FDCWD), "", absolute, check);
    if (!place.isDirectory()) {
      place.close();
      throw new NotDirectoryException(EscapedName.of(absolute));
    }
    return place;
  }

  /**
   * Follows a path from a directory on, which stays open, to whatever it leads to.
   *
   * @param start how the directory was reached
   */
  static Place follow(Scratch scratch, Fd directory, String start, String path, Check check)
      throws IOException {
    PathWalk walk = new PathWalk(scratch, Fd.borrowed(directory.number()), start, check);
    try {
      return walk.run(path);
    } catch (Throwable t) {
      walk.at.close();
      throw t;
    }
  }

  private Place run(String start) throws IOException {
    prepend(start);
    while (!todo.isEmpty()) {
      String name = todo.pop();
      if (!leadsOn(name)) {
        return new Place(at, name, path);
      }
    }
    // The last step may have been a symlink to the directory that it lies in.
    check(scratch.statx(at.number()), path);
    return new Place(at, ".", path);
  }

  /** Puts the components of a path before what is left to do. */
  private void prepend(String text) throws IOException {
    if (text.startsWith("/")) {
      enter(open(Libc.AT_FDCWD, "/", "/"), "/");
      check.step(at.number(), path, null);
    }
    for (String name : List.of(text.split("/")).reversed()) {
      if (!name.isEmpty() && !name.equals(".")) {
        todo.push(name);
      }
    }
  }

  /** Takes one step; false if it ended at something that is not a directory. */
  private boolean leadsOn(String name) throws IOException {
    String next = name.equals("..") ? above() : below(name);
    Fd opened = open(at.number(), name, next);
    try {
      EntryKind entryKind = StatxEntry.kind(scratch.statx);
      String link = entryKind == EntryKind.SYMLINK ? linkText(opened, next) : null;
      check.step(opened.number(), next, link);
      if (entryKind == EntryKind.DIRECTORY) {
        enter(opened, next);
        return true;
      }
      if (link != null) {
        followLink(link, next);
        return true;
      }
      if (!todo.isEmpty()) {
        throw new NotDirectoryException(EscapedName.of(next));
      }
      path = next;
      return false;
    } finally {
      if (opened.number() != at.number()) {
        opened.close();
      }
    }
  }

  private void followLink(String text, String shown) throws IOException {
    links++;
    if (links > MOST_LINKS || text.isEmpty()) {
      throw new NotDirectoryException(EscapedName.of(shown));
    }
    prepend(text);
  }

  /** Opens what bears a name, whatever it is, and looks at it. */
  private Fd open(int directory, String name, String shown) throws IOException {
    MemorySegment raw = scratch.string(name);
    int descriptor = Libc.openat(scratch.errno(), directory, raw, DIRECTORY);
    if (descriptor == -Errno.ENOTDIR || descriptor == -Errno.ELOOP) {
      descriptor = Libc.openat(scratch.errno(), directory, raw, ANYTHING);
    }
    Fd opened = Fd.owned(check(descriptor, shown));
    int looked = scratch.statx(opened.number());
    if (looked < 0) {
      opened.close();
    }
    check(looked, shown);
    return opened;
  }

  /** What a symlink says that is open itself, so no other that has taken its name. */
  private String linkText(Fd link, String shown) throws IOException {
    MemorySegment buffer = scratch.linkBuffer();
    MemorySegment itself = scratch.string("");
    int length = check(Libc.readlinkat(scratch.errno(), link.number(), itself, buffer), shown);
    if (length == buffer.byteSize()) {
      throw new FileSystemException(
          EscapedName.of(shown), null, "the text of this symlink is too long");
    }
    byte[] text = new byte[length];
    MemorySegment.copy(buffer, JAVA_BYTE, 0, text, 0, length);
    return new String(text, ISO_8859_1);
  }

  private void enter(Fd opened, String next) {
    at.close();
    at = opened;
    path = next;
  }

  private String below(String name) {
    return path.isEmpty() || path.equals("/") ? path + name : path + '/' + name;
  }

  private String above() {
    int slash = path.lastIndexOf('/');
    if (path.substring(slash + 1).equals("..")) {
      return below(".."); // From where it started, it went up.
    }
    return slash > 0 ? path.substring(0, slash) : slash == 0 ? "/" : below("..");
  }

  private static int check(int result, String shown) throws IOException {
    if (result < 0) {
      throw Errno.exception(-result, EscapedName.of(shown));
    }
    return result;
  }
}
