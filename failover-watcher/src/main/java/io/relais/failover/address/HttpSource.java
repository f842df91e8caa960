package io.relais.failover.address;

import com.google.common.collect.ImmutableMap;
import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.HttpReply;
import io.relais.failover.net.IpFamily;
import io.relais.failover.net.Urls;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;

/**
 * A page that holds the asker's address and nothing else. Anything more, were it only a second
 * line, is not believed: it is what captive portals and broken services send.
 */
record HttpSource(HttpCaller http, URI url, Duration limit) implements AddressSource {
  /** An address has 45 characters at most. */
  private static final int LARGEST_BODY = 256;

  private static final ImmutableMap<String, String> HEADERS =
      ImmutableMap.of("Accept", "text/plain", "User-Agent", "relais-failover-watcher");

  /** Without query and user, which may hold a key. */
  @Override
  public String name() {
    return Urls.site(url) + url.getRawPath();
  }

  @Override
  public boolean supports(IpFamily family) {
    return true;
  }

  @Override
  public boolean authoritative() {
    return false;
  }

  @Override
  public InetAddress find(IpFamily family) throws AddressException, InterruptedException {
    HttpCall call =
        HttpCall.of("GET", url, HttpLimits.within(limit))
            .withFamily(family)
            .withHeaders(HEADERS)
            .withLargestBody(LARGEST_BODY);
    try {
      return GlobalAddress.require(parse(http.send(call), family));
    } catch (HttpException e) {
      throw new AddressException("no answer: " + e.getMessage(), e);
    }
  }

  private static InetAddress parse(HttpReply reply, IpFamily family) throws AddressException {
    if (reply.status() != 200) {
      throw new AddressException("status " + reply.status() + " instead of 200", null);
    }
    if (reply.truncated()) {
      throw new AddressException("a page instead of an address", null);
    }
    String text = reply.text().strip();
    if (!isLiteral(text, family)) {
      throw new AddressException(
          text.isEmpty() ? "an empty answer" : "no address but " + Printable.quoted(text), null);
    }
    return InetAddresses.forString(text);
  }

  /** The text itself must be of the family: {@code ::ffff:192.0.2.1} would parse as IPv4. */
  private static boolean isLiteral(String text, IpFamily family) {
    boolean shaped = family == IpFamily.V4 ? text.indexOf(':') < 0 : text.indexOf('%') < 0;
    return shaped
        && InetAddresses.isInetAddress(text)
        && IpFamily.of(InetAddresses.forString(text)) == family;
  }
}
