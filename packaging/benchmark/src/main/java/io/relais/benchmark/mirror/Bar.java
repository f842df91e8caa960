package io.relais.benchmark.mirror;

import static io.relais.benchmark.mirror.Contender.LSYNCD_RSYNC;
import static io.relais.benchmark.mirror.Contender.LSYNCD_RSYNCSSH;
import static io.relais.benchmark.mirror.Contender.LSYNCD_RSYNCSSH_SHARED;
import static io.relais.benchmark.mirror.Contender.LSYNCD_RSYNC_SHARED;
import static io.relais.benchmark.mirror.Contender.PIPE;
import static io.relais.benchmark.mirror.Contender.RSYNC;
import static io.relais.benchmark.mirror.Contender.SCP;
import static io.relais.benchmark.mirror.Contender.SFTP;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;

/**
 * How good the agent has to be: a share of its best peer, or a value of its own.
 *
 * @param percentile which of the samples counts: 50 or 95
 * @param peers whose best is the measure; none: {@code near} and {@code far} are values
 * @param near the limit at a round trip of 0
 * @param far the limit at any other
 */
record Bar(
    Row row,
    Quantity quantity,
    int percentile,
    ImmutableSet<Contender> peers,
    double near,
    double far) {
  private static final double MIB = 1 << 20;
  private static final ImmutableSet<Contender> LSYNCD =
      ImmutableSet.of(LSYNCD_RSYNC, LSYNCD_RSYNC_SHARED, LSYNCD_RSYNCSSH, LSYNCD_RSYNCSSH_SHARED);
  private static final ImmutableSet<Contender> BY_SHELL =
      ImmutableSet.of(LSYNCD_RSYNCSSH, LSYNCD_RSYNCSSH_SHARED);
  private static final ImmutableSet<Contender> ONLY_RSYNC = ImmutableSet.of(RSYNC);
  private static final ImmutableSet<Contender> COPIERS = ImmutableSet.of(RSYNC, SFTP, SCP, PIPE);

  /** All of them, in the order of the table. */
  static final ImmutableList<Bar> ALL =
      ImmutableList.of(
          time(Row.SAVE, LSYNCD, 0.25),
          late(Row.SAVE, LSYNCD, 0.5),
          time(Row.RENAME_SAVE, LSYNCD, 0.25),
          late(Row.RENAME_SAVE, LSYNCD, 0.5),
          time(Row.FIRST_SITE, ONLY_RSYNC, 1),
          new Bar(Row.FIRST_WIDE, Quantity.TIME, 50, ONLY_RSYNC, 1.2, 1),
          new Bar(Row.FIRST_BIG, Quantity.TIME, 50, COPIERS, 1.1, 0.65),
          time(Row.UNCHANGED, ONLY_RSYNC, 1),
          time(Row.EDIT, ONLY_RSYNC, 1),
          wire(Row.EDIT, 1.2),
          time(Row.INSERT, ONLY_RSYNC, 1),
          wire(Row.INSERT, 1.2),
          time(Row.APPEND, ONLY_RSYNC, 1),
          wire(Row.APPEND, 1.2),
          time(Row.RENAME_DIRECTORY, BY_SHELL, 1),
          value(Row.RENAME_DIRECTORY, Quantity.WIRE, 2000),
          time(Row.BURST, LSYNCD, 1.0 / 3),
          time(Row.DELETE, LSYNCD, 0.5),
          time(Row.COPY, LSYNCD, 0.5),
          value(Row.IDLE, Quantity.CPU, 0.1),
          value(Row.IDLE, Quantity.RSS, 96 * MIB),
          value(Row.WATCHING, Quantity.TIME, 2),
          value(Row.MEMORY, Quantity.HEAP, 512 * MIB));

  private static Bar time(Row row, ImmutableSet<Contender> peers, double share) {
    return new Bar(row, Quantity.TIME, 50, peers, share, share);
  }

  private static Bar late(Row row, ImmutableSet<Contender> peers, double share) {
    return new Bar(row, Quantity.TIME, 95, peers, share, share);
  }

  private static Bar wire(Row row, double share) {
    return new Bar(row, Quantity.WIRE, 50, ONLY_RSYNC, share, share);
  }

  private static Bar value(Row row, Quantity quantity, double limit) {
    return new Bar(row, quantity, 50, ImmutableSet.of(), limit, limit);
  }

  boolean isRatio() {
    return !peers.isEmpty();
  }

  double limit(int roundTrip) {
    return roundTrip == 0 ? near : far;
  }
}
