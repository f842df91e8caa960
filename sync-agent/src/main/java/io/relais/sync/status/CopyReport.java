package io.relais.sync.status;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.LeftOut;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * What was found out about the copy itself, for people.
 *
 * @param drift what somebody else had changed at the target, as the last full comparison found it;
 *     one line each, the first few
 * @param drifted how many entries that were
 * @param damaged how many files were found to have another content than they should since the agent
 *     started
 * @param scan how far the copy is read back; null where it is not
 * @param leftOut what the last full comparison found on one side alone
 * @param lacks what the target's server and disk can't do, a line each
 */
public record CopyReport(
    ImmutableList<String> drift,
    long drifted,
    long damaged,
    @Nullable Scan scan,
    LeftOutCounts leftOut,
    ImmutableList<String> lacks) {
  /** Nothing to tell. */
  public static final CopyReport NOTHING =
      new CopyReport(ImmutableList.of(), 0, 0, null, LeftOutCounts.NONE, ImmutableList.of());

  /**
   * A checksum scan.
   *
   * @param completed when the last whole pass ended; null if none has
   * @param percent of this pass
   * @param differed files of this pass whose copies were not what they should be
   */
  public record Scan(Instant began, @Nullable Instant completed, int percent, long differed) {}

  /**
   * How much a full comparison found on one side alone, as is meant.
   *
   * @param special devices, pipes and sockets at the source
   * @param excluded entries at the target that are excluded; a directory counts as one
   */
  public record LeftOutCounts(long special, long excluded) {
    /** None. */
    public static final LeftOutCounts NONE = new LeftOutCounts(0, 0);

    public static LeftOutCounts of(Collection<LeftOut> found) {
      long special = found.stream().filter(each -> each.why() == LeftOut.Why.SPECIAL).count();
      return new LeftOutCounts(special, found.size() - special);
    }
  }
}
