package io.relais.sync.watch;

import io.relais.sync.path.RelPath;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Chooses which directories to watch when there are not enough watches for all. Pure. */
final class WatchBudget {
  private WatchBudget() {}

  /**
   * Chooses at most {@code budget} directories: those modified last, each with all its parents, so
   * that a new directory beside them is seen too.
   */
  static Set<RelPath> choose(Map<RelPath, FileTime> modified, int budget) {
    List<RelPath> hottest =
        modified.entrySet().stream()
            .sorted(
                Map.Entry.<RelPath, FileTime>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .map(Map.Entry::getKey)
            .toList();
    Set<RelPath> chosen = new HashSet<>();
    for (RelPath directory : hottest) {
      if (chosen.size() == budget) {
        break;
      }
      Set<RelPath> missing = new HashSet<>(directory.ancestors());
      missing.add(directory);
      missing.removeAll(chosen);
      if (chosen.size() + missing.size() <= budget) {
        chosen.addAll(missing);
      }
    }
    return chosen;
  }
}
