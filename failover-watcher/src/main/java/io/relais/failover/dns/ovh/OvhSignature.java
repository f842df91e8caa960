package io.relais.failover.dns.ovh;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.Secret;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * OVH's signature of a call, version 1 ("<a
 * href="https://help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api?id=kb_article_view&sysparm_article=KB0042777">First
 * steps with the OVHcloud APIs</a>").
 */
final class OvhSignature {
  private OvhSignature() {}

  /**
   * Signs one call.
   *
   * @param url whole, as it is sent
   * @param body as it is sent; empty if there is none
   * @param timestamp seconds since 1970, by OVH's clock
   */
  static String of(
      Secret applicationSecret,
      Secret consumerKey,
      String method,
      String url,
      String body,
      long timestamp) {
    String text =
        String.join(
            "+",
            applicationSecret.value(),
            consumerKey.value(),
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
