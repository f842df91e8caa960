package io.relais.failover.net;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableMap;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One HTTP request. Redirects are not followed: the caller decides about each.
 *
 * @param method in capitals
 * @param uri absolute, {@code http} or {@code https}. Path and query are sent byte for byte as they
 *     stand, so that a signature over them holds, but for what every browser changes too: {@code .}
 *     and {@code ..} as a segment of the path are resolved, and {@code '} in the query and what
 *     isn't ASCII are percent-encoded. It may hold a secret, so it is never logged whole. User and
 *     password in it are sent as Authorization (RFC 7617), unless the headers have one
 * @param headers as sent, in printable ASCII; Host follows from the URI
 * @param body the bytes to send; empty for none. Its type is the header Content-Type
 * @param pin the address to connect to instead of looking the host up; Host and SNI stay the URI's
 * @param family connect only over this family; empty for any
 * @param limits of its parts
 * @param largestBody of the reply, in bytes; what comes beyond is not read
 * @param trust whose certificates are believed
 */
public record HttpCall(
    String method,
    URI uri,
    ImmutableMap<String, String> headers,
    Optional<byte[]> body,
    Optional<InetAddress> pin,
    Optional<IpFamily> family,
    HttpLimits limits,
    int largestBody,
    Trust trust) {
  private static final CharMatcher PRINTABLE =
      CharMatcher.inRange(' ', '~').or(CharMatcher.is('\t'));

  public HttpCall {
    checkArgument(
        "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme()),
        "neither http nor https");
    checkArgument(uri.getHost() != null, "no host");
    checkArgument(uri.getPort() == -1 || (uri.getPort() > 0 && uri.getPort() < 65536), "no port");
    headers.forEach(
        (name, value) ->
            checkArgument(
                PRINTABLE.matchesAllOf(value), "header %s has what HTTP can't carry", name));
    checkArgument(largestBody >= 0, "largest body %s", largestBody);
  }

  /** A request without headers and body, to wherever the name leads, that reads up to 64 KiB. */
  public static HttpCall of(String method, URI uri, HttpLimits limits) {
    return new HttpCall(
        method,
        uri,
        ImmutableMap.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        limits,
        64 * 1024,
        Trust.system());
  }

  public HttpCall withHeaders(ImmutableMap<String, String> headers) {
    return new HttpCall(method, uri, headers, body, pin, family, limits, largestBody, trust);
  }

  public HttpCall withBody(byte[] body) {
    return new HttpCall(
        method, uri, headers, Optional.of(body), pin, family, limits, largestBody, trust);
  }

  public HttpCall withPin(Optional<InetAddress> pin) {
    return new HttpCall(method, uri, headers, body, pin, family, limits, largestBody, trust);
  }

  public HttpCall withFamily(IpFamily family) {
    return new HttpCall(
        method, uri, headers, body, pin, Optional.of(family), limits, largestBody, trust);
  }

  public HttpCall withLargestBody(int largestBody) {
    return new HttpCall(method, uri, headers, body, pin, family, limits, largestBody, trust);
  }

  public HttpCall withTrust(Trust trust) {
    return new HttpCall(method, uri, headers, body, pin, family, limits, largestBody, trust);
  }

  /** Without what may be secret: the URL's path, the headers and the body. */
  @Override
  public String toString() {
    return method + " " + Urls.site(uri);
  }

  /**
   * Whose certificates are believed.
   *
   * @param authorities a PEM file of certificate authorities, in addition to the system's; empty
   *     for none
   * @param verify false takes any certificate and any name: for a probe that the user set so
   */
  public record Trust(Optional<Path> authorities, boolean verify) {
    public static Trust system() {
      return new Trust(Optional.empty(), true);
    }
  }
}
