package io.relais.testbed.web;

import com.google.common.collect.ImmutableList;
import java.util.Locale;
import java.util.Optional;

/**
 * One request as a {@link FakeServer} got it.
 *
 * @param connection which of the server's connections it came over, from 1
 * @param line the request line, untouched: {@code GET /path?query HTTP/1.1}
 * @param headers the header lines, untouched
 * @param body as ISO-8859-1
 * @param serverName the SNI of the TLS handshake; empty without
 */
public record Received(
    int connection,
    String line,
    ImmutableList<String> headers,
    String body,
    Optional<String> serverName) {
  /** The request's target, as it stands in its line. */
  public String target() {
    return line.split(" ", -1)[1];
  }

  /** The first header of that name. */
  public Optional<String> header(String name) {
    String prefix = name.toLowerCase(Locale.ROOT) + ":";
    return headers.stream()
        .filter(header -> header.toLowerCase(Locale.ROOT).startsWith(prefix))
        .map(header -> header.substring(prefix.length()).strip())
        .findFirst();
  }
}
