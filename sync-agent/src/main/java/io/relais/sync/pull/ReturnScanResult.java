package io.relais.sync.pull;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.path.RelPath;

/**
 * What a comparison of the copy, production and the index has found, each list in the order of
 * paths.
 *
 * @param changes what changed at the backup and is not settled
 * @param already what changed at the backup and is at production in the same way
 * @param settled how many changes an operator has decided earlier, and that did not change since
 * @param atProduction what changed at production alone
 * @param skipped what is never brought back, such as a device, and why
 * @param problems what could not be looked at
 * @param readBack how many files were read back, since their times can't tell
 */
public record ReturnScanResult(
    ImmutableList<BackupChange> changes,
    ImmutableList<BackupChange> already,
    long settled,
    ImmutableList<ProductionChange> atProduction,
    ImmutableList<PathProblem> skipped,
    ImmutableList<PathProblem> problems,
    long readBack) {
  /** One entry that changed at production and not at the backup. */
  public record ProductionChange(RelPath path, BackupChange.What what) {}
}
