package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.plan.Confirmed;
import io.relais.sync.plan.DirectoryPlan;
import io.relais.sync.plan.Division;
import io.relais.sync.plan.Kind;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.Rules;
import io.relais.sync.plan.SourceEntry;
import io.relais.sync.plan.TargetEntry;
import io.relais.sync.scan.SourceTree;
import io.relais.sync.target.SyncTarget;
import io.relais.sync.target.TargetException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a survey begins: at what its scope names, or at the first directory above that is not as it
 * was. Each place once, however many hints lead to it. For one survey, on one thread.
 */
final class Beginnings {
  private final SourceTree source;
  private final SyncTarget target;
  private final MirrorIndex index;
  private final Rules rules;

  /** Whether a directory is another one than the index remembers. */
  private final Map<RelPath, Boolean> others = new HashMap<>();

  private final Map<RelPath, Boolean> open = new HashMap<>();
  private final Set<RelPath> starts = new HashSet<>();
  private final Set<RelPath> holders = new HashSet<>();
  private final Set<RelPath> seen = new HashSet<>();

  /**
   * Where to begin.
   *
   * @param listed into all below, as the target lists it; else the index is trusted
   * @param shallow one level, and into whatever is new there; else into all below
   */
  record Start(RelPath path, boolean listed, boolean shallow) {}

  Beginnings(SourceTree source, SyncTarget target, MirrorIndex index, Rules rules) {
    this.source = source;
    this.target = target;
    this.index = index;
    this.rules = rules;
  }

  ImmutableList<Start> of(Scope scope) throws IOException {
    Map<RelPath, Start> found = new LinkedHashMap<>();
    for (RelPath path : scope.relists().stream().sorted().toList()) {
      RelPath start = existingAtTarget(path);
      if (isNew(start, found)) {
        found.put(start, new Start(start, true, false));
      }
    }
    for (RelPath path : scope.rescans().stream().sorted().toList()) {
      RelPath start = changedAncestor(path);
      if (isNew(start, found)) {
        found.put(start, new Start(start, false, false));
      }
    }
    List<RelPath> deep = List.copyOf(found.keySet());
    for (RelPath path : scope.hints()) {
      RelPath start = changedAncestor(path);
      if (!found.containsKey(start)
          && deep.stream().noneMatch(start::startsWith)
          && !isExcluded(start)) {
        found.put(start, new Start(start, false, true));
      }
    }
    for (RelPath start : found.keySet()) {
      starts.add(start);
      if (!start.isRoot()) {
        holders.add(start.parent());
      }
    }
    return ImmutableList.copyOf(found.values());
  }

  private static boolean isNew(RelPath path, Map<RelPath, Start> found) {
    return found.keySet().stream().noneMatch(path::startsWith);
  }

  /** What was found in a directory, without the places where the survey begins by itself. */
  DirectoryPlan without(RelPath directory, DirectoryPlan found) {
    return holders.contains(directory) ? found.without(starts) : found;
  }

  /**
   * Whether a directory holds a place where the survey begins, does not begin there itself, and is
   * asked of for the first time.
   */
  boolean isFirstHeldBy(RelPath directory) {
    return !starts.contains(directory) && seen.add(directory);
  }

  private boolean isExcluded(RelPath path) throws IOException {
    if (path.isRoot()) {
      return false;
    }
    SourceEntry entry;
    try {
      entry = source.stat(path);
    } catch (FileSystemException e) {
      return false; // Why it can't be read is told where the survey begins there.
    }
    Confirmed before = index.get(path);
    boolean directory =
        entry != null
            ? entry.kind() == Kind.DIRECTORY
            : before != null && before.source().kind() == Kind.DIRECTORY;
    return rules.exclusion().excludes(path, directory);
  }

  /** The path itself, or the first directory above it that the index doesn't know as it is now. */
  private RelPath changedAncestor(RelPath path) throws IOException {
    for (RelPath above : path.ancestors()) {
      Boolean other = others.get(above);
      if (other == null) {
        other = isOther(above);
        others.put(above, other);
      }
      if (other) {
        return above;
      }
    }
    return path;
  }

  /** One that can't be looked at may be any: the survey begins there, and says so. */
  private boolean isOther(RelPath directory) throws IOException {
    try {
      return isOther(source.stat(directory), index.get(directory));
    } catch (FileSystemException e) {
      return true;
    }
  }

  /** Whether a directory is not the very one that the index remembers. */
  static boolean isOther(@Nullable SourceEntry now, @Nullable Confirmed before) {
    return now == null
        || before == null
        || now.kind() != Kind.DIRECTORY
        || before.source().kind() != Kind.DIRECTORY
        || before.source().inode() != now.inode();
  }

  /** The path itself, or the first directory above it that is missing at the target. */
  private RelPath existingAtTarget(RelPath path) throws IOException {
    for (RelPath above : path.ancestors()) {
      try {
        TargetEntry there = target.stat(above);
        if (there == null || there.kind() != Kind.DIRECTORY) {
          return above;
        }
      } catch (TargetException e) {
        // The survey that begins there says what is wrong.
        return above;
      }
    }
    return path;
  }

  /** Whether every directory above a place to begin can be changed, as far as is known. */
  boolean isOpen(RelPath start) {
    return start.isRoot() || isOpenDirectory(start.parent());
  }

  private boolean isOpenDirectory(RelPath directory) {
    Boolean known = open.get(directory);
    if (known == null) {
      Confirmed confirmed = index.get(directory);
      known =
          confirmed != null
              && Division.isOpen(confirmed.target())
              && (directory.isRoot() || isOpenDirectory(directory.parent()));
      open.put(directory, known);
    }
    return known;
  }
}
