package io.relais.sync.verify;

import io.relais.sync.source.SourceTree;
import java.io.IOException;

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
