package io.relais.common.heartbeat;

import java.time.Instant;
import java.util.Optional;

/**
 * A sign of life of one mirror: a small JSON file next to the mirror at its target.
 *
 * <pre>{@code
 * {"version": 1, "mirror": "site", "sequence": 42, "at": "2026-11-23T04:00:00Z",
 *  "in_sync_at": "2026-11-23T04:00:00Z", "pending": 0}
 * }</pre>
 *
 * @param mirror its name
 * @param sequence grows by one with each heartbeat of a run of the agent, from the time of its
 *     start in milliseconds, so that it never goes back
 * @param at when it was written, by production's clock
 * @param inSyncAt when everything that had changed was last at the target, by production's clock;
 *     empty if it never was since the agent began
 * @param pending how many paths wait to be sent
 */
public record Heartbeat(
    String mirror, long sequence, Instant at, Optional<Instant> inSyncAt, long pending) {
  private static final String PREFIX = ".relais-";
  private static final String SUFFIX = ".heartbeat.json";

  /** The name of the file for a mirror whose directory has a name. */
  public static String fileName(String directory) {
    return PREFIX + directory + SUFFIX;
  }

  /** Whether a file of that name (not a path) is a heartbeat: never mirrored, never removed. */
  public static boolean isFileName(String name) {
    return name.startsWith(PREFIX)
        && name.endsWith(SUFFIX)
        && name.length() > PREFIX.length() + SUFFIX.length();
  }
}
