package io.relais.sync.openssh;

import com.google.common.io.BaseEncoding;

/**
 * A key in a known_hosts file.
 *
 * @param keyType such as {@code ssh-ed25519}
 * @param base64 the public key, as the file has it
 */
public record KnownKey(ConfigLocation at, String keyType, String base64) {
  /** The public key as RFC 4253, section 6.6, encodes it. */
  public byte[] blob() {
    return BaseEncoding.base64().decode(base64);
  }

  public String fingerprint() {
    return Fingerprints.sha256(blob());
  }
}
