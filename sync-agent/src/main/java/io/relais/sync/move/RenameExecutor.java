package io.relais.sync.move;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.move.MoveOrder.Wave;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.IndexUpdates;
import io.relais.sync.plan.Step;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.SyncTarget.Renaming;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Carries out moves at the target, and then in the index. Killed in between, the next run finds the
 * same moves again, and what has been moved already where it should be. For one thread.
 */
final class RenameExecutor {
  private static final int SEARCH_AND_WRITE = 0300;
  private static final int WRITE = 0200;

  private final RenameContext context;
  private final SyncTarget target;
  private final MirrorIndex index;
  private long done;

  RenameExecutor(RenameContext context) {
    this.context = context;
    this.target = context.target();
    this.index = context.index();
  }

  /** How many entries were moved so far, each directory as one. */
  long done() {
    return done;
  }

  void run(Wave wave) throws IOException {
    for (Map.Entry<RelPath, SourceEntry> each : wave.directories().entrySet()) {
      make(each.getKey(), each.getValue());
    }
    if (wave.moves().isEmpty()) {
      return;
    }
    // The times of these directories are about to move: the index must say so before that.
    Set<RelPath> parents = new LinkedHashSet<>();
    wave.moves().forEach(move -> parents.add(move.from().parent()));
    wave.moves().forEach(move -> parents.add(move.to().parent()));
    index.batch(() -> IndexUpdates.begin(List.of(), parents, index));
    for (RelPath parent : parents) {
      unlock(parent, SEARCH_AND_WRITE, SEARCH_AND_WRITE);
    }
    List<Move> moves = new ArrayList<>();
    for (Move move : wave.moves()) {
      if (isReady(move)) {
        moves.add(move);
      }
    }
    List<Optional<TargetException>> refusals =
        target.move(
            moves.stream()
                .map(move -> new Renaming(move.from(), move.to(), move.source().kind()))
                .toList());
    List<Move> moved = new ArrayList<>();
    for (int i = 0; i < moves.size(); i++) {
      if (refusals.get(i).isEmpty() || wasMovedBefore(moves.get(i), refusals.get(i).get())) {
        moved.add(moves.get(i));
      }
    }
    index.batch(() -> moved.forEach(this::record));
    done += moved.size();
  }

  private void make(RelPath path, SourceEntry entry) throws IOException {
    RelPath parent = path.parent();
    index.batch(() -> IndexUpdates.begin(List.of(), List.of(parent), index));
    unlock(parent, SEARCH_AND_WRITE, SEARCH_AND_WRITE);
    try {
      target.make(new RemoteChange.MakeDirectory(path, entry.asTarget().mode()));
      index.batch(() -> IndexUpdates.done(new Step.MakeDirectory(path, entry), null, null, index));
    } catch (TargetException e) {
      // What needs it is refused then, and the scan after this finds out why.
    }
  }

  /** Gives a directory or file the mode that it needs to be moved, and may have at its new path. */
  private boolean isReady(Move move) throws IOException {
    IndexEntry before = index.get(move.from());
    if (before == null) {
      return false;
    }
    int mode = move.source().asTarget().mode();
    boolean elsewhere = !move.from().parent().equals(move.to().parent());
    if (move.source().kind() == EntryKind.DIRECTORY && elsewhere) {
      mode |= WRITE; // Its entry for the directory above it is written.
    }
    return mode == before.target().mode() || isGiven(move.from(), mode);
  }

  private void unlock(RelPath path, int needed, int added) throws IOException {
    IndexEntry before = index.get(path);
    if (before != null && (before.target().mode() & needed) != needed) {
      isGiven(path, before.target().mode() | added);
    }
  }

  private boolean isGiven(RelPath path, int mode) throws IOException {
    try {
      target.make(new RemoteChange.SetMode(path, mode));
    } catch (TargetException e) {
      return false;
    }
    index.batch(() -> noteMode(path, mode));
    return true;
  }

  private void noteMode(RelPath path, int mode) {
    IndexEntry before = index.get(path);
    if (before != null) {
      index.put(path, before.withMode(mode));
    }
  }

  /** Only what nobody else can have put there counts: what the index knows of is something else. */
  private boolean wasMovedBefore(Move move, TargetException refusal) throws IOException {
    try {
      return wasMovedBefore(move, refusal.reason());
    } catch (TargetException e) {
      // What can't be looked at was not moved, as far as is known; the scan says what is wrong.
      return false;
    }
  }

  private boolean wasMovedBefore(Move move, Reason reason) throws IOException {
    IndexEntry indexEntry = index.get(move.from());
    if (reason != Reason.NOT_FOUND || indexEntry == null || target.stat(move.from()) != null) {
      return false;
    }
    TargetEntry expected = indexEntry.target();
    TargetEntry there = target.stat(move.to());
    IndexEntry replaced = index.get(move.to());
    boolean found = there != null && isAlike(expected, there);
    boolean other = replaced == null || there == null || !isAlike(replaced.target(), there);
    if (found && other) {
      return true;
    }
    index.batch(() -> index.removeTree(move.from()));
    return false;
  }

  private static boolean isAlike(TargetEntry one, TargetEntry other) {
    return one.kind() == other.kind()
        && (one.kind() == EntryKind.DIRECTORY
            || (one.size() == other.size() && one.mtimeSeconds() == other.mtimeSeconds()));
  }

  private void record(Move move) {
    index.moveTree(move.from(), move.to(), context.clock().instant(), context.window());
    IndexEntry moved = index.get(move.to());
    if (moved != null && move.hash() != null) {
      index.put(move.to(), new IndexEntry(move.source(), moved.target(), move.hash()));
    }
  }
}
