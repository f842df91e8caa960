package io.relais.sync.status;

import com.google.common.collect.ImmutableSet;
import io.relais.sync.remote.Fence;
import io.relais.sync.status.MirrorState.Halt;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a mirror at one moment. What that means is for {@link MirrorStatus}, and for
 * nobody else.
 *
 * @param comparedAt when the last comparison of everything began that was carried out since it
 *     connected; null if there was none
 * @param halt null if nothing stops it
 * @param work what was seen and is not at the target yet
 * @param fence the promotion because of which nothing is changed, as it was last seen; null for
 *     none
 */
public record MirrorFacts(
    Connection connection,
    @Nullable Instant comparedAt,
    @Nullable Halt halt,
    Work work,
    Failures failures,
    Watching watching,
    @Nullable Fence fence) {
  /** How it is connected. */
  public sealed interface Connection {
    /** It was never connected. */
    record Connecting(String destination) implements Connection {}

    /**
     * It was, or could not be.
     *
     * @param refused whether the target was reached and may not be used: an operator has to act
     */
    record Lost(String why, Instant nextTry, boolean refused) implements Connection {}

    /** It is. */
    record Up() implements Connection {}
  }

  /**
   * What is to be done yet.
   *
   * @param seen hints that came so far: what this says is true of all those, and of none later
   * @param paths that were hinted at and are not known to be equal; with those under way
   * @param everything whether anything may have changed, as after lost events
   * @param sending what is under way to the target; null for nothing
   * @param since when the oldest was seen of what waits; null if nothing does, or if that is not
   *     known
   * @param held since when a consistent mirror waits, and for what; null if it doesn't
   */
  public record Work(
      long seen,
      long paths,
      boolean everything,
      @Nullable Instant since,
      @Nullable Sending sending,
      @Nullable Held held) {
    public static final Work NONE = new Work(0, 0, false, null, null, null);
  }

  /** Under way to the target. */
  public record Sending(long files, long bytes) {}

  /**
   * Changes that wait for the source to be quiet, or for its certificates to match.
   *
   * @param since when the oldest of them was seen
   * @param awake what changed most often since then; null if that is not known
   * @param mismatch what is wrong with the certificates, in one line; null if nothing is known to
   *     be
   */
  public record Held(Instant since, @Nullable String awake, @Nullable String mismatch) {}

  /**
   * What can't be made equal for now.
   *
   * @param missing entries of the source that are not at the target because of that
   * @param superfluous of the paths, those that only can't be deleted at the target
   * @param since when the oldest of the others failed first; null if there are none
   */
  public record Failures(long paths, long missing, long superfluous, @Nullable Instant since) {
    public static final Failures NONE = new Failures(0, 0, 0, null);
  }

  /**
   * Whether changes are seen.
   *
   * @param begun whether the source is watched at all
   * @param degradations lines for what is wrong with it
   * @param doubt why changes may go unseen until it is watched again, which will be soon; null if
   *     they don't
   * @param fallback which other way to watch is used than the best, and why; null for the best. All
   *     is seen in both ways
   */
  public record Watching(
      boolean begun,
      ImmutableSet<String> degradations,
      @Nullable String doubt,
      @Nullable String fallback) {
    public static final Watching WHOLE = new Watching(true, ImmutableSet.of(), null, null);

    boolean isWhole() {
      return begun && degradations.isEmpty() && doubt == null;
    }

    /** All that there is to say of it, one line each. */
    public ImmutableSet<String> lines() {
      ImmutableSet.Builder<String> all = ImmutableSet.<String>builder().addAll(degradations);
      if (doubt != null) {
        all.add(doubt + "; it is watched again, and then everything is compared");
      }
      if (fallback != null) {
        all.add(fallback);
      }
      return all.build();
    }
  }
}
