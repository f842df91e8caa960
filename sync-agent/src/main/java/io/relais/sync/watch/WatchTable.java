package io.relais.sync.watch;

import io.relais.sync.plan.RelPath;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which watch is at which path. A watch belongs to a directory, whatever its name; so it may come
 * to light that one is elsewhere than was thought. Thread-safe.
 */
final class WatchTable {
  private final Map<Integer, RelPath> paths = new HashMap<>();
  private final NavigableMap<RelPath, Integer> watches = new TreeMap<>();

  /**
   * What else turned out when a watch was put.
   *
   * @param isNew whether the watch was at no path before
   * @param previousPath where it was thought to be, if elsewhere
   * @param previousWatch which one was thought to be there, if another
   */
  record Put(boolean isNew, @Nullable RelPath previousPath, @Nullable Integer previousWatch) {}

  synchronized Put put(int watch, RelPath path) {
    RelPath previousPath = paths.put(watch, path);
    boolean moved = previousPath != null && !previousPath.equals(path);
    if (moved) {
      watches.remove(previousPath, watch);
    }
    Integer previousWatch = watches.put(path, watch);
    if (previousWatch != null && previousWatch == watch) {
      previousWatch = null;
    } else if (previousWatch != null) {
      paths.remove(previousWatch);
    }
    return new Put(previousPath == null, moved ? previousPath : null, previousWatch);
  }

  synchronized @Nullable RelPath path(int watch) {
    return paths.get(watch);
  }

  synchronized boolean contains(RelPath path) {
    return watches.containsKey(path);
  }

  /** The watch is no more; where it was. */
  synchronized @Nullable RelPath remove(int watch) {
    RelPath path = paths.remove(watch);
    if (path != null) {
      watches.remove(path, watch);
    }
    return path;
  }

  /** Takes out a directory with all below it: their paths and watches. */
  synchronized Map<RelPath, Integer> detach(RelPath directory) {
    Map<RelPath, Integer> detached = new HashMap<>();
    for (Map.Entry<RelPath, Integer> entry : watches.tailMap(directory, true).entrySet()) {
      if (!entry.getKey().startsWith(directory)) {
        break;
      }
      detached.put(entry.getKey(), entry.getValue());
    }
    detached.keySet().forEach(watches::remove);
    detached.values().forEach(paths::remove);
    return detached;
  }

  synchronized int size() {
    return watches.size();
  }
}
