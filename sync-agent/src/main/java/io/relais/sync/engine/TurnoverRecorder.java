package io.relais.sync.engine;

import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.transfer.LargeUploads;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;

/**
 * Notes in the index what comes to the target and what goes from it, which is what the {@link
 * DeleteGuardMonitor} counts by. For the owner's thread, within the batch that records the same
 * steps, and before them.
 */
final class TurnoverRecorder {
  private final MirrorIndex index;
  private final DeleteGuardMonitor deleteGuardMonitor;
  private final InstantSource clock;
  private final boolean founding;
  private final boolean whole;

  /** As it is when the round begins: what a halt's last round brings back is as old as it was. */
  private final Instant window;

  /**
   * @param founding whether nothing was ever compared to the end: what comes then counts as having
   *     stood, since it may be all that there is of what was lost
   * @param whole whether the round is for everything
   */
  TurnoverRecorder(
      MirrorIndex index,
      DeleteGuardMonitor deleteGuardMonitor,
      InstantSource clock,
      boolean founding,
      boolean whole) {
    this.index = index;
    this.deleteGuardMonitor = deleteGuardMonitor;
    this.clock = clock;
    this.founding = founding;
    this.whole = whole;
    this.window = deleteGuardMonitor.window(clock.instant());
  }

  /** A step was confirmed, and is about to be recorded. */
  void note(Step step) {
    switch (step) {
      case Step.Upload(var path, var source, var replaces, var _, var _) -> {
        // A large file of the first comparison comes after it.
        boolean late = founding && source.size() >= LargeUploads.LARGE;
        if (replaces == null && !late) {
          arrived(path);
        }
      }
      case Step.MakeDirectory(var path, var _) -> arrived(path);
      case Step.MakeSymlink(var path, var _) -> arrived(path);
      case Step.Delete(var path, var _) ->
          index.deleted(path, clock.instant(), window, !deleteGuardMonitor.hasAgreed());
      case Step.MoveAside(var path, var _) ->
          index.deletedTree(path, clock.instant(), window, !deleteGuardMonitor.hasAgreed());
      case Step.Adopt _, Step.SetAttributes _, Step.Unlock _ -> {}
    }
  }

  private void arrived(RelPath path) {
    if (!founding || !whole) {
      index.arrived(path, clock.instant(), window);
    }
  }

  /** Records are about to be dropped since they are wrong: what has stood there may come back. */
  void dropped(Collection<RelPath> paths) {
    Instant now = clock.instant();
    paths.forEach(path -> index.deletedTree(path, now, window, false));
  }
}
