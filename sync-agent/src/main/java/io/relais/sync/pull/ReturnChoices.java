package io.relais.sync.pull;

import com.google.common.collect.ImmutableList;
import io.relais.sync.path.RelPath;
import java.util.function.Predicate;

/**
 * What an operator has chosen.
 *
 * @param only these and what lies below them; empty for everything
 * @param deletes whether what was deleted at the backup is deleted at production
 * @param keepOnly whether the backup's versions are only kept, and production stays as it is
 * @param databases which files other programs keep open at production: never replaced
 */
public record ReturnChoices(
    ImmutableList<RelPath> only,
    boolean deletes,
    ConflictRule conflicts,
    boolean keepOnly,
    Predicate<RelPath> databases) {
  /** What is done with what changed at both. */
  public enum ConflictRule {
    /** Nothing: they stay unsettled. */
    NONE,
    /** The backup's version replaces production's, which is kept. */
    BACKUP,
    /** Production's version stays, and the backup's is kept. */
    PRODUCTION,
    /** Production's version stays, and the backup's is put beside it. */
    BOTH
  }

  boolean chooses(RelPath path) {
    return only.isEmpty() || only.stream().anyMatch(path::startsWith);
  }
}
