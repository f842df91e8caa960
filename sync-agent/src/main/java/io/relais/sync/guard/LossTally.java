package io.relais.sync.guard;

import com.google.common.collect.ImmutableList;
import io.relais.sync.path.RelPath;

/**
 * How much of what stood at the target when the last minutes began would be gone.
 *
 * @param stood how many entries stood there then
 * @param gone how many of them have been lost since
 * @param lost which of them a plan would delete
 */
public record LossTally(long stood, long gone, ImmutableList<RelPath> lost) {
  public static final LossTally NONE = new LossTally(0, 0, ImmutableList.of());

  long total() {
    return gone + lost.size();
  }
}
