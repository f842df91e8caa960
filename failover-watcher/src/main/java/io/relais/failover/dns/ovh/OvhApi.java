package io.relais.failover.dns.ovh;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import io.relais.failover.net.HttpCaller;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Authenticated calls. A call is sent a second time only where the first was refused before it was
 * carried out (a wrong time, an old token); never after a lost answer. For one thread.
 */
final class OvhApi {
  /** Says to OVH who we are. For one thread. */
  interface Authorizer {
    /**
     * The headers that a call needs.
     *
     * @param url whole, as it is sent
     * @param body as it is sent; empty for none
     */
    ImmutableMap<String, String> headers(String method, String url, String body)
        throws OvhException, InterruptedException;

    /**
     * Forgets what the failure shows to be out of date.
     *
     * @return whether it did, so that the call, which was not carried out, may be sent once more
     */
    boolean renew(OvhException failure);

    /** Whether it is a consumer key, which has limits and rights of its own that it may see. */
    boolean isConsumerKey();
  }

  private final OvhTransport transport;
  private final Authorizer authorizer;

  private OvhApi(OvhTransport transport, Authorizer authorizer) {
    this.transport = transport;
    this.authorizer = authorizer;
  }

  static OvhApi of(OvhSettings settings, HttpCaller caller, InstantSource source) {
    OvhFailures failures = new OvhFailures(settings.authentication().secrets(), source);
    OvhTransport transport =
        new OvhTransport(settings.endpoint(), settings.timeout(), caller, failures, source);
    Authorizer authorizer =
        switch (settings.authentication()) {
          case OvhSettings.ApplicationKeys keys -> new OvhSigner(keys, transport);
          case OvhSettings.ServiceAccount account -> new OvhTokens(account, transport);
        };
    return new OvhApi(transport, authorizer);
  }

  /** Whether calls are signed with a consumer key; otherwise they come from a service account. */
  boolean hasConsumerKey() {
    return authorizer.isConsumerKey();
  }

  /** This host's time. */
  Instant instant() {
    return transport.clock().instant();
  }

  /** How far OVH's clock is ahead of ours. */
  Duration clockAhead() throws OvhException, InterruptedException {
    return transport.clockAhead();
  }

  /** A success that has not the published form. */
  OvhException unreadable(OvhTransport.Response response) {
    return transport.unreadable(response);
  }

  OvhTransport.Response get(String path) throws OvhException, InterruptedException {
    return call("GET", path, "");
  }

  /** Deletes; the answer is {@code null}. */
  void delete(String path) throws OvhException, InterruptedException {
    call("DELETE", path, "");
  }

  void put(String path, String json) throws OvhException, InterruptedException {
    call("PUT", path, json);
  }

  OvhTransport.Response post(String path, String json) throws OvhException, InterruptedException {
    return call("POST", path, json);
  }

  private OvhTransport.Response call(String method, String path, String body)
      throws OvhException, InterruptedException {
    try {
      return once(method, path, body);
    } catch (OvhException e) {
      if (!authorizer.renew(e)) {
        throw e;
      }
      return once(method, path, body);
    }
  }

  private OvhTransport.Response once(String method, String path, String body)
      throws OvhException, InterruptedException {
    ImmutableMap<String, String> headers = authorizer.headers(method, transport.url(path), body);
    return transport.send(method, path, headers, body);
  }

  /** Percent-encoded for a path or a query (RFC 3986). */
  static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20").replace("*", "%2A");
  }

  /** Where a zone is. */
  static String zonePath(String zone) {
    return "/domain/zone/" + encoded(zone);
  }
}
