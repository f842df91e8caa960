package io.relais.loopback;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Resolves a client's paths below one directory, as a chroot does: {@code ..} and absolute symlinks
 * never lead out of it. Strings are one character a byte; relative paths start at the root.
 */
final class Chroot {
  /** As Linux (path_resolution(7)). */
  private static final int MAX_LINKS = 40;

  private final Path root;

  Chroot(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  Path root() {
    return root;
  }

  /**
   * The local path of a client's path; what it leads to need not exist.
   *
   * @param followLast whether a symlink in the last place is followed too; the others always are
   * @throws FileSystemLoopException if there are too many symlinks
   * @throws NotDirectoryException if there is a file where a directory is needed
   */
  Path resolve(String path, boolean followLast) throws IOException {
    Deque<String> names = new ArrayDeque<>(names(path));
    Path at = root;
    int links = 0;
    while (!names.isEmpty()) {
      String name = names.pop();
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      if (name.equals("..")) {
        at = at.equals(root) ? root : requireNonNull(at.getParent());
        continue;
      }
      Path next = at.resolve(RawNames.name(root.getFileSystem(), name));
      if ((followLast || !names.isEmpty()) && Files.isSymbolicLink(next)) {
        if (++links > MAX_LINKS) {
          throw new FileSystemLoopException(path);
        }
        String text = RawNames.latin1(Files.readSymbolicLink(next));
        at = text.startsWith("/") ? root : at;
        names(text).reversed().forEach(names::push);
      } else {
        if (!names.isEmpty() && Files.isRegularFile(next, LinkOption.NOFOLLOW_LINKS)) {
          throw new NotDirectoryException(path);
        }
        at = next;
      }
    }
    return at;
  }

  /** The client's absolute path of a local path at or below the root. */
  String clientPath(Path local) {
    return local.equals(root) ? "/" : "/" + RawNames.latin1(root.relativize(local));
  }

  private static List<String> names(String path) {
    return Arrays.asList(path.split("/", -1));
  }
}
