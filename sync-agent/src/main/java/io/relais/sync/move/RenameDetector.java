package io.relais.sync.move;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.move.SourceDelta.Known;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.SyncRules;
import io.relais.sync.remote.SourceChangedException;
import io.relais.sync.transfer.SourceHash;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which entries of the source have only moved. The inode alone says little, since file
 * systems give it to the next file at once; so nothing is taken for moved that is not proven to
 * hold what the target has:
 *
 * <ul>
 *   <li>a file by its content, which is read; one whose content was never read is not moved alone
 *   <li>a directory by all that the index knows below it: it is there, under the same names, with
 *       the same inodes, and with times of the inodes' own changes that nobody can forge. A rename
 *       of each, or of a directory in between, would have changed them. Otherwise what it holds is
 *       looked at piece by piece.
 * </ul>
 *
 * <p>So what a move makes visible at the target is what the source had there. For one thread.
 */
final class RenameDetector {
  private final RenameContext context;
  private final MirrorIndex index;
  private final SyncRules syncRules;
  private final SourceDelta sourceDelta;

  private final Map<RelPath, Move> bySource = new HashMap<>();

  /** Directories that did not move as a whole. */
  private final Map<RelPath, SourceEntry> opened = new HashMap<>();

  private final Set<RelPath> refused = new HashSet<>();

  /** What is new in directories that did. */
  private final TreeMap<RelPath, SourceEntry> added = new TreeMap<>();

  RenameDetector(RenameContext context, SourceDelta sourceDelta) {
    this.context = context;
    this.index = context.index();
    this.syncRules = context.rules();
    this.sourceDelta = sourceDelta;
  }

  /**
   * What was found.
   *
   * @param directories of the source that have to be made for the moves, by path
   */
  record DetectedRenames(Collection<Move> moves, Map<RelPath, SourceEntry> directories) {}

  DetectedRenames find() throws IOException {
    Map<RelPath, SourceEntry> unmatched = new TreeMap<>();
    for (Map.Entry<RelPath, SourceEntry> each : sourceDelta.fresh().entrySet()) {
      if (!isMoved(each.getKey(), each.getValue())) {
        unmatched.put(each.getKey(), each.getValue());
      }
    }
    unmatched.putAll(added);
    unmatched.putAll(dropImpossible());
    if (!unmatched.isEmpty()) {
      sourceDelta.missAllBelow(bySource.keySet());
    }
    while (!unmatched.isEmpty()) {
      added.clear();
      for (Map.Entry<RelPath, SourceEntry> each : unmatched.entrySet()) {
        goInto(each.getKey(), each.getValue());
      }
      unmatched = new TreeMap<>(added);
      unmatched.putAll(dropImpossible());
    }
    return new DetectedRenames(List.copyOf(bySource.values()), needed());
  }

  /** What was gone into and has to be made, for there is none, or it moves away. */
  private Map<RelPath, SourceEntry> needed() {
    Map<RelPath, SourceEntry> needed = new TreeMap<>();
    for (Move move : bySource.values()) {
      for (RelPath above : move.to().ancestors()) {
        SourceEntry made = opened.get(above);
        if (made != null && (index.get(above) == null || bySource.containsKey(above))) {
          needed.put(above, made);
        }
      }
    }
    return needed;
  }

  /** Whether it has moved as a whole, and then that is noted. */
  private boolean isMoved(RelPath to, SourceEntry now) throws IOException {
    if (refused.contains(to)) {
      return false;
    }
    for (Known known : sourceDelta.of(now)) {
      RelPath from = known.path();
      if (bySource.containsKey(from) || from.startsWith(to) || to.startsWith(from)) {
        continue;
      }
      Move move =
          switch (now.kind()) {
            case FILE -> file(known, to, now);
            case DIRECTORY -> directory(known, to, now);
            case SYMLINK, OTHER -> null; // made as quickly as moved
          };
      if (move != null) {
        bySource.put(from, move);
        return true;
      }
    }
    return false;
  }

  private void goInto(RelPath to, SourceEntry now) throws IOException {
    if (isMoved(to, now) || now.kind() != EntryKind.DIRECTORY) {
      return;
    }
    IndexEntry there = index.get(to);
    boolean movesAway = bySource.containsKey(to);
    if (there != null && there.source().kind() != EntryKind.DIRECTORY && !movesAway) {
      return;
    }
    Map<String, SourceEntry> children = sourceDelta.list(to);
    if (children == null) {
      return;
    }
    opened.put(to, now);
    for (Map.Entry<String, SourceEntry> each : children.entrySet()) {
      RelPath path = to.child(each.getKey());
      IndexEntry before = index.get(path);
      boolean known = before != null && SourceDelta.isSame(each.getValue(), before);
      if (!known && syncRules.exclusion().mirrors(path, each.getValue().kind())) {
        goInto(path, each.getValue());
      }
    }
  }

