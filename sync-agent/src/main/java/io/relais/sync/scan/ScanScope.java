package io.relais.sync.scan;

import com.google.common.collect.ImmutableSet;
import io.relais.sync.path.RelPath;
import java.util.Collection;

/**
 * What one cycle looks at.
 *
 * @param hints paths that may have changed, or something directly in them
 * @param rescans directories to be read with all below them; the index is trusted for the target
 * @param relists directories to be compared with the target's own listings, with all below them
 */
public record ScanScope(
    ImmutableSet<RelPath> hints, ImmutableSet<RelPath> rescans, ImmutableSet<RelPath> relists) {
  /** Everything, compared with what the target lists. */
  public static final ScanScope EVERYTHING =
      new ScanScope(ImmutableSet.of(), ImmutableSet.of(), ImmutableSet.of(RelPath.ROOT));

  public static final ScanScope NOTHING =
      new ScanScope(ImmutableSet.of(), ImmutableSet.of(), ImmutableSet.of());

  public boolean isEmpty() {
    return hints.isEmpty() && rescans.isEmpty() && relists.isEmpty();
  }

  /** How many paths it names. */
  public int size() {
    return hints.size() + rescans.size() + relists.size();
  }

  /** The same and everything else with it, unless it is empty. */
  public ScanScope widened() {
    if (isEmpty() || isWhole()) {
      return this;
    }
    return relists.isEmpty()
        ? new ScanScope(ImmutableSet.of(), ImmutableSet.of(RelPath.ROOT), ImmutableSet.of())
        : EVERYTHING;
  }

  /** The same, and more. */
  public ScanScope plus(
      Collection<RelPath> moreHints,
      Collection<RelPath> moreRescans,
      Collection<RelPath> moreRelists) {
    return new ScanScope(
        ImmutableSet.<RelPath>builder().addAll(hints).addAll(moreHints).build(),
        ImmutableSet.<RelPath>builder().addAll(rescans).addAll(moreRescans).build(),
        ImmutableSet.<RelPath>builder().addAll(relists).addAll(moreRelists).build());
  }

  /** Whether a path is among what is looked at. */
  public boolean covers(RelPath path) {
    return isWhole()
        || hints.contains(path)
        || relists.stream().anyMatch(path::startsWith)
        || rescans.stream().anyMatch(path::startsWith);
  }

  /** Whether all of the target is listed. */
  public boolean isCompared() {
    return relists.contains(RelPath.ROOT);
  }

  /** Whether nothing of the mirror is left out. */
  public boolean isWhole() {
    return relists.contains(RelPath.ROOT) || rescans.contains(RelPath.ROOT);
  }
}
