package io.relais.sync.benchmark;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;

/** Measures one or more rows at once. */
interface Experiment {
  /** All of them, in the order in which they are run. */
  ImmutableList<Experiment> ALL =
      ImmutableList.of(
          new LiveChanges(),
          new Restart(),
          new BigChanges(),
          new FirstSync(Lab.Corpus.SITE, Row.FIRST_SITE),
          new FirstSync(Lab.Corpus.WIDE, Row.FIRST_WIDE),
          new FirstSync(Lab.Corpus.BIG, Row.FIRST_BIG),
          new Memory());

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
