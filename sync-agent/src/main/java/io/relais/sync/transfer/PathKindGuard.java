package io.relais.sync.transfer;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.PlanBuilder;
import io.relais.sync.plan.Step;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The last line of defence against a wrong plan: nothing is done below a path that this run or the
 * index has as anything but a directory, and attributes are set only on what is of their kind. A
 * server follows symlinks, so a step in the wrong place would change something outside of the
 * mirror. What nothing is known of passes: only the server can tell what it is.
 *
 * <p>Safe for use by many threads.
 */
final class PathKindGuard {
  private final PlanBuilder.Lookup index;

  /** What the steps of this run have made, or what the index had when a directory was needed. */
  private final Map<RelPath, Known> known = new ConcurrentHashMap<>();

  /** What a path is. */
  private enum Known {
    /** The index has nothing, and this run has done nothing there. */
    UNKNOWN,
    /** This run has removed what was there, or moved it aside. */
    NOTHING,
    FILE,
    DIRECTORY,
    SYMLINK,
    OTHER;

    static Known of(@Nullable EntryKind entryKind) {
      return switch (entryKind) {
        case null -> NOTHING;
        case FILE -> FILE;
        case DIRECTORY -> DIRECTORY;
        case SYMLINK -> SYMLINK;
        case OTHER -> OTHER;
      };
    }

    boolean mayBe(Known needed) {
      return this == needed || this == UNKNOWN;
    }
  }

  /**
   * Begins to keep watch over one run.
   *
   * @param index what the target is known to have; asked by any thread
   */
  PathKindGuard(PlanBuilder.Lookup index) {
    this.index = index;
  }

  /**
   * Checks a step that is about to be carried out, and takes note of what it makes of its path.
   *
   * @return the path that is not what the step needs it to be; null if the step may go on
   */
  @Nullable RelPath begin(Step step) {
    RelPath path = step.path();
    for (RelPath above : path.ancestors()) {
      if (!above.isRoot() && !known.computeIfAbsent(above, this::indexed).mayBe(Known.DIRECTORY)) {
        return above;
      }
    }
    Known needed = needed(step);
    if (needed != null && !path.isRoot() && !at(path).mayBe(needed)) {
      return path;
    }
    note(step);
    return null;
  }

  private Known at(RelPath path) {
    Known made = known.get(path);
    return made == null ? indexed(path) : made;
  }

  private Known indexed(RelPath path) {
    IndexEntry indexEntry = index.get(path);
    return indexEntry == null ? Known.UNKNOWN : Known.of(indexEntry.target().kind());
  }

  /** What has to be there already, where a step changes nothing but attributes. */
  private static @Nullable Known needed(Step step) {
    return switch (step) {
      case Step.Unlock _ -> Known.DIRECTORY;
      case Step.SetAttributes(var _, var source, var _) -> Known.of(source.kind());
      case Step.Adopt _, Step.MoveAside _, Step.MakeDirectory _ -> null;
      case Step.Upload _, Step.MakeSymlink _, Step.Delete _ -> null;
    };
  }

  /** Files that come where nothing of note was are not kept in mind: nothing is below them. */
  private void note(Step step) {
    Known made = Known.of(step.makes());
    if (made == Known.FILE) {
      known.replace(step.path(), made);
    } else {
      known.put(step.path(), made);
    }
  }
}
