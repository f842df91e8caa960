package io.relais.sync.plan;

import io.relais.sync.path.RelPath;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/** Which permissions of their owner the directories need while steps run in and below them. */
final class DirectoryPermissions {
  private static final int SEARCH = 0100;
  private static final int CHANGE = 0300;

  private final Map<RelPath, Integer> bits = new HashMap<>();

  void add(Step step) {
    if (step instanceof Step.Adopt || step.path().isRoot()) {
      return;
    }
    require(step.path().parent(), step instanceof Step.SetAttributes ? SEARCH : CHANGE);
  }

  /** Something in the directory is removed that is no step's. */
  void addCleaned(RelPath leftover) {
    require(leftover.parent(), CHANGE);
  }

  /** The directory is locked again at the end. */
  void addLocked(RelPath directory) {
    if (!directory.isRoot()) {
      require(directory.parent(), SEARCH);
    }
  }

  private void require(RelPath directory, int wanted) {
    RelPath at = directory;
    int needed = wanted;
    while (true) {
      int had = bits.getOrDefault(at, 0);
      if ((had & needed) == needed) {
        return;
      }
      bits.put(at, had | needed);
      if (at.isRoot()) {
        return;
      }
      at = at.parent();
      needed = SEARCH;
    }
  }

  void forEach(BiConsumer<RelPath, Integer> action) {
    bits.forEach(action);
  }

  /** The directories whose entries come, go or are replaced, and whose times move with that. */
  Set<RelPath> changed() {
    return bits.entrySet().stream()
        .filter(need -> (need.getValue() & CHANGE) == CHANGE)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }
}
