package io.relais.failover.dns.ovh;

import com.google.common.collect.ImmutableMap;
import io.relais.failover.net.HttpCaller;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Authenticated calls. A call is sent a second time only where the first was refused before it was
 * carried out (a wrong time, an old token); never after a lost answer. For one thread.
 */
final class OvhApi {
  private final OvhTransport transport;
  private final OvhClock clock;
  private final OvhAuthorizer authorizer;

  private OvhApi(OvhTransport transport, OvhClock clock, OvhAuthorizer authorizer) {
    this.transport = transport;
    this.clock = clock;
    this.authorizer = authorizer;
  }

  static OvhApi of(OvhSettings settings, HttpCaller caller, InstantSource source) {
    OvhFailures failures = new OvhFailures(settings.authentication().secrets(), source);
    OvhTransport transport =
        new OvhTransport(settings.endpoint(), settings.timeout(), caller, failures, source);
    OvhClock clock = new OvhClock(transport);
    OvhAuthorizer authorizer =
        switch (settings.authentication()) {
          case OvhSettings.ApplicationKeys keys -> new OvhKeys(keys, clock);
          case OvhSettings.ServiceAccount account -> new OvhTokens(account, transport);
        };
    return new OvhApi(transport, clock, authorizer);
  }

  /** Whether calls are signed with a consumer key; else they come from a service account. */
  boolean hasConsumerKey() {
    return authorizer.isConsumerKey();
  }

  /** This host's time. */
  Instant instant() {
    return transport.clock().instant();
  }

  OvhClock clock() {
    return clock;
  }

  OvhFailures failures() {
    return transport.failures();
  }

  OvhTransport.Answer get(String path) throws OvhException, InterruptedException {
    return call("GET", path, "");
  }

  /** Deletes; the answer is {@code null}. */
  void delete(String path) throws OvhException, InterruptedException {
    call("DELETE", path, "");
  }

  void put(String path, String json) throws OvhException, InterruptedException {
    call("PUT", path, json);
  }

  OvhTransport.Answer post(String path, String json) throws OvhException, InterruptedException {
    return call("POST", path, json);
  }

  private OvhTransport.Answer call(String method, String path, String body)
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

  private OvhTransport.Answer once(String method, String path, String body)
      throws OvhException, InterruptedException {
    ImmutableMap<String, String> headers = authorizer.headers(method, transport.url(path), body);
    return transport.send(method, path, headers, body);
  }
}
