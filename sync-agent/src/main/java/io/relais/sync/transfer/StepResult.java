package io.relais.sync.transfer;

import com.google.common.hash.HashCode;
import io.relais.sync.delta.ChunkList;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import org.jspecify.annotations.Nullable;

/** What became of one step. */
public sealed interface StepResult {
  Step step();

  /**
   * The target has confirmed it.
   *
   * @param asRead for an upload, the file as it was while it was read; else null
   * @param hash for an upload, SHA-256 of what was read; else null
   * @param chunks for an upload of a large file, the list of its chunks; else null
   * @param extent what had to be done for it
   */
  record Done(
      Step step,
      @Nullable SourceEntry asRead,
      @Nullable HashCode hash,
      @Nullable ChunkList chunks,
      Extent extent)
      implements StepResult {
    /** For a step that reads nothing. */
    public static Done of(Step step) {
      return new Done(step, null, null, null, new Extent.AsPlanned());
    }
  }

  /** How much a step turned out to be. */
  sealed interface Extent {
    /** What was planned, and not the content of a file. */
    record AsPlanned() implements Extent {}

    /** Of a file, so many bytes were sent; the target had the rest. */
    record Sent(long bytes) implements Extent {}

    /** A file that the target had but for its mode or time. */
    record AttributesSet() implements Extent {}

    /** Nothing: the target had all of it. */
    record Nothing() implements Extent {}
  }

  /** It is sent but not yet in place: a switch of all at once is to follow. */
  record Staged(Step step) implements StepResult {}

  /**
   * The source changed meanwhile: nothing was done, and the path has to be looked at again.
   *
   * @param why one line
   */
  record Changed(Step step, String why) implements StepResult {}

  /**
   * It was refused, by the source's disk or by the target.
   *
   * @param why one line, with the path
   * @param unexpected whether the target is not as the plan took it to be, and has to be listed
   * @param suspect what else has to be listed, since it is not of the kind that it was taken to be;
   *     null for nothing
   */
  record Failed(Step step, String why, boolean unexpected, @Nullable RelPath suspect)
      implements StepResult {
    Failed(Step step, String why, boolean unexpected) {
      this(step, why, unexpected, null);
    }
  }
}
