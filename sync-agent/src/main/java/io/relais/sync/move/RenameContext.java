package io.relais.sync.move;

import io.relais.sync.index.MirrorIndex;
import io.relais.sync.plan.SyncRules;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.source.SourceTree;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/**
 * What the renames of one round are found and repeated with.
 *
 * @param window by when an entry must have stood at the target to count for the delete guard
 * @param stopping turns true when everything under way is to be dropped
 * @param listing whether what was renamed is to be listed at the target: it may hold what somebody
 *     else has changed there, which is to be reported under its new path
 */
public record RenameContext(
    SourceTree source,
    SyncTarget target,
    MirrorIndex index,
    SyncRules rules,
    InstantSource clock,
    Instant window,
    BooleanSupplier stopping,
    boolean listing) {}
