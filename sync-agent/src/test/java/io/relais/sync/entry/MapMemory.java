package io.relais.sync.entry;

import io.relais.sync.path.RelPath;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An index in a map. */
public final class MapMemory implements IndexWriter {
  public final TreeMap<RelPath, IndexEntry> records = new TreeMap<>();

  @Override
  public @Nullable IndexEntry get(RelPath path) {
    return records.get(path);
  }

  @Override
  public boolean put(RelPath path, IndexEntry indexEntry) {
    IndexEntry before = records.get(path);
    if (before != null && isDirectory(before) != isDirectory(indexEntry)) {
      return false;
    }
    records.put(path, indexEntry);
    return true;
  }

  private static boolean isDirectory(IndexEntry indexEntry) {
    return indexEntry.target().kind() == EntryKind.DIRECTORY;
  }

  @Override
  public void remove(RelPath path) {
    records.remove(path);
  }

  @Override
  public void removeTree(RelPath path) {
    records.keySet().removeIf(other -> other.startsWith(path));
  }

  public Map<String, IndexEntry> children(RelPath directory) {
    return Trees.children(records, directory);
  }
}
