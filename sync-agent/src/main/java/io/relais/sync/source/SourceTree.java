package io.relais.sync.source;

import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.RootResolution;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A source directory, held open. Every path is resolved from the open root, component by component,
 * and a symlink on the way is an error, never followed: a user who can write to the site can't make
 * a privileged reader leave it.
 *
 * <p>Safe for use by many threads. Calls block only on the local disk.
 */
public interface SourceTree extends AutoCloseable {
  /** What identifies the root directory, to tell whether it is still the one it was. */
  RootIdentity identity();

  /** How the root directory was reached. */
  default RootResolution way() {
    return RootResolution.UNKNOWN;
  }

  /**
   * Looks at one entry; null if there is none there (or a parent is missing, or is not a
   * directory).
   *
   * @throws java.nio.file.AccessDeniedException if a directory on the way can't be searched
   * @throws IOException if the disk fails
   */
  @Nullable SourceEntry stat(RelPath path) throws IOException;

  /**
   * Lists a directory; names are one character a byte. An entry that vanishes meanwhile is left
   * out.
   *
   * @throws java.nio.file.NoSuchFileException if it is not there
   * @throws java.nio.file.NotDirectoryException if it is something else
   * @throws java.nio.file.AccessDeniedException if it can't be read
   * @throws IOException if the disk fails; a listing is whole or fails, never cut short
   */
  Map<String, SourceEntry> list(RelPath directory) throws IOException;

  /**
   * Opens a regular file to be read from its beginning.
   *
   * @throws java.nio.file.NoSuchFileException if it is not there, or is no longer a regular file
   * @throws java.nio.file.AccessDeniedException if it can't be read
   */
  SourceFile open(RelPath file) throws IOException;

  /**
   * How long a file that has changed is better left alone, since it changes all the time and
   * reading it is costly; it has a copy already. Never negative.
   */
  default Duration rest(RelPath file) {
    return Duration.ZERO;
  }

  /** Whether the root's path still leads to the directory that is held open. */
  boolean isCurrent();

  @Override
  void close();

  /** Opens the root of a source. */
  @FunctionalInterface
  public interface SourceOpener {
    /**
     * Opens the directory that the source's path leads to now.
     *
     * @throws java.nio.file.NoSuchFileException if there is none
     * @throws java.nio.file.NotDirectoryException if it is not a directory
     * @throws io.relais.sync.source.UnsafeSourceException if somebody leads there who may not
     */
    SourceTree open() throws IOException;
  }
}
