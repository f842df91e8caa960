package io.relais.failover.e2e;

import com.google.common.collect.ImmutableList;

/** Sits between the program and whoever holds the zone. For any number of threads. */
interface Wiretap extends AutoCloseable {
  /** Each request since {@link #reset}: whether it is one that changes something. */
  ImmutableList<Boolean> requests();

  /** Forgets what came, and what was to be done about it. */
  void reset();

  /**
   * Does something when the n-th request (from 1, from now on) comes.
   *
   * @param carriedOut whether the request is carried out, before that; its sender gets no reply in
   *     either case
   */
  void at(int n, boolean carriedOut, Runnable action);

  @Override
  void close();
}
