package io.relais.sync.plan;

import org.jspecify.annotations.Nullable;

/**
 * A directory that has to be reconciled next.
 *
 * @param source null where the source has no such directory
 * @param target what is there before the plan runs; null for nothing
 */
public record Descent(
    RelPath path, @Nullable SourceEntry source, @Nullable TargetEntry target, Below below) {
  private static final int LISTABLE = 0500;

  /** Whether the directory's own mode keeps its owner from listing it, until it is unlocked. */
  public boolean isLocked() {
    return below != Below.NOTHING && target != null && (target.mode() & LISTABLE) != LISTABLE;
  }
}
