package io.relais.failover.net;

import static com.google.common.base.Preconditions.checkArgument;

import java.time.Duration;

/**
 * How long each part of an HTTP exchange may take; all over zero.
 *
 * @param connect until the TCP connection stands, over all addresses tried (RFC 8305: the next one
 *     starts when the one before took 250 ms)
 * @param tls from there until the TLS handshake is done
 * @param firstByte from the request sent until the reply's status line and headers are there: a
 *     server that dribbles its headers is as good as one that sends none
 * @param whole from the start, names included, until the last byte of the body
 */
public record HttpLimits(Duration connect, Duration tls, Duration firstByte, Duration whole) {
  public HttpLimits {
    checkArgument(connect.isPositive(), "connect %s", connect);
    checkArgument(tls.isPositive(), "tls %s", tls);
    checkArgument(firstByte.isPositive(), "first byte %s", firstByte);
    checkArgument(whole.isPositive(), "whole %s", whole);
  }

  /** The same limit for every part and for the whole. */
  public static HttpLimits within(Duration whole) {
    return new HttpLimits(whole, whole, whole, whole);
  }
}
