package io.relais.sync.move;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.plan.SyncRules;
import io.relais.sync.scan.KnownDirectories;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a move leaves at the source: entries that are where the index knows nothing or something
 * else, and entries that are not any more where the index knows them. A directory whose times are
 * as the index has them has neither in it, so most of a large tree need not be read. For one
 * thread.
 */
final class SourceDelta {
  private final SourceTree source;
  private final MirrorIndex index;
  private final SyncRules syncRules;
  private final Set<RelPath> seen = new HashSet<>();
  private final KnownDirectories knownDirectories;

  private final TreeMap<RelPath, SourceEntry> fresh = new TreeMap<>();

  /** What the index knows at other places, by inode. */
  private final Map<Long, List<Known>> gone = new HashMap<>();

  private final List<RelPath> goneDirectories = new ArrayList<>();

  SourceDelta(SourceTree source, MirrorIndex index, SyncRules syncRules) {
    this.source = source;
    this.index = index;
    this.syncRules = syncRules;
    this.knownDirectories = new KnownDirectories(source, index);
  }

  /** Something that the index knows, and the source has no more under that path. */
  record Known(RelPath path, IndexEntry confirmed) {}

  /** Entries of the source that are new where they are, by path. */
  SortedMap<RelPath, SourceEntry> fresh() {
    return Collections.unmodifiableSortedMap(fresh);
  }

  /** Whether something is new, and something is gone: only then something may have moved. */
  boolean mayHoldMoves() {
    return !fresh.isEmpty() && !gone.isEmpty();
  }

  boolean isNothing() {
    return fresh.isEmpty() && gone.isEmpty();
  }

  /** What the index knows of an inode that is no more where it was. */
  List<Known> of(SourceEntry entry) {
    return gone.getOrDefault(entry.inode(), List.of());
  }

  /** Asks where new directories were before: the hint of that may be yet to come. */
  void askForDirectories() throws IOException {
    for (SourceEntry entry : fresh.values()) {
      if (entry.kind() == EntryKind.DIRECTORY && of(entry).isEmpty()) {
        for (Map.Entry<RelPath, IndexEntry> each :
            index.directoriesWith(entry.inode()).entrySet()) {
          SourceEntry there = source.stat(each.getKey());
          if (there == null || !isSame(there, each.getValue())) {
            miss(each.getKey(), each.getValue());
          }
        }
      }
    }
  }

  /** Looks through everything at and below a directory that the index knows. */
  void search(RelPath root) throws IOException {
    Map<RelPath, IndexEntry> directories = new TreeMap<>();
    index.forEachDirectory(root, directories::put);
    for (Map.Entry<RelPath, IndexEntry> each : directories.entrySet()) {
      SourceEntry now = source.stat(each.getKey());
      if (now != null && now.kind() == EntryKind.DIRECTORY && isSame(now, each.getValue())) {
        searchDirectory(each.getKey(), now, each.getValue());
      }
    }
  }

  /** Looks at one path that may have changed, or something directly in it. */
  void look(RelPath path) throws IOException {
    RelPath at = knownDirectories.changedAncestor(path);
    if (!seen.add(at) || isLeftOut(at)) {
      return;
    }
    IndexEntry before = index.get(at);
    SourceEntry now = source.stat(at);
    compare(at, now, before);
    if (before != null && now != null && now.kind() == EntryKind.DIRECTORY && isSame(now, before)) {
      searchDirectory(at, now, before);
    }
  }

  private void searchDirectory(RelPath path, SourceEntry now, IndexEntry before)
      throws IOException {
    if (before.isSettled()
        && now.mtimeNanos() == before.source().mtimeNanos()
        && now.ctimeNanos() == before.source().ctimeNanos()) {
      return;
    }
    Map<String, SourceEntry> here = list(path);
    if (here == null) {
      return;
    }
    Map<String, IndexEntry> known = index.children(path);
    for (Map.Entry<String, SourceEntry> each : here.entrySet()) {
      compare(path.child(each.getKey()), each.getValue(), known.get(each.getKey()));
    }
    known.forEach(
        (name, indexEntry) -> {
          if (!here.containsKey(name)) {
            miss(path.child(name), indexEntry);
          }
        });
  }

  /** What a directory holds; null if it is gone, or can't be read. */
  @Nullable Map<String, SourceEntry> list(RelPath directory) throws IOException {
    try {
      return source.list(directory);
    } catch (NoSuchFileException | NotDirectoryException | AccessDeniedException e) {
      return null;
    }
  }

  private void compare(RelPath path, @Nullable SourceEntry now, @Nullable IndexEntry before) {
    boolean same = now != null && before != null && isSame(now, before);
    if (before != null && !same) {
      miss(path, before);
    }
    if (now != null && !same && !path.isRoot() && syncRules.exclusion().mirrors(path, now.kind())) {
      fresh.put(path, now);
    }
  }

  private void miss(RelPath path, IndexEntry before) {
    boolean directory = before.source().kind() == EntryKind.DIRECTORY;
    boolean leftOut =
        syncRules.exclusion().excludes(path, directory) && !TemporaryNames.isTemporary(path.name());
    if (path.isRoot() || leftOut) {
      return;
    }
    gone.computeIfAbsent(before.source().inode(), _ -> new ArrayList<>())
        .add(new Known(path, before));
    if (directory) {
      goneDirectories.add(path);
    }
  }

  /** Adds what the index knows below the directories that are gone, but for some. */
  void missAllBelow(Set<RelPath> except) {
    for (RelPath directory : List.copyOf(goneDirectories)) {
      if (!except.contains(directory)) {
        missBelow(directory);
      }
    }
  }

  private void missBelow(RelPath directory) {
    index
        .children(directory)
        .forEach(
            (name, indexEntry) -> {
              RelPath path = directory.child(name);
              gone.computeIfAbsent(indexEntry.source().inode(), _ -> new ArrayList<>())
                  .add(new Known(path, indexEntry));
              if (indexEntry.source().kind() == EntryKind.DIRECTORY) {
                missBelow(path);
              }
            });
  }

  /** Paths under temporary names that the index knows: what a move broken off has left. */
  List<RelPath> brokenOff() {
    return gone.values().stream()
        .flatMap(List::stream)
        .map(Known::path)
        .filter(path -> TemporaryNames.isTemporary(path.name()))
        .toList();
  }

  static boolean isSame(SourceEntry now, IndexEntry before) {
    return now.kind() == before.source().kind() && now.inode() == before.source().inode();
  }

  private boolean isLeftOut(RelPath path) {
    return !path.isRoot()
        && path.ancestors().stream()
            .anyMatch(above -> !above.isRoot() && syncRules.exclusion().excludes(above, true));
  }
}
