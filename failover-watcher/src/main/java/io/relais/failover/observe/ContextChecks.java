package io.relais.failover.observe;

import com.google.common.collect.ImmutableList;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.promotion.CopyFence;
import java.util.Optional;
import java.util.concurrent.Future;

/** Everything but production that a round may look at. */
public record ContextChecks(
    CanaryCheck canaries,
    VantageCheck vantages,
    BackupCheck backup,
    OutsideCheck outside,
    HeartbeatCheck heartbeats,
    CopyFence fence,
    AddressTracker addresses) {
  /**
   * Looks at all at once.
   *
   * @param sight whether canaries and vantage points are asked too
   * @param address where others would have to reach the backup
   */
  ContextResults look(boolean sight, Optional<BackupAddresses> address)
      throws InterruptedException {
    try (ParallelChecks threads = new ParallelChecks()) {
      Future<Optional<CanaryCheck.CanaryReading>> line =
          threads.submit(() -> sight ? Optional.of(canaries.look()) : Optional.empty());
      Future<ImmutableList<VantageCheck.VantageOpinion>> opinions =
          threads.submit(() -> sight ? vantages.ask() : ImmutableList.of());
      Future<OutsideCheck.OutsideViews> views =
          threads.submit(() -> sight ? outside.look(address) : OutsideCheck.OutsideViews.NONE);
      Future<SiteCheckResult> own = threads.submit(backup::look);
      return new ContextResults(
          ParallelChecks.result(line),
          ParallelChecks.result(opinions),
          Optional.of(ParallelChecks.result(own)),
          ParallelChecks.result(views));
    }
  }

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

    ContextResults withOwn(SiteCheckResult look) {
      return new ContextResults(canaries, vantages, Optional.of(look), outside);
    }

    ContextResults withCanaries(CanaryCheck.CanaryReading look) {
      return new ContextResults(Optional.of(look), vantages, own, outside);
    }
  }
}
