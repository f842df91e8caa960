package io.relais.failover.observe;

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
record ContextResults(
    Optional<CanaryCheck.CanaryReading> canaries,
    ImmutableList<VantageCheck.VantageOpinion> vantages,
    Optional<SiteCheckResult> own,
    OutsideCheck.OutsideViews outside) {
  static ContextResults nothing() {
    return new ContextResults(
        Optional.empty(), ImmutableList.of(), Optional.empty(), OutsideCheck.OutsideViews.NONE);
  }

  /**
   * Looks at all at once.
   *
   * @param sight whether canaries and vantage points are asked too
   * @param backup where others would have to reach the backup
   */
  static ContextResults look(ContextChecks around, boolean sight, Optional<BackupAddresses> backup)
      throws InterruptedException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        Future<Optional<CanaryCheck.CanaryReading>> canaries =
            threads.submit(() -> sight ? Optional.of(around.canaries().look()) : Optional.empty());
        Future<ImmutableList<VantageCheck.VantageOpinion>> vantages =
            threads.submit(() -> sight ? around.vantages().ask() : ImmutableList.of());
        Future<OutsideCheck.OutsideViews> outside =
            threads.submit(
                () -> sight ? around.outside().look(backup) : OutsideCheck.OutsideViews.NONE);
        Future<SiteCheckResult> own = threads.submit(() -> around.backup().look());
        return new ContextResults(
            ParallelChecks.result(canaries),
            ParallelChecks.result(vantages),
            Optional.of(ParallelChecks.result(own)),
            ParallelChecks.result(outside));
      } finally {
        threads.shutdownNow();
      }
    }
  }

  ContextResults withCanaries(CanaryCheck.CanaryReading look) {
    return new ContextResults(Optional.of(look), vantages, own, outside);
  }
}
