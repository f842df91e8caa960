package io.relais.sync.status;

import io.relais.sync.entry.LeftOut;
import java.util.Collection;

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
