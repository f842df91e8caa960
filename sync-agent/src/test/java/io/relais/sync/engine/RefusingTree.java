package io.relais.sync.engine;

import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A source of which not everything may be read. */
public final class RefusingTree implements SourceTree {
  private final SourceTree tree;
  private final Set<RelPath> unreadable;

  /**
   * @param unreadable what may not be read; may change meanwhile
   */
  public RefusingTree(SourceTree tree, Set<RelPath> unreadable) {
    this.tree = tree;
    this.unreadable = unreadable;
  }

  private void require(RelPath path) throws AccessDeniedException {
    if (unreadable.contains(path)) {
      throw new AccessDeniedException(path.toString());
    }
  }

  @Override
  public RootIdentity identity() {
    return tree.identity();
  }

  @Override
  public @Nullable SourceEntry stat(RelPath path) throws IOException {
    return tree.stat(path);
  }

  @Override
  public Map<String, SourceEntry> list(RelPath path) throws IOException {
    require(path);
    return tree.list(path);
  }

  @Override
  public SourceFile open(RelPath path) throws IOException {
    require(path);
    return tree.open(path);
  }

  @Override
  public boolean isCurrent() {
    return tree.isCurrent();
  }

  @Override
  public void close() {
    tree.close();
  }
}
