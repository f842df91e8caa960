package io.relais.sync.plan;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An index in a map. */
final class MapMemory implements Memory {
  final TreeMap<RelPath, Confirmed> records = new TreeMap<>();

  @Override
  public @Nullable Confirmed get(RelPath path) {
    return records.get(path);
  }

  @Override
  public boolean put(RelPath path, Confirmed confirmed) {
    Confirmed before = records.get(path);
    if (before != null && isDirectory(before) != isDirectory(confirmed)) {
      return false;
    }
    records.put(path, confirmed);
    return true;
  }

  private static boolean isDirectory(Confirmed confirmed) {
    return confirmed.target().kind() == Kind.DIRECTORY;
  }

  @Override
  public void remove(RelPath path) {
    records.remove(path);
  }

  @Override
  public void removeTree(RelPath path) {
    records.keySet().removeIf(other -> other.startsWith(path));
  }

  Map<String, Confirmed> children(RelPath directory) {
    return Trees.children(records, directory);
  }
}
