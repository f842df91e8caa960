package io.relais.common.promotion;

import java.time.Instant;

/**
 * Says that the copy beside which it lies went live at the backup: from then on sync-agent changes
 * nothing in it. Replaced atomically in a file:
 *
 * <pre>{@code
 * {"version": 1, "id": "20261123T040000Z-1f3a", "generation": 3, "at": "2026-11-23T04:00:00Z",
 *  "address": "198.51.100.7", "reason": "production does not answer: connection refused"}
 * }</pre>
 *
 * @param id of this promotion; letters, digits and {@code -}
 * @param generation the copy's from then on; greater than that of every promotion before it
 * @param at when the watcher decided it, by the backup's clock
 * @param address where the site's record was pointed at, as text; several are separated by a space
 * @param reason in one line of at most {@value #LONGEST_REASON} characters
 */
public record Promotion(String id, long generation, Instant at, String address, String reason) {
  public static final int LONGEST_REASON = 300;
}
