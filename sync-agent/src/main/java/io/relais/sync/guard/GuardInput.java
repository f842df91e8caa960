package io.relais.sync.guard;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.path.RelPath;
import org.jspecify.annotations.Nullable;

/**
 * What the {@link DeleteGuard} judges by.
 *
 * @param before the source's root as the index remembers it; null for a mirror's first plan
 * @param now the source's root; null where it is missing
 * @param switched whether the one became the other because a symlink on the way to it says
 *     something else, and both have the same owner
 * @param sourceEmpty whether the source's root holds nothing that is mirrored
 * @param known how many entries, without the root, are known to be at the target
 * @param deletes what the plan removes of them
 * @param created what the plan makes where nothing is
 * @param moved directories on another device than before, or with another mount or none, and with
 *     deletes below them
 */
public record GuardInput(
    @Nullable RootIdentity before,
    @Nullable RootIdentity now,
    boolean switched,
    boolean sourceEmpty,
    long known,
    ImmutableList<RelPath> deletes,
    ImmutableList<RelPath> created,
    ImmutableList<Moved> moved) {
  /** The same where the root that is there now is the right one. */
  public GuardInput withRootAccepted() {
    return new GuardInput(now, now, false, sourceEmpty, known, deletes, created, moved);
  }

  /**
   * A directory that is on another device than before, or has lost its mount.
   *
   * @param unmounted whether it was a mount point, and is none any more or one of something else
   * @param deletes how many entries the plan removes below it
   */
  public record Moved(RelPath path, long before, long now, boolean unmounted, long deletes) {}
}
