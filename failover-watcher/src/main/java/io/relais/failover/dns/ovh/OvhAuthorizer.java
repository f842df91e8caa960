package io.relais.failover.dns.ovh;

import com.google.common.collect.ImmutableMap;

/** Says to OVH who we are. For one thread. */
interface OvhAuthorizer {
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
