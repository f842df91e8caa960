package io.relais.common.heartbeat;

import java.time.Instant;
import java.util.Optional;

/**
 * A sign of life of one mirror: a small JSON file next to the mirror at its target.
 *
 * <pre>{@code
 * {"version": 1, "mirror": "site", "sequence": 42, "at": "2026-11-23T04:00:00Z",
 *  "in_sync_at": "2026-11-23T04:00:00Z", "applied_until": "2026-11-23T04:00:00Z", "pending": 0,
 *  "state": "in-sync", "failing": 0, "missing": 0, "superfluous": 0, "generation": 0,
 *  "free_bytes": 52613349376}
 * }</pre>
 *
 * @param mirror its name
 * @param sequence grows by one with each heartbeat of a run of the agent, from the time of its
 *     start in milliseconds, so that it never goes back
 * @param at when it was written, by production's clock
 * @param inSyncAt when everything that had changed was last at the target, by production's clock;
 *     empty if it never was
 * @param appliedUntil everything that the agent had seen change before this time is at the target,
 *     by production's clock; empty if that was never so, or if an agent before this field wrote it
 * @param pending how many paths wait to be sent
 * @param standing how the mirror stands; empty if an agent before this field wrote it
 */
public record Heartbeat(
    String mirror,
    long sequence,
    Instant at,
    Optional<Instant> inSyncAt,
    Optional<Instant> appliedUntil,
    long pending,
    Optional<Standing> standing) {
  private static final String PREFIX = ".relais-";
  private static final String SUFFIX = ".heartbeat.json";

  /**
   * How a mirror stands.
   *
   * @param state one word, as in sync-agent's {@code status.json}: {@code in-sync}
   * @param failing how many paths can't be made equal
   * @param missing how many entries of the source are not at the target because of that
   * @param superfluous how many of the failing paths only can't be deleted at the target
   * @param generation the copy's, as the agent knows it: see {@code Promotion}; 0 until there was a
   *     promotion
   * @param freeBytes what the account may still write at the copy; empty where that is not known
   * @param halted why it is halted, in one line of at most {@value #LONGEST_REASON} characters;
   *     empty if it is not
   * @param promotion the id of the promotion that the agent found, and so changes nothing; empty if
   *     there is none
   */
  public record Standing(
      String state,
      long failing,
      long missing,
      long superfluous,
      long generation,
      Optional<Long> freeBytes,
      Optional<String> halted,
      Optional<String> promotion) {
    public static final int LONGEST_REASON = 300;
  }

  /** By when everything is at the target, as far as this says: see {@link #appliedUntil}. */
  public Optional<Instant> completeUntil() {
    return appliedUntil.or(() -> inSyncAt);
  }

  /** The name of the file for a mirror whose directory has a name. */
  public static String fileName(String directory) {
    return PREFIX + directory + SUFFIX;
  }

  /**
   * The name of the directory that a heartbeat is about; empty if the file has not a heartbeat's
   * name.
   */
  public static Optional<String> directory(String fileName) {
    return isFileName(fileName)
        ? Optional.of(fileName.substring(PREFIX.length(), fileName.length() - SUFFIX.length()))
        : Optional.empty();
  }

  /** Whether a file of that name (not a path) is a heartbeat: never mirrored, never removed. */
  public static boolean isFileName(String name) {
    return name.startsWith(PREFIX)
        && name.endsWith(SUFFIX)
        && name.length() > PREFIX.length() + SUFFIX.length();
  }
}
