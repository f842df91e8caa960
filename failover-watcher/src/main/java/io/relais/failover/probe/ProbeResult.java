package io.relais.failover.probe;

import io.relais.failover.net.CertificateSummary;
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
 * @param certificate the server's, where one was seen; over redirects the one that ends first
 * @param certificateExpiring whether that is nearer than the probe's warning; for a failed probe
 *     too
 */
public record ProbeResult(
    String name,
    String where,
    Optional<Failure> failure,
    HttpTimings timings,
    Optional<Integer> status,
    Optional<CertificateSummary> certificate,
    boolean certificateExpiring) {
  /** Whether it answered as it should. */
  public boolean ok() {
    return failure.isEmpty();
  }

  /** When the server's certificate ends, where one was seen. */
  public Optional<Instant> certificateExpires() {
    return certificate.map(CertificateSummary::validUntil);
  }

  /** The same; a failure says this too. */
  public ProbeResult withRemark(String remark) {
    return new ProbeResult(
        name,
        where,
        failure.map(known -> new Failure(known.kind(), known.detail() + "; " + remark)),
        timings,
        status,
        certificate,
        certificateExpiring);
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
