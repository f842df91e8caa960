package io.relais.sync.openssh;

import com.google.common.hash.Hashing;
import com.google.common.io.BaseEncoding;

/** Fingerprints of public keys, as ssh-keygen -l shows them. */
public final class Fingerprints {
  private Fingerprints() {}

  /**
   * The SHA-256 fingerprint, {@code SHA256:} and base64 without padding.
   *
   * @param blob the public key as RFC 4253, section 6.6, encodes it
   */
  public static String sha256(byte[] blob) {
    return "SHA256:"
        + BaseEncoding.base64().omitPadding().encode(Hashing.sha256().hashBytes(blob).asBytes());
  }
}
