package io.relais.benchmark.mirror;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;

/** Measures one or more rows at once. */
interface Experiment {
  /** What it measures. */
  ImmutableSet<Row> rows();

  /** Who takes part. */
  ImmutableList<Contender> contenders();

  /** Whether it says nothing new at another round-trip time, or in another run. */
  default boolean isOnce() {
    return false;
  }

  /**
   * Measures one contender once.
   *
   * @throws IOException if that one, or the lab, does not work
   */
  void run(Contender contender, Lab lab, Recorder recorder)
      throws IOException, InterruptedException;
}
