package io.relais.failover.net;

import java.time.Duration;
import java.util.Optional;

/**
 * How long each part took, as far as it came; a part that did not happen (TLS over plain HTTP, a
 * name that is pinned) is empty.
 *
 * @param name the lookup of the host's name
 * @param connect the TCP connection
 * @param tls the TLS handshake
 * @param firstByte from the request sent until the status line and headers are there
 * @param whole from the start to the end, whether it went well or not
 */
public record HttpTimings(
    Optional<Duration> name,
    Optional<Duration> connect,
    Optional<Duration> tls,
    Optional<Duration> firstByte,
    Duration whole) {
  /** Nothing but the whole. */
  public static HttpTimings whole(Duration whole) {
    return new HttpTimings(
        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), whole);
  }
}
