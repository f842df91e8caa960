package io.relais.failover.probe;

import io.relais.failover.net.HttpTimings;
import java.time.Instant;
import java.util.Optional;

/**
 * What became of one probe.
 *
 * @param name the probe's
 * @param where the address that was asked, or the host where none was found; for people
 * @param failure empty if it answered as it should
 * @param status of HTTP, if a reply came
 * @param certificateExpires when the server's certificate ends, where one was seen
 * @param certificateExpiring whether that is nearer than the probe's warning; for a failed probe
 *     too
 */
public record ProbeResult(
    String name,
    String where,
    Optional<Failure> failure,
    HttpTimings timings,
    Optional<Integer> status,
    Optional<Instant> certificateExpires,
    boolean certificateExpiring) {
  /** Whether it answered as it should. */
  public boolean ok() {
    return failure.isEmpty();
  }

  /**
   * Why not.
   *
   * @param detail one line for people, without secrets: of a URL at most scheme, host and path
   */
  public record Failure(Status kind, String detail) {}

  /** What kind of failure. */
  public enum Status {
    /** The name does not resolve. */
    NAME,
    /** Nobody listens there, but the machine answered. */
    REFUSED,
    /** The machine did not answer: it is down, or the way to it is. */
    UNREACHABLE,
    CERTIFICATE,
    TLS,
    /** Connected, but the answer came late or not whole in time. */
    TIMEOUT,
    BROKEN,
    STATUS,
    CONTENT,
    REDIRECT,
    /** A name server's answer is not what it should be. */
    ANSWER
  }
}
