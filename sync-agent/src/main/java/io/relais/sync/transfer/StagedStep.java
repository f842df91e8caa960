package io.relais.sync.transfer;

import io.relais.sync.remote.SyncTarget.Staged;
import org.jspecify.annotations.Nullable;

/**
 * A file or symlink that was sent.
 *
 * @param staged what is to be put in place; null where only attributes were to be set
 * @param done what becomes of the step once that is in place
 */
record StagedStep(@Nullable Staged staged, StepResult.Done done) {}
