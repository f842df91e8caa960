package io.relais.sync.watch.directorywatcher;

import io.relais.sync.path.RelPath;
import io.relais.sync.watch.WatchCoverage;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which directories are watched, as far as is known. Thread-safe. */
public final class WatchedSet implements WatchCoverage.Watched {
  private final Set<RelPath> directories = ConcurrentHashMap.newKeySet();

  void add(RelPath directory) {
    directories.add(directory);
  }

  void remove(RelPath directory) {
    directories.remove(directory);
  }

  @Override
  public boolean contains(RelPath directory) {
    return directories.contains(directory);
  }

  @Override
  public int size() {
    return directories.size();
  }
}
