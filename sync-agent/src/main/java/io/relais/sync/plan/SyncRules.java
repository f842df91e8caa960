package io.relais.sync.plan;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.path.RelPath;

/**
 * What a mirror's configuration and its target's abilities say.
 *
 * @param delete whether what the source no longer has is removed at the target
 * @param symlinkTimes whether the target can set the times of a symlink itself
 * @param disk what its file system keeps
 */
public record SyncRules(
    boolean delete, boolean symlinkTimes, Exclusion exclusion, FileSystemFeatures disk) {
  /** For a disk that keeps everything. */
  public SyncRules(boolean delete, boolean symlinkTimes, Exclusion exclusion) {
    this(delete, symlinkTimes, exclusion, FileSystemFeatures.ALL);
  }

  /** What is left out of a mirror: never made, changed or removed at the target. */
  @FunctionalInterface
  public interface Exclusion {
    /** No exclusion at all. */
    Exclusion NONE =
        new Exclusion() {
          @Override
          public boolean excludes(RelPath path, boolean directory) {
            return false;
          }

          @Override
          public boolean isSameBelow(RelPath one, RelPath other) {
            return true;
          }
        };

    /**
     * Whether a path is left out. What lies below an excluded directory is not asked for by the
     * {@link Reconciler}, which never goes there; who starts it further down has to.
     */
    boolean excludes(RelPath path, boolean directory);

    /**
     * Whether what lies below two directories, neither of them left out, is left out or not by its
     * path from there on alone: so that the one can become the other with all it holds. False where
     * that is not certain.
     */
    default boolean isSameBelow(RelPath one, RelPath other) {
      return false;
    }

    /**
     * Whether an entry of the source is mirrored: it is not left out, and of a kind that can be.
     */
    default boolean mirrors(RelPath path, EntryKind entryKind) {
      return entryKind != EntryKind.OTHER && !excludes(path, entryKind == EntryKind.DIRECTORY);
    }
  }
}
