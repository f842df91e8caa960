package io.relais.sync.target.sftp;

import io.relais.sync.config.SyncConfig;
import io.relais.sync.config.SyncConfig.Durability;

/**
 * How a mirror wants its target to be written.
 *
 * @param durable whether each file must be on the server's disk before it is put in place
 * @param consistent whether many are put in place at once: then each is staged beside its place,
 *     which shows before the switch whether it can be there at all
 */
public record TargetOptions(boolean durable, boolean consistent) {
  /** The options of one mirror. */
  public static TargetOptions of(SyncConfig sync) {
    return new TargetOptions(sync.durability() == Durability.FSYNC, sync.consistent());
  }
}
