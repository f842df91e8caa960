package io.relais.sync.move;

import static java.util.Objects.requireNonNull;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.DirectoryView;
import io.relais.sync.plan.IndexUpdates;
import io.relais.sync.plan.Reconciler;
import io.relais.sync.plan.SyncRules;
import io.relais.sync.plan.TargetContents;
import io.relais.sync.remote.SyncTarget.Renaming;
import io.relais.sync.remote.TargetException;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.source.SourceTree;
import io.relais.sync.transfer.StoppedException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Where the target does not tell upper from lower case, gives an entry there the spelling that the
 * source has by now, before the scan of a round: on that disk it is one entry, and what is known
 * below the old spelling is there below the new one. Otherwise it would be forgotten, though it
 * still stands there. For the owner's thread, and one round.
 */
public final class CaseRenameReplay {
  private final RenameContext context;
  private final SourceTree source;
  private final MirrorIndex index;
  private final SyncRules syncRules;
  private final Reconciler reconciler;
  private final boolean renames;

  private final Set<RelPath> seen = new HashSet<>();
  private final Set<RelPath> hints = new HashSet<>();
  private final Set<RelPath> rescans = new HashSet<>();
  private final Set<RelPath> relists = new HashSet<>();
  private long renamed;

  /**
   * @param renames whether the target may be changed; else it keeps the old spelling
   */
  public CaseRenameReplay(RenameContext context, boolean renames) {
    this.context = context;
    this.source = context.source();
    this.index = context.index();
    this.syncRules = context.rules();
    this.reconciler = new Reconciler(context.rules());
    this.renames = renames;
  }

  /** Looks at all that the scope names, and widens it by what this has changed. */
  public RenameReplay.ReplayOutcome run(ScanScope scanScope) throws IOException {
    List<RelPath> roots = new ArrayList<>(scanScope.relists());
    roots.addAll(scanScope.rescans());
    for (RelPath root : roots) {
      lookAbove(root);
      search(root);
    }
    for (RelPath path : scanScope.hints()) {
      lookAbove(path);
      if (index.get(path) != null) {
        look(path);
      }
    }
    return new RenameReplay.ReplayOutcome(scanScope.plus(hints, rescans, relists), renamed);
  }

  /** Looks wherever a path, or one above it, is not known as it is spelled; from the root down. */
  private void lookAbove(RelPath path) throws IOException {
    if (path.isRoot()) {
      return;
    }
    lookAbove(path.parent());
    if (index.get(path) == null || !isMirrored(path)) {
      look(path.parent());
    }
  }

  private boolean isMirrored(RelPath path) throws IOException {
    try {
      SourceEntry entry = source.stat(path);
      return entry != null && syncRules.exclusion().mirrors(path, entry.kind());
    } catch (FileSystemException e) {
      return false; // The scan says why.
    }
  }

  /** Looks through all directories at and below one that may hold something renamed. */
  private void search(RelPath root) throws IOException {
    Map<RelPath, IndexEntry> directories = new TreeMap<>();
    index.forEachDirectory(root, directories::put);
    for (Map.Entry<RelPath, IndexEntry> each : directories.entrySet()) {
      if (context.stopping().getAsBoolean()) {
        throw new StoppedException();
      }
      if (!isUnchanged(each.getKey(), each.getValue())) {
        look(each.getKey());
      }
    }
  }

  /** A directory whose times are as the index has them holds the same names as it did. */
  private boolean isUnchanged(RelPath directory, IndexEntry before) throws IOException {
    try {
      SourceEntry now = source.stat(directory);
      return now == null
          || (before.isSettled()
              && SourceDelta.isSame(now, before)
              && now.mtimeNanos() == before.source().mtimeNanos()
              && now.ctimeNanos() == before.source().ctimeNanos());
    } catch (FileSystemException e) {
      return true; // The scan says why.
    }
  }

  private void look(RelPath directory) throws IOException {
    Map<String, IndexEntry> known = seen.add(directory) ? index.children(directory) : Map.of();
    if (known.isEmpty()) {
      return;
    }
    Map<String, SourceEntry> here;
    try {
      here = source.list(directory);
    } catch (FileSystemException e) {
      return; // The scan says why.
    }
    List<Renaming> renamings = new ArrayList<>();
    reconciler
        .respelled(new DirectoryView(directory, TargetContents.COPY, here, known, null))
        .forEach(
            (old, now) ->
                renamings.add(
                    new Renaming(
                        directory.child(old),
                        directory.child(now),
                        requireNonNull(here.get(now)).kind())));
    if (renamings.isEmpty()) {
      return;
    }
    respell(directory, renamings);
    for (Renaming each : renamings) {
      if (each.kind() == EntryKind.DIRECTORY) {
        search(each.to());
      }
    }
  }

  /** Where it is refused, what is known goes with the entry all the same, and is compared. */
  private void respell(RelPath directory, List<Renaming> renamings) throws IOException {
    List<Optional<TargetException>> refusals = List.of();
    if (renames) {
      // Its time at the target is about to move: the index must say so before that.
      index.batch(() -> IndexUpdates.begin(List.of(), List.of(directory), index));
      refusals = context.target().move(renamings);
    }
    index.batch(
        () ->
            renamings.forEach(
                each ->
                    index.moveTree(
                        each.from(), each.to(), context.clock().instant(), context.window())));
    for (int i = 0; i < renamings.size(); i++) {
      Renaming each = renamings.get(i);
      boolean done = renames && refusals.get(i).isEmpty();
      renamed += done ? 1 : 0;
      hints.add(each.from());
      (done && !context.listing() ? rescans : relists).add(each.to());
    }
  }
}
