package io.relais.sync.scan;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.DirectoryPlan;
import io.relais.sync.plan.Step;

/**
 * How much of what only the target has a plan may gather. The source and the index are ours, but
 * this is up to the server: it may list directories within directories without end. For one thread.
 */
final class ExtraneousLimit {
  /**
   * Of the heap, for all of it: with the launcher's 256 MiB that is enough for about 250,000
   * entries, which is all that fits beside a site.
   */
  private static final int SHARE_OF_HEAP = 3;

  /** Heap of a step, its path, what refers to them, and what becomes of them when it is planned. */
  private static final int STEP_BYTES = 300;

  /** The same for a path that is only noted. */
  private static final int PATH_BYTES = 150;

  private final long limit;
  private long taken;

  ExtraneousLimit() {
    this(Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
  }

  /**
   * Begins with nothing taken.
   *
   * @param limit bytes of heap
   */
  ExtraneousLimit(long limit) {
    this.limit = limit;
  }

  /** Takes one directory, if there is room for it. */
  boolean take(DirectoryPlan found) {
    return take(bytes(found));
  }

  /** Takes what is said of a directory that can't be listed, if there is room for it. */
  boolean take(PathProblem problem) {
    return take(PATH_BYTES + length(problem.path()) + problem.message().length());
  }

  private boolean take(long bytes) {
    if (taken + bytes > limit) {
      return false;
    }
    taken += bytes;
    return true;
  }

  private static long bytes(DirectoryPlan found) {
    long bytes = 0;
    for (Step step : found.steps()) {
      if (step instanceof Step.Delete(var path, var entryKind)) {
        bytes += STEP_BYTES + length(path) + (entryKind == EntryKind.DIRECTORY ? PATH_BYTES : 0);
      }
    }
    for (RelPath path : found.kept()) {
      bytes += PATH_BYTES + length(path);
    }
    for (RelPath path : found.leftovers()) {
      bytes += PATH_BYTES + length(path);
    }
    return bytes;
  }

  private static int length(RelPath path) {
    return path.latin1().length();
  }
}
