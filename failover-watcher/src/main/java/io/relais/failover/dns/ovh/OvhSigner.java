package io.relais.failover.dns.ovh;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Signs each call with an application and a consumer key: OVH's signature, version 1 ("<a
 * href="https://help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api?id=kb_article_view&sysparm_article=KB0042777">First
 * steps with the OVHcloud APIs</a>"). The time in it is by OVH's clock: how far ours is from that
 * is asked once and kept, until a call is refused for its time.
 */
final class OvhSigner implements OvhApi.Authorizer {
  private final OvhSettings.ApplicationKeys keys;
  private @Nullable Duration clockAhead;

  OvhSigner(OvhSettings.ApplicationKeys keys) {
    this.keys = keys;
  }

  @Override
  public ImmutableMap<String, String> headers(OvhApi api, String method, String url, String body)
      throws OvhException, InterruptedException {
    Duration ahead = clockAhead == null ? api.clockAhead() : clockAhead;
    clockAhead = ahead;
    long now = api.instant().plus(ahead).getEpochSecond();
    return ImmutableMap.of(
        "X-Ovh-Application", keys.applicationKey(),
        "X-Ovh-Consumer", keys.consumerKey().value(),
        "X-Ovh-Timestamp", Long.toString(now),
        "X-Ovh-Signature", signature(keys, method, url, body, now));
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
    clockAhead = null;
    return true;
  }

  /**
   * The signature of one call.
   *
   * @param url whole, as it is sent
   * @param body as it is sent; empty if there is none
   * @param timestamp seconds since 1970, by OVH's clock
   */
  static String signature(
      OvhSettings.ApplicationKeys keys, String method, String url, String body, long timestamp) {
    String text =
        String.join(
            "+",
            keys.applicationSecret().value(),
            keys.consumerKey().value(),
            method,
            url,
            body,
            Long.toString(timestamp));
    return "$1$" + HexFormat.of().formatHex(sha1().digest(text.getBytes(UTF_8)));
  }

  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
