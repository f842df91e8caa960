package io.relais.sync.plan;

import io.relais.sync.entry.FileSystemFeatures;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which of the names that the source wants in one directory can be there, on a disk that can't have
 * them all. Of several that are one there, the one that is there already stays, else the first.
 */
final class NameConflictResolver {
  private final DirectoryView view;
  private final FileSystemFeatures disk;

  /** The one that is kept, by what it has in common with the others. */
  private final Map<String, String> kept = new HashMap<>();

  /** How each is listed, by the same. */
  private final Map<String, String> listed = new HashMap<>();

  /**
   * Chooses.
   *
   * @param wanted whether the source has something of a name that is to be mirrored
   */
  NameConflictResolver(DirectoryView view, FileSystemFeatures disk, Predicate<String> wanted) {
    this.view = view;
    this.disk = disk;
    if (view.listed() != null) {
      view.listed().keySet().forEach(name -> listed.put(disk.fold(name), name));
    }
    for (String name : new TreeMap<>(view.source()).keySet()) {
      if (wanted.test(name) && disk.objection(name) == null) {
        kept.merge(disk.fold(name), name, (one, other) -> isThere(other) ? other : one);
      }
    }
  }

  private boolean isThere(String name) {
    return view.listed() == null
        ? view.confirmed().containsKey(name)
        : view.listed().containsKey(name);
  }

  /** Why a name that the source wants can't be there, in one line; null if it can. */
  @Nullable String objection(String name) {
    String own = disk.objection(name);
    String there = kept(name);
    return own != null || name.equals(there) || there == null
        ? own
        : FileSystemFeatures.collision(there);
  }

  /** Whether a name that the source does not want is, there, one that it wants. */
  boolean isAnother(String name) {
    return kept(name) != null;
  }

  /** The name that the source wants of those that are one with a name there; null for none. */
  @Nullable String kept(String name) {
    return kept.get(disk.fold(name));
  }

  /** How the entry of a name at the target is known, also if it is spelled in another way there. */
  TargetView target(String name) {
    if (view.listed() == null) {
      return view.target(name);
    }
    return view.target(listed.getOrDefault(disk.fold(name), name));
  }
}
