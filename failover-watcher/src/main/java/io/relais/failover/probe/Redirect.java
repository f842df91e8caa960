package io.relais.failover.probe;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HttpHeaders;
import io.relais.failover.net.HttpReply;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/** Where a reply sends a client (RFC 9110, section 15.4). */
final class Redirect {
  private static final ImmutableSet<Integer> STATUS = ImmutableSet.of(301, 302, 303, 307, 308);

  /** What may stand in a URI; '%' is looked at apart. */
  private static final CharMatcher IN_URI =
      CharMatcher.inRange('a', 'z')
          .or(CharMatcher.inRange('A', 'Z'))
          .or(CharMatcher.inRange('0', '9'))
          .or(CharMatcher.anyOf("-._~:/?#[]@!$&'()*+,;="));

  private static final CharMatcher HEX =
      CharMatcher.inRange('0', '9')
          .or(CharMatcher.inRange('a', 'f'))
          .or(CharMatcher.inRange('A', 'F'));

  private Redirect() {}

  static boolean is(HttpReply reply) {
    return STATUS.contains(reply.status());
  }

  /** The URL that is to be asked next; empty if the reply names none that can be. */
  static Optional<URI> target(URI from, HttpReply reply) {
    return reply
        .header(HttpHeaders.LOCATION)
        .flatMap(location -> resolve(from, location.strip()))
        .filter(Redirect::canBeAsked);
  }

  /** Whether two URLs have the same host, whatever scheme and port. */
  static boolean isSameSite(URI one, URI other) {
    return one.getHost().equalsIgnoreCase(other.getHost());
  }

  private static Optional<URI> resolve(URI from, String location) {
    try {
      URI named = new URI(escaped(location));
      String path = from.getRawPath().isEmpty() ? "/" : from.getRawPath();
      // URI.resolve follows RFC 2396: it forgets the path of a bare query, and needs one to begin
      // at.
      URI base = new URI(from.getScheme() + "://" + from.getRawAuthority() + path);
      URI target =
          named.getRawAuthority() == null && location.startsWith("?")
              ? new URI(base + escaped(location))
              : base.resolve(named);
      return Optional.of(withoutFragment(target));
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** What browsers do to a Location with spaces or letters from other scripts. */
  private static String escaped(String location) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < location.length(); ) {
      int c = location.codePointAt(i);
      i += Character.charCount(c);
      if ((c < 0x80 && IN_URI.matches((char) c)) || (c == '%' && isEscape(location, i))) {
        escaped.appendCodePoint(c);
      } else {
        for (byte b : Character.toString(c).getBytes(UTF_8)) {
          escaped.append(String.format("%%%02X", b));
        }
      }
    }
    return escaped.toString();
  }

  private static boolean isEscape(String text, int at) {
    return text.length() >= at + 2 && HEX.matchesAllOf(text.substring(at, at + 2));
  }

  private static URI withoutFragment(URI uri) throws URISyntaxException {
    String text = uri.toString();
    int fragment = text.indexOf('#');
    return new URI(fragment == -1 ? text : text.substring(0, fragment));
  }

  private static boolean canBeAsked(URI uri) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    boolean port = uri.getPort() == -1 || (uri.getPort() > 0 && uri.getPort() < 65536);
    return ImmutableSet.of("http", "https").contains(scheme) && uri.getHost() != null && port;
  }
}
