package io.relais.sync.snapshot;

import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.RootResolution;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A source in which each database is what a snapshot of it has, and its side files are not. */
final class DatabaseTree implements SourceTree {
  private final SourceTree tree;
  private final DatabaseSnapshots snapshots;

  DatabaseTree(SourceTree tree, DatabaseSnapshots snapshots) {
    this.tree = tree;
    this.snapshots = snapshots;
  }

  @Override
  public RootIdentity identity() {
    return tree.identity();
  }

  @Override
  public RootResolution way() {
    return tree.way();
  }

  @Override
  public @Nullable SourceEntry stat(RelPath path) throws IOException {
    if (isBeside(path)) {
      return null;
    }
    SourceEntry entry = tree.stat(path);
    if (entry == null || !files().isDatabase(path)) {
      return entry;
    }
    return snapshots.entry(path, entry, tree.stat(DatabaseFiles.beside(path, DatabaseFiles.WAL)));
  }

  @Override
  public Map<String, SourceEntry> list(RelPath directory) throws IOException {
    Map<String, SourceEntry> all = tree.list(directory);
    Map<String, SourceEntry> shown = new HashMap<>(all);
    all.forEach(
        (name, entry) -> {
          RelPath path = directory.child(name);
          if (files().databaseOf(path) != null) {
            shown.remove(name);
          } else if (files().isDatabase(path)) {
            shown.put(name, snapshots.entry(path, entry, all.get(name + DatabaseFiles.WAL)));
          }
        });
    return shown;
  }

  @Override
  public SourceFile open(RelPath file) throws IOException {
    if (isBeside(file)) {
      throw new NoSuchFileException(file.toString());
    }
    return files().isDatabase(file) ? snapshots.take(tree, file) : tree.open(file);
  }

  @Override
  public Duration rest(RelPath file) {
    return snapshots.rest(file);
  }

  private boolean isBeside(RelPath path) {
    return !path.isRoot() && files().databaseOf(path) != null;
  }

  private DatabaseFiles files() {
    return snapshots.files();
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
