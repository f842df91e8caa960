package io.relais.sync.plan;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Trees as maps from every path, the root too, to what is there. */
final class Trees {
  private Trees() {}

  /** An entry of the source, and what a file holds. */
  record Local(SourceEntry entry, String content) {}

  /** An entry of the target, and what a file holds. */
  record Remote(TargetEntry entry, String content) {
    Remote withMode(int mode) {
      return new Remote(
          new TargetEntry(
              entry.kind(), entry.size(), entry.mtimeSeconds(), mode, entry.linkTarget()),
          content);
    }

    Remote withTime(long mtimeSeconds) {
      return new Remote(
          new TargetEntry(
              entry.kind(), entry.size(), mtimeSeconds, entry.mode(), entry.linkTarget()),
          content);
    }
  }

  static <T> Map<String, T> children(NavigableMap<RelPath, T> tree, RelPath directory) {
    Map<String, T> children = new TreeMap<>();
    for (var entry : tree.tailMap(directory, false).entrySet()) {
      if (!entry.getKey().startsWith(directory)) {
        break;
      }
      if (entry.getKey().parent().equals(directory)) {
        children.put(entry.getKey().name(), entry.getValue());
      }
    }
    return children;
  }

  static boolean isDirectory(Map<RelPath, Remote> tree, RelPath path) {
    Remote there = tree.get(path);
    return there != null && there.entry().kind() == Kind.DIRECTORY;
  }

  /** Whether a path, or a directory above it, is left out. */
  static boolean isExcluded(Rules rules, RelPath path, @Nullable Kind kind) {
    return !path.isRoot()
        && (TemporaryNames.isTemporary(path.name())
            || (kind != null && rules.exclusion().excludes(path, kind == Kind.DIRECTORY))
            || isExcluded(rules, path.parent(), Kind.DIRECTORY));
  }
}
