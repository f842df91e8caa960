package io.relais.failover.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableListMultimap;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Optional;

/**
 * The answer to an {@link HttpCall}, whatever its status.
 *
 * @param status the code, as 200
 * @param headers by name in lower case, as they came
 * @param body what was read of it, decoded from its transfer and content coding
 * @param truncated whether the body is longer than what was asked for
 * @param certificate the server's own, over TLS
 * @param address that was asked; empty where no network was, as in tests
 */
@SuppressWarnings("ArrayRecordComponent") // replies are never compared
public record HttpReply(
    int status,
    ImmutableListMultimap<String, String> headers,
    byte[] body,
    boolean truncated,
    HttpTimings timings,
    Optional<X509Certificate> certificate,
    Optional<InetAddress> address) {
  /** The first header of that name, whatever its case. */
  public Optional<String> header(String name) {
    return headers.get(name.toLowerCase(Locale.ROOT)).stream().findFirst();
  }

  /** The body as UTF-8; what isn't, as the replacement character. */
  public String text() {
    return new String(body, UTF_8);
  }
}
