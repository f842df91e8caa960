package io.relais.failover.dns.ovh;

import com.google.common.collect.ImmutableMap;

/** Signs each call. */
final class OvhKeys implements OvhAuthorizer {
  private final OvhSettings.ApplicationKeys keys;
  private final OvhClock clock;

  OvhKeys(OvhSettings.ApplicationKeys keys, OvhClock clock) {
    this.keys = keys;
    this.clock = clock;
  }

  @Override
  public ImmutableMap<String, String> headers(String method, String url, String body)
      throws OvhException, InterruptedException {
    long now = clock.seconds();
    String signature =
        OvhSignature.of(keys.applicationSecret(), keys.consumerKey(), method, url, body, now);
    return ImmutableMap.of(
        "X-Ovh-Application", keys.applicationKey(),
        "X-Ovh-Consumer", keys.consumerKey().value(),
        "X-Ovh-Timestamp", Long.toString(now),
        "X-Ovh-Signature", signature);
  }

  @Override
  public boolean isConsumerKey() {
    return true;
  }

  @Override
  public boolean renew(OvhException failure) {
    if (failure.reason() != OvhException.Reason.QUERY_TIME_OUT) {
      return false;
    }
    clock.forget();
    return true;
  }
}
