package io.relais.failover.engine;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What was seen beyond production itself.
 *
 * @param canaries empty if they were not asked
 * @param vantages what others say of production
 * @param own the backup's own serving; empty if it was not asked
 */
record Wide(
    Optional<CanaryCheck.Look> canaries,
    ImmutableList<VantageCheck.Said> vantages,
    Optional<SiteLook> own) {
  static Wide nothing() {
    return new Wide(Optional.empty(), ImmutableList.of(), Optional.empty());
  }

  /**
   * Looks at all at once.
   *
   * @param sight whether canaries and vantage points are asked too
   */
  static Wide look(Surroundings around, boolean sight) throws InterruptedException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        Future<Optional<CanaryCheck.Look>> canaries =
            threads.submit(() -> sight ? Optional.of(around.canaries().look()) : Optional.empty());
        Future<ImmutableList<VantageCheck.Said>> vantages =
            threads.submit(() -> sight ? around.vantages().ask() : ImmutableList.of());
        Future<SiteLook> own = threads.submit(() -> around.backup().look());
        return new Wide(
            Parallel.result(canaries),
            Parallel.result(vantages),
            Optional.of(Parallel.result(own)));
      } finally {
        threads.shutdownNow();
      }
    }
  }

  Wide withCanaries(CanaryCheck.Look look) {
    return new Wide(Optional.of(look), vantages, own);
  }
}
