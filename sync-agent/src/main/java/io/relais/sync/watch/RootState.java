package io.relais.sync.watch;

import io.relais.sync.entry.RootIdentity;
import io.relais.sync.source.SourcePath;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What is at the root's path at one moment.
 *
 * @param real the path without symlinks
 * @param changedNanos the time of the inode's last change, nanoseconds since 1970
 */
public record RootState(Path real, RootIdentity stamp, long changedNanos) {
  /**
   * Looks at the root.
   *
   * @throws java.nio.file.NotDirectoryException if it is no directory
   * @throws io.relais.sync.source.UnsafeSourceException if somebody leads there who may not: then
   *     not even its names are read
   * @throws IOException if it is not there or can't be reached
   */
  public static RootState of(SourcePath root) throws IOException {
    SourcePath.ResolvedRoot resolvedRoot = root.find();
    return new RootState(resolvedRoot.real(), resolvedRoot.stamp(), resolvedRoot.changedNanos());
  }

  boolean isSameDirectory(RootState other) {
    return real.equals(other.real) && stamp.equals(other.stamp);
  }
}
