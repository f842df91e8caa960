package io.relais.sync.scan;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.DirectoryPlan;
import io.relais.sync.plan.SafeStepSplit;
import io.relais.sync.plan.SyncRules;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where a scan begins: at what its scope names, or at the first directory above that is not as it
 * was. Each place once, however many hints lead to it. For one scan, on one thread.
 */
final class ScanRoots {
  private final SourceTree source;
  private final SyncTarget target;
  private final MirrorIndex index;
  private final SyncRules syncRules;

  private final KnownDirectories knownDirectories;
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

  ScanRoots(SourceTree source, SyncTarget target, MirrorIndex index, SyncRules syncRules) {
    this.source = source;
    this.target = target;
    this.index = index;
    this.syncRules = syncRules;
    this.knownDirectories = new KnownDirectories(source, index);
  }

  ImmutableList<Start> of(ScanScope scanScope) throws IOException {
    Map<RelPath, Start> found = new LinkedHashMap<>();
    for (RelPath path : scanScope.relists().stream().sorted().toList()) {
      RelPath start = existingAtTarget(path);
      if (isNew(start, found)) {
        found.put(start, new Start(start, true, false));
      }
    }
    for (RelPath path : scanScope.rescans().stream().sorted().toList()) {
      RelPath start = knownDirectories.changedAncestor(path);
      if (isNew(start, found)) {
        found.put(start, new Start(start, false, false));
      }
    }
    List<RelPath> deep = List.copyOf(found.keySet());
    for (RelPath path : scanScope.hints()) {
      RelPath start = knownDirectories.changedAncestor(path);
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

  /** What was found in a directory, without the places where the scan begins by itself. */
  DirectoryPlan without(RelPath directory, DirectoryPlan found) {
    return holders.contains(directory) ? found.without(starts) : found;
  }

  /**
   * Whether a directory holds a place where the scan begins, does not begin there itself, and is
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
      return false; // Why it can't be read is told where the scan begins there.
    }
    IndexEntry before = index.get(path);
    boolean directory =
        entry != null
            ? entry.kind() == EntryKind.DIRECTORY
            : before != null && before.source().kind() == EntryKind.DIRECTORY;
    return syncRules.exclusion().excludes(path, directory);
  }

  /** The path itself, or the first directory above it that is missing at the target. */
  private RelPath existingAtTarget(RelPath path) throws IOException {
    for (RelPath above : path.ancestors()) {
      try {
        TargetEntry there = target.stat(above);
        if (there == null || there.kind() != EntryKind.DIRECTORY) {
          return above;
        }
      } catch (TargetException e) {
        // The scan that begins there says what is wrong.
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
      IndexEntry indexEntry = index.get(directory);
      known =
          indexEntry != null
              && SafeStepSplit.isOpen(indexEntry.target())
              && (directory.isRoot() || isOpenDirectory(directory.parent()));
      open.put(directory, known);
    }
    return known;
  }
}
