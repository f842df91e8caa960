package io.relais.sync.engine;

import io.relais.sync.entry.RootIdentity;
import io.relais.sync.source.SourceTree;
import io.relais.sync.source.SourceTree.SourceOpener;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/**
 * The source, open while something is done with it and no longer: an open directory would keep the
 * file system that it lies on from being unmounted. It is opened again, and the way to it judged,
 * whenever it is needed again, or its path leads to another directory. For one thread.
 */
final class SourceHolder implements AutoCloseable {
  private final SourceOpener opener;
  private @Nullable SourceTree tree;
  private boolean noDirectory;

  SourceHolder(SourceOpener opener) {
    this.opener = opener;
  }

  /**
   * The directory that the source's path leads to now; null if there is none.
   *
   * @throws io.relais.sync.source.UnsafeSourceException if an account leads there that may not
   */
  @Nullable SourceTree current() throws IOException {
    if (tree != null && tree.isCurrent()) {
      return tree;
    }
    close();
    noDirectory = false;
    try {
      tree = opener.open();
      return tree;
    } catch (NoSuchFileException e) {
      return null;
    } catch (NotDirectoryException e) {
      noDirectory = true;
      return null;
    }
  }

  /** Whether something else than a directory was at the source's path, or on the way to it. */
  boolean isNoDirectory() {
    return noDirectory;
  }

  /** Nothing is done with it for now. */
  void release() {
    close();
  }

  /** The same, opened once more for another thread, which is to close it. */
  SourceTree reopened() throws IOException {
    return opener.open();
  }

  static @Nullable RootIdentity stamp(@Nullable SourceTree tree) {
    return tree == null ? null : tree.identity();
  }

  @Override
  public void close() {
    if (tree != null) {
      tree.close();
      tree = null;
    }
  }
}
