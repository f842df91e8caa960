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
  public void put(RelPath path, Confirmed confirmed) {
    records.put(path, confirmed);
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
