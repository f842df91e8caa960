package io.relais.sync.transfer;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Looks for what is in the way of steps that were refused without a reason: SFTP has one word for
 * nearly everything. Safe for use by many threads.
 */
final class ObstacleFinder {
  /** Each look is a round trip or a few, and all steps may fail for one reason. */
  private static final int MOST_LOOKS = 50;

  private final SyncTarget target;
  private final AtomicInteger looks = new AtomicInteger();

  /** What was not deleted, by the directory that it is in. */
  private final Map<RelPath, RelPath> undeleted = new ConcurrentHashMap<>();

  /** For one run. */
  ObstacleFinder(SyncTarget target) {
    this.target = target;
  }

  /**
   * What is in the way, in one line without the path; null where that can't be seen.
   *
   * @throws io.relais.sync.remote.TargetUnavailableException if the connection is lost
   */
  @Nullable String explain(Step step, TargetException refusal) throws IOException {
    RelPath path = step.path();
    if (step instanceof Step.Delete && !path.isRoot()) {
      undeleted.putIfAbsent(path.parent(), path);
    }
    boolean unsaid =
        refusal.reason() == Reason.FAILURE
            || (path.isRoot() && refusal.reason() == Reason.NOT_FOUND);
    if (!unsaid) {
      return null;
    }
    if (step instanceof Step.Delete(var _, var entryKind) && entryKind == EntryKind.DIRECTORY) {
      RelPath child = undeleted.get(path);
      if (child != null) {
        return "it can't be removed while it holds " + child + ", which could not be removed";
      }
    }
    if (looks.incrementAndGet() > MOST_LOOKS) {
      return null;
    }
    try {
      return look(step);
    } catch (TargetException e) {
      return null; // Then it is not known.
    }
  }

  private @Nullable String look(Step step) throws IOException {
    RelPath path = step.path();
    if (path.isRoot()) {
      return target.objection();
    }
    return switch (step) {
      case Step.Delete(var _, var entryKind) ->
          entryKind == EntryKind.DIRECTORY ? content(path) : null;
      case Step.Upload _, Step.MakeSymlink _, Step.MakeDirectory _ -> standing(step);
      case Step.Adopt _, Step.Unlock _, Step.SetAttributes _, Step.MoveAside _ -> null;
    };
  }

  private @Nullable String content(RelPath directory) throws IOException {
    return target.list(directory).keySet().stream()
        .sorted()
        .findFirst()
        .map(
            name -> "it can't be removed, since it is not empty: it holds " + directory.child(name))
        .orElse(null);
  }

  private @Nullable String standing(Step step) throws IOException {
    TargetEntry there = target.stat(step.path());
    EntryKind made = step.makes();
    return there == null || made == null || there.kind() == made
        ? null
        : "%s stands in its place at the target, where %s should be"
            .formatted(a(there.kind()), a(made));
  }

  private static String a(EntryKind entryKind) {
    return switch (entryKind) {
      case FILE -> "a file";
      case DIRECTORY -> "a directory";
      case SYMLINK -> "a symlink";
      case OTHER -> "a device, pipe or socket";
    };
  }
}
