package io.relais.sync.engine;

import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.RootStamp;
import io.relais.sync.plan.SourceEntry;
import io.relais.sync.scan.SourceFile;
import io.relais.sync.scan.SourceTree;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A source of which not everything may be read. */
final class RefusingTree implements SourceTree {
  private final SourceTree tree;
  private final Set<RelPath> unreadable;

  /**
   * @param unreadable what may not be read; may change meanwhile
   */
  RefusingTree(SourceTree tree, Set<RelPath> unreadable) {
    this.tree = tree;
    this.unreadable = unreadable;
  }

  private void require(RelPath path) throws AccessDeniedException {
    if (unreadable.contains(path)) {
      throw new AccessDeniedException(path.toString());
    }
  }

  @Override
  public RootStamp identity() {
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
