package io.relais.sync.plan;

/**
 * What a mirror's configuration and its target's abilities say.
 *
 * @param delete whether what the source no longer has is removed at the target
 * @param symlinkTimes whether the target can set the times of a symlink itself
 */
public record Rules(boolean delete, boolean symlinkTimes, Exclusion exclusion) {
  /** What is left out of a mirror: never made, changed or removed at the target. */
  @FunctionalInterface
  public interface Exclusion {
    /** No exclusion at all. */
    Exclusion NONE = (path, directory) -> false;

    /**
     * Whether a path is left out. What lies below an excluded directory is not asked for by the
     * {@link Reconciler}, which never goes there; who starts it further down has to.
     */
    boolean excludes(RelPath path, boolean directory);

    /**
     * Whether an entry of the source is mirrored: it is not left out, and of a kind that can be.
     */
    default boolean mirrors(RelPath path, Kind kind) {
      return kind != Kind.OTHER && !excludes(path, kind == Kind.DIRECTORY);
    }
  }
}
