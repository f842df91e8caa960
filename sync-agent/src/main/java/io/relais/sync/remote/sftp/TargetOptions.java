package io.relais.sync.remote.sftp;

import io.relais.sync.config.SyncConfig;
import io.relais.sync.config.SyncConfig.Channels;
import io.relais.sync.config.SyncConfig.DataRate;
import io.relais.sync.config.SyncConfig.Durability;
import io.relais.sync.config.SyncConfig.Reserve;
import java.time.Duration;
import java.util.Optional;

/**
 * How a mirror wants its target to be written.
 *
 * @param durable whether each file must be on the server's disk before it is put in place
 * @param consistent whether many are put in place at once: then each is staged beside its place,
 *     which shows before the switch whether it can be there at all
 * @param rateLimit the most that may be sent; empty: without a limit
 * @param wide when a file is sent over several connections
 * @param reserve what large files leave free
 * @param channels how many SFTP channels of one connection are used at once
 */
public record TargetOptions(
    boolean durable,
    boolean consistent,
    Optional<DataRate> rateLimit,
    Wide wide,
    Reserve reserve,
    Channels channels) {
  /** With the usual reserve and channels. */
  public TargetOptions(
      boolean durable, boolean consistent, Optional<DataRate> rateLimit, Wide wide) {
    this(durable, consistent, rateLimit, wide, Reserve.DEFAULT, Channels.AUTO);
  }

  /** The options of one mirror. */
  public static TargetOptions of(SyncConfig sync) {
    return new TargetOptions(
        sync.durability() == Durability.FSYNC,
        sync.consistent(),
        sync.rateLimit(),
        Wide.USUAL,
        sync.reserve(),
        sync.channels());
  }

  RateLimit newLimit() {
    return rateLimit.map(rate -> RateLimit.of(rate.bytesPerSecond())).orElse(RateLimit.NONE);
  }

  /**
   * When a file is sent over several connections.
   *
   * @param size from how many bytes on
   * @param roundTrip from how long a round trip on
   */
  public record Wide(long size, Duration roundTrip) {
    /**
     * A smaller file is there before the connections are; and at a shorter round trip the processor
     * is the limit, not the window.
     */
    public static final Wide USUAL = new Wide(32 << 20, Duration.ofMillis(5));
  }
}
