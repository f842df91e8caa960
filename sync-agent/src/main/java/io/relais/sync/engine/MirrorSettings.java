package io.relais.sync.engine;

import io.relais.sync.guard.DeleteGuard;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.plan.SyncRules;
import io.relais.sync.plan.SyncRules.Exclusion;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.source.LinkPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What one mirror is to do.
 *
 * @param name unique; the name of its table, with the host where that has several targets
 * @param directory its own directory for state, absolute
 * @param resumeCommand what an operator has to run to let a halted mirror go on; the halt's id
 *     follows
 * @param heartbeat how often a sign of life is left at the target; empty for never
 * @param deltaMin bytes; of a changed file at least this large only what changed is sent
 * @param verifyDeltas whether a file that was put together there is read back
 * @param drift what is done about what somebody else has changed at the target
 * @param checksumScan within which time all of the copy is read back; empty for never
 */
public record MirrorSettings(
    String name,
    Path source,
    LinkPolicy links,
    boolean delete,
    Exclusion exclusion,
    DeleteGuard guard,
    boolean consistent,
    Duration fullScan,
    Path directory,
    String resumeCommand,
    Optional<Duration> heartbeat,
    long deltaMin,
    boolean verifyDeltas,
    DriftPolicy drift,
    Optional<Duration> checksumScan) {
  /** What holds with a target, as far as is known by now what it can do. */
  SyncRules rules(SyncTarget target) {
    return new SyncRules(
        delete, target.capabilities().setsSymlinkTimes(), exclusion, target.capabilities().disk());
  }
}
