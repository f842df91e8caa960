package io.relais.common.promotion;

import java.time.Instant;

/**
 * Says that what changed at the backup since a promotion is settled: brought back to production, or
 * kept there, as an operator decided. Replaced atomically in a file beside the copy:
 *
 * <pre>{@code
 * {"version": 1, "promotion": "20261123T040000Z-1f3a", "at": "2026-11-23T09:30:00Z",
 *  "new": 3, "edited": 2, "deleted": 0, "conflicts": 1, "settled_by": "sync-agent pull --apply"}
 * }</pre>
 *
 * @param promotionId of which promotion
 * @param at when it was settled, by production's clock
 * @param newFiles entries made at the backup that were settled
 * @param edited entries edited at the backup that were settled
 * @param deleted entries deleted at the backup, and for that at production too
 * @param conflicts entries changed at both that were settled; they are counted here alone
 * @param settledBy how, in one line
 */
public record ReturnRecord(
    String promotionId,
    Instant at,
    long newFiles,
    long edited,
    long deleted,
    long conflicts,
    String settledBy) {}
