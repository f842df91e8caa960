package io.relais.failover.wiring;

import io.relais.common.FileAccess;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * Who owns the state directory. What another user writes there (root, say), the service could no
 * longer read.
 */
public final class StateDirectoryOwner {
  private static final Path SELF = Path.of("/proc/self");

  private StateDirectoryOwner() {}

  /** Whether we run as its owner, or are about to make it. */
  public static boolean isUs(Path directory) throws IOException {
    return !FileAccess.exists(directory) || uid(directory) == uid(SELF);
  }

  /**
   * For those who write there.
   *
   * @throws UsageException if it is another user's, with the words to run instead
   */
  public static void requireUs(Path directory) throws IOException, UsageException {
    if (!isUs(directory)) {
      String owner = Files.getOwner(directory).getName();
      throw new UsageException(
          "%s belongs to %s; run it as that user: sudo -u %s failover-watcher …"
              .formatted(directory, owner, owner));
    }
  }

  /**
   * For those who read there: otherwise what may not be read would look as if it weren't there.
   *
   * @throws AccessDeniedException if it may not be read
   * @throws NotDirectoryException if it is none, or below something that is none
   */
  public static void requireReadable(Path directory) throws IOException {
    Path there = existing(directory.toAbsolutePath());
    if (!Files.isDirectory(there)) {
      throw new NotDirectoryException(there.toString());
    }
    // What can't even be looked at may be there.
    boolean denied = !FileAccess.isAbsent(directory) && !FileAccess.isSearchable(directory);
    if (denied) {
      throw new AccessDeniedException(directory.toString());
    }
  }

  private static Path existing(Path path) {
    Path parent = path.getParent();
    return FileAccess.exists(path) || parent == null ? path : existing(parent);
  }

  private static int uid(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:uid");
  }
}
