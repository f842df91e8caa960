package io.relais.failover.dns.rfc2136;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableMap;
import io.relais.common.Secret;
import io.relais.failover.dns.lookup.DnsNames;
import java.time.Clock;
import java.util.Base64;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.xbill.DNS.Name;
import org.xbill.DNS.TSIG;

/** A key that signs messages (RFC 8945). It shows its name and algorithm, and never itself. */
public final class TsigKey {
  private static final ImmutableMap<String, Name> ALGORITHMS =
      ImmutableMap.of(
          "hmac-md5", TSIG.HMAC_MD5,
          "hmac-sha1", TSIG.HMAC_SHA1,
          "hmac-sha224", TSIG.HMAC_SHA224,
          "hmac-sha256", TSIG.HMAC_SHA256,
          "hmac-sha384", TSIG.HMAC_SHA384,
          "hmac-sha512", TSIG.HMAC_SHA512);

  private final String name;
  private final String algorithm;
  private final Name wireName;
  private final Name wireAlgorithm;
  private final SecretKey secret;

  private TsigKey(String name, String algorithm, byte[] secret) {
    this.name = name;
    this.algorithm = algorithm;
    this.wireName = DnsNames.absolute(name);
    this.wireAlgorithm = algorithmOf(algorithm);
    this.secret = new SecretKeySpec(secret, algorithm);
  }

  /**
   * Checks and makes one.
   *
   * @param name as the server knows it; upper and lower case are the same
   * @param algorithm as {@code hmac-sha256}
   * @param base64 the secret; white space in it does not count
   * @throws IllegalArgumentException if one of them is not valid: the user's to fix, and the
   *     message says how, without the secret
   */
  public static TsigKey of(String name, String algorithm, Secret base64) {
    algorithmOf(algorithm);
    DnsNames.absolute(name);
    byte[] secret = decode(base64);
    checkArgument(secret.length > 0, "the secret of the TSIG key '%s' is empty", name);
    return new TsigKey(name, algorithm, secret);
  }

  private static Name algorithmOf(String algorithm) {
    Name name = ALGORITHMS.get(algorithm);
    checkArgument(
        name != null,
        "'%s' is not a TSIG algorithm known here; it is one of %s",
        algorithm,
        Joiner.on(", ").join(ALGORITHMS.keySet()));
    return name;
  }

  private static byte[] decode(Secret base64) {
    try {
      return Base64.getDecoder().decode(base64.value().replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      // Its message quotes a character of the secret, so it is not passed on.
      throw new IllegalArgumentException(
          "the TSIG secret is not base64: the file must hold the secret alone, as in"
              + " 'secret \"…\"' of the server's configuration, without the quotes");
    }
  }

  /** What signs and verifies, by that clock. */
  TSIG signer(Clock clock) {
    return new TSIG(wireAlgorithm, wireName, secret, clock);
  }

  String name() {
    return name;
  }

  String algorithm() {
    return algorithm;
  }

  @Override
  public String toString() {
    return name + " (" + algorithm + ")";
  }
}
