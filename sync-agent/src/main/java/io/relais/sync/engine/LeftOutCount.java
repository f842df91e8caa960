package io.relais.sync.engine;

import io.relais.sync.plan.LeftOut;
import java.util.Collection;

/**
 * How much a full comparison found on one side alone, as is meant.
 *
 * @param special devices, pipes and sockets at the source
 * @param excluded entries at the target that are excluded; a directory counts as one
 */
public record LeftOutCount(long special, long excluded) {
  /** None. */
  public static final LeftOutCount NONE = new LeftOutCount(0, 0);

  static LeftOutCount of(Collection<LeftOut> found) {
    long special = found.stream().filter(each -> each.why() == LeftOut.Why.SPECIAL).count();
    return new LeftOutCount(special, found.size() - special);
  }
}
