package io.relais.sync.path;

import io.relais.sync.entry.Entries;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.entry.Trees;
import io.relais.sync.entry.Trees.Local;
import io.relais.sync.entry.Trees.Remote;
import io.relais.sync.plan.Step;
import io.relais.sync.plan.Step.Adopt;
import io.relais.sync.plan.Step.Delete;
import io.relais.sync.plan.Step.MakeDirectory;
import io.relais.sync.plan.Step.MakeSymlink;
import io.relais.sync.plan.Step.MoveAside;
import io.relais.sync.plan.Step.SetAttributes;
import io.relais.sync.plan.Step.Unlock;
import io.relais.sync.plan.Step.Upload;
import io.relais.sync.plan.SyncRules;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A target in memory that does what a file system does: permissions of the owner count, and a
 * directory's time moves with its entries.
 */
public final class FakeTarget {
  public final TreeMap<RelPath, Remote> tree = new TreeMap<>();
  private final SyncRules syncRules;

  /** Whether the last step failed for want of a permission. */
  public boolean isLocked;

  private long clock = 3_000_000_000L;

  public FakeTarget(SyncRules syncRules) {
    this.syncRules = syncRules;
  }

  /** Does one step; false where it can't be done, and then nothing has changed. */
  public boolean apply(Step step, Map<RelPath, Local> source) {
    return switch (step) {
      case Adopt adopt -> Objects.equals(get(adopt.path()), adopt.target());
      case Unlock(var path, int mode) -> {
        if (!reach(path, 0) || !tree.containsKey(path)) {
          yield false;
        }
        tree.compute(path, (_, there) -> Objects.requireNonNull(there).withMode(mode));
        yield true;
      }
      case MoveAside(var path, var entryKind) -> {
        TargetEntry there = get(path);
        if (!reach(path, 0300) || there == null || there.kind() != entryKind) {
          yield false;
        }
        tree.keySet().removeIf(other -> other.startsWith(path));
        yield disturb(path);
      }
      case MakeDirectory(var path, var entry) -> {
        if (!reach(path, 0300) || tree.containsKey(path)) {
          yield false;
        }
        tree.put(path, new Remote(entry.asTarget(), "").withMode(entry.asTarget().mode() | 0700));
        yield disturb(path);
      }
      case Upload upload -> upload(upload, Objects.requireNonNull(source.get(upload.path())));
      case MakeSymlink(var path, var entry) -> {
        if (!reach(path, 0300) || Trees.isDirectory(tree, path)) {
          yield false;
        }
        Remote made = new Remote(entry.asTarget(), "");
        tree.put(path, syncRules.symlinkTimes() ? made : made.withTime(clock++));
        yield disturb(path);
      }
      case SetAttributes(var path, var entry, boolean hasMode) -> {
        TargetEntry there = get(path);
        if (!reach(path, 0100) || there == null || there.kind() != entry.kind()) {
          yield false;
        }
        set(path, entry);
        if (hasMode) { // Then the mode is not sent.
          tree.computeIfPresent(path, (_, set) -> set.withMode(there.mode()));
        }
        yield true;
      }
      case Delete(var path, var _) -> delete(path);
    };
  }

  /** Removes a temporary with all it holds. */
  public void clean(RelPath leftover) {
    tree.keySet().removeIf(other -> other.startsWith(leftover));
    disturb(leftover);
  }

  private boolean upload(Upload upload, Local file) {
    RelPath path = upload.path();
    if (!reach(path, 0300) || Trees.isDirectory(tree, path)) {
      return false;
    }
    Remote there = tree.get(path);
    if (!Objects.equals(get(path), upload.replaces())) {
      return false;
    }
    if (upload.unlessContentIs() != null
        && upload.unlessContentIs().equals(Entries.sha256(file.content()))) {
      if (there == null || !there.content().equals(file.content())) {
        throw new AssertionError(path + " does not hold what the plan says it does");
      }
      set(path, upload.source());
      return true;
    }
    tree.put(path, new Remote(upload.source().asTarget(), file.content()));
    return disturb(path);
  }

  private boolean delete(RelPath path) {
    if (!tree.containsKey(path)) {
      return true;
    }
    if (!reach(path, 0300) || !Trees.children(tree, path).isEmpty()) {
      return false;
    }
    tree.remove(path);
    return disturb(path);
  }

  private void set(RelPath path, SourceEntry entry) {
    tree.compute(
        path, (_, there) -> new Remote(entry.asTarget(), Objects.requireNonNull(there).content()));
  }

  private @Nullable TargetEntry get(RelPath path) {
    Remote there = tree.get(path);
    return there == null ? null : there.entry();
  }

  private boolean disturb(RelPath path) {
    if (!path.isRoot()) {
      tree.computeIfPresent(path.parent(), (_, parent) -> parent.withTime(clock++));
    }
    return true;
  }

  /** Whether the way to an entry is there. */
  private boolean reach(RelPath path, int needed) {
    for (RelPath above : path.isRoot() ? List.<RelPath>of() : path.ancestors()) {
      if (!Trees.isDirectory(tree, above)) {
        return false;
      }
      int bits = above.equals(path.parent()) ? needed | 0100 : 0100;
      int mode = Objects.requireNonNull(tree.get(above)).entry().mode();
      if ((mode & bits) != bits) {
        isLocked = true;
        return false;
      }
    }
    return true;
  }
}
