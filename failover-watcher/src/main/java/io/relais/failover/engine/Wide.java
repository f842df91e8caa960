package io.relais.failover.engine;

import com.google.common.collect.ImmutableList;
import io.relais.failover.change.BackupAddresses;
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
 * @param outside whether others reach the backup
 */
record Wide(
    Optional<CanaryCheck.Look> canaries,
    ImmutableList<VantageCheck.Said> vantages,
    Optional<SiteLook> own,
    OutsideCheck.Look outside) {
  static Wide nothing() {
    return new Wide(Optional.empty(), ImmutableList.of(), Optional.empty(), OutsideCheck.Look.NONE);
  }

  /**
   * Looks at all at once.
   *
   * @param sight whether canaries and vantage points are asked too
   * @param backup where others would have to reach the backup
   */
  static Wide look(Surroundings around, boolean sight, Optional<BackupAddresses> backup)
      throws InterruptedException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        Future<Optional<CanaryCheck.Look>> canaries =
            threads.submit(() -> sight ? Optional.of(around.canaries().look()) : Optional.empty());
        Future<ImmutableList<VantageCheck.Said>> vantages =
            threads.submit(() -> sight ? around.vantages().ask() : ImmutableList.of());
        Future<OutsideCheck.Look> outside =
            threads.submit(() -> sight ? around.outside().look(backup) : OutsideCheck.Look.NONE);
        Future<SiteLook> own = threads.submit(() -> around.backup().look());
        return new Wide(
            Parallel.result(canaries),
            Parallel.result(vantages),
            Optional.of(Parallel.result(own)),
            Parallel.result(outside));
      } finally {
        threads.shutdownNow();
      }
    }
  }

  Wide withCanaries(CanaryCheck.Look look) {
    return new Wide(Optional.of(look), vantages, own, outside);
  }
}
