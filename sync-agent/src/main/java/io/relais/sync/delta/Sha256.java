package io.relais.sync.delta;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256: with the processor's instructions the fastest of the JDK's that still are secure. */
final class Sha256 {
  private Sha256() {}

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
