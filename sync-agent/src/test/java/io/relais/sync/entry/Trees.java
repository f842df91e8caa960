package io.relais.sync.entry;

import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.plan.SyncRules;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Trees as maps from every path, the root too, to what is there. */
public final class Trees {
  private Trees() {}

  /** An entry of the source, and what a file holds. */
  public record Local(SourceEntry entry, String content) {}

  /** An entry of the target, and what a file holds. */
  public record Remote(TargetEntry entry, String content) {
    public Remote withMode(int mode) {
      return new Remote(
          new TargetEntry(
              entry.kind(), entry.size(), entry.mtimeSeconds(), mode, entry.linkTarget()),
          content);
    }

    public Remote withTime(long mtimeSeconds) {
      return new Remote(
          new TargetEntry(
              entry.kind(), entry.size(), mtimeSeconds, entry.mode(), entry.linkTarget()),
          content);
    }
  }

  public static <T> Map<String, T> children(NavigableMap<RelPath, T> tree, RelPath directory) {
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

  public static boolean isDirectory(Map<RelPath, Remote> tree, RelPath path) {
    Remote there = tree.get(path);
    return there != null && there.entry().kind() == EntryKind.DIRECTORY;
  }

  /** Whether a path, or a directory above it, is left out. */
  public static boolean isExcluded(
      SyncRules syncRules, RelPath path, @Nullable EntryKind entryKind) {
    return !path.isRoot()
        && (TemporaryNames.isTemporary(path.name())
            || (entryKind != null
                && syncRules.exclusion().excludes(path, entryKind == EntryKind.DIRECTORY))
            || isExcluded(syncRules, path.parent(), EntryKind.DIRECTORY));
  }
}
