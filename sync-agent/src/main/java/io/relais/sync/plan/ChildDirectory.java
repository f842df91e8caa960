package io.relais.sync.plan;

import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import org.jspecify.annotations.Nullable;

/**
 * A directory that has to be reconciled next.
 *
 * @param source null where the source has no such directory
 * @param target what is there before the plan runs; null for nothing
 */
public record ChildDirectory(
    RelPath path,
    @Nullable SourceEntry source,
    @Nullable TargetEntry target,
    TargetContents below) {
  private static final int LISTABLE = 0500;

  /** Whether the directory's own mode keeps its owner from listing it, until it is unlocked. */
  public boolean isLocked() {
    return below != TargetContents.NOTHING
        && target != null
        && (target.mode() & LISTABLE) != LISTABLE;
  }
}
