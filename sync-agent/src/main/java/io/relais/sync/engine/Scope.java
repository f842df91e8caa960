package io.relais.sync.engine;

import com.google.common.collect.ImmutableSet;
import io.relais.sync.plan.RelPath;

/**
 * What one cycle looks at.
 *
 * @param hints paths that may have changed, or something directly in them
 * @param rescans directories to be read with all below them; the index is trusted for the target
 * @param relists directories to be compared with the target's own listings, with all below them
 */
record Scope(
    ImmutableSet<RelPath> hints, ImmutableSet<RelPath> rescans, ImmutableSet<RelPath> relists) {
  /** Everything, compared with what the target lists. */
  static final Scope EVERYTHING =
      new Scope(ImmutableSet.of(), ImmutableSet.of(), ImmutableSet.of(RelPath.ROOT));

  static final Scope NOTHING = new Scope(ImmutableSet.of(), ImmutableSet.of(), ImmutableSet.of());

  boolean isEmpty() {
    return hints.isEmpty() && rescans.isEmpty() && relists.isEmpty();
  }

  /** How many paths it names. */
  int size() {
    return hints.size() + rescans.size() + relists.size();
  }

  /** The same and everything else with it, unless it is empty. */
  Scope widened() {
    if (isEmpty() || isWhole()) {
      return this;
    }
    return relists.isEmpty()
        ? new Scope(ImmutableSet.of(), ImmutableSet.of(RelPath.ROOT), ImmutableSet.of())
        : EVERYTHING;
  }

  /** Whether a path is among what is looked at. */
  boolean covers(RelPath path) {
    return isWhole()
        || hints.contains(path)
        || relists.stream().anyMatch(path::startsWith)
        || rescans.stream().anyMatch(path::startsWith);
  }

  /** Whether all of the target is listed. */
  boolean isCompared() {
    return relists.contains(RelPath.ROOT);
  }

  /** Whether nothing of the mirror is left out. */
  boolean isWhole() {
    return relists.contains(RelPath.ROOT) || rescans.contains(RelPath.ROOT);
  }
}
