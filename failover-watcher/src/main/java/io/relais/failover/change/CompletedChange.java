package io.relais.failover.change;

import io.relais.failover.decide.ChangeKind;
import java.time.Instant;

/**
 * A change that was seen at the authoritative servers.
 *
 * @param undone whether it was turned round on the way
 * @param since when it was begun
 * @param published when the provider accepted it, and how often
 * @param visible when it was seen everywhere
 */
public record CompletedChange(
    String id,
    ChangeKind kind,
    boolean undone,
    Instant since,
    ChangeProgress.Published published,
    Instant visible) {}