  private @Nullable Move file(Known known, RelPath to, SourceEntry now) throws IOException {
    SourceEntry before = known.confirmed().source();
    if (before.kind() != EntryKind.FILE
        || before.device() != now.device()
        || before.size() != now.size()
        || known.confirmed().hash() == null) {
      return null;
    }
    try {
      SourceHash read = SourceHash.read(context.source(), to, context.clock(), context.stopping());
      boolean same =
          read.entry().inode() == now.inode() && read.hash().equals(known.confirmed().hash());
      return same ? new Move(known.path(), to, read.entry(), read.hash()) : null;
    } catch (SourceChangedException | FileSystemException e) {
      return null; // The scan sees what there is to see.
    }
  }

  private @Nullable Move directory(Known known, RelPath to, SourceEntry now) throws IOException {
    SourceEntry before = known.confirmed().source();
    boolean moved =
        before.kind() == EntryKind.DIRECTORY
            && before.device() == now.device()
            && syncRules.exclusion().isSameBelow(known.path(), to);
    Map<RelPath, SourceEntry> more = new HashMap<>();
    if (!moved || !holdsAllOf(known.path(), to, more)) {
      return null;
    }
    added.putAll(more);
    return new Move(known.path(), to, now, null);
  }

  /** Whether all that is known below one path is below the other, untouched. */
  private boolean holdsAllOf(RelPath from, RelPath to, Map<RelPath, SourceEntry> more)
      throws IOException {
    Map<String, IndexEntry> known = index.children(from);
    if (known.isEmpty()) {
      return false; // Nothing proves it, and a new one is made as quickly.
    }
    Map<String, SourceEntry> here = sourceDelta.list(to);
    if (here == null) {
      return false;
    }
    for (Map.Entry<String, IndexEntry> each : known.entrySet()) {
      SourceEntry now = here.get(each.getKey());
      if (now == null || !isUntouched(each.getValue().source(), now)) {
        return false;
      }
    }
    for (Map.Entry<String, IndexEntry> each : known.entrySet()) {
      boolean directory = each.getValue().source().kind() == EntryKind.DIRECTORY;
      if (directory && !isEmptyOrHeld(from.child(each.getKey()), to.child(each.getKey()), more)) {
        return false;
      }
    }
    here.forEach(
        (name, entry) -> {
          RelPath path = to.child(name);
          if (!known.containsKey(name) && syncRules.exclusion().mirrors(path, entry.kind())) {
            more.put(path, entry);
          }
        });
    return true;
  }

  private boolean isEmptyOrHeld(RelPath from, RelPath to, Map<RelPath, SourceEntry> more)
      throws IOException {
    return index.children(from).isEmpty() || holdsAllOf(from, to, more);
  }

  private static boolean isUntouched(SourceEntry before, SourceEntry now) {
    return before.kind() == EntryKind.DIRECTORY
        ? now.kind() == EntryKind.DIRECTORY && now.inode() == before.inode()
        : now.equals(before);
  }

  /**
   * Drops what a directory in the way would refuse, and what moves with its directory. What is left
   * to be looked at piece by piece comes out.
   */
  private Map<RelPath, SourceEntry> dropImpossible() {
    Map<RelPath, SourceEntry> left = new HashMap<>();
    boolean changed = true;
    while (changed) {
      Set<RelPath> sources = new HashSet<>(bySource.keySet());
      List<Move> impossible =
          bySource.values().stream().filter(move -> !isPossible(move, sources)).toList();
      impossible.forEach(move -> drop(move, left));
      changed = !impossible.isEmpty();
    }
    return left;
  }

  private void drop(Move move, Map<RelPath, SourceEntry> left) {
    bySource.remove(move.from());
    if (move.source().kind() == EntryKind.DIRECTORY) {
      refused.add(move.to());
      left.put(move.to(), move.source());
    }
  }

  private boolean isPossible(Move move, Set<RelPath> sources) {
    if (move.from().ancestors().stream().anyMatch(sources::contains)) {
      return false;
    }
    if (sources.contains(move.to())) {
      return true;
    }
    IndexEntry there = index.get(move.to());
    return there == null
        || (there.source().kind() != EntryKind.DIRECTORY
            && move.source().kind() != EntryKind.DIRECTORY);
  }
}
