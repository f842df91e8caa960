package io.relais.sync.ssh.keys;

import static java.nio.charset.StandardCharsets.UTF_16BE;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The key derivation of PKCS #12 with SHA-1 (RFC 7292, appendix B). The JDK has it for passphrases
 * in ASCII only.
 */
final class Pkcs12Derivation {
  private static final int BLOCK = 64;
  private static final byte KEY = 1;
  private static final byte VECTOR = 2;

  private final String passphrase;
  private final byte[] salt;
  private final int rounds;

  Pkcs12Derivation(String passphrase, byte[] salt, int rounds) {
    this.passphrase = passphrase;
    this.salt = salt.clone();
    this.rounds = rounds;
  }

  byte[] key(int bytes) throws GeneralSecurityException {
    return derive(KEY, bytes);
  }

  byte[] vector(int bytes) throws GeneralSecurityException {
    return derive(VECTOR, bytes);
  }

  private byte[] derive(byte purpose, int bytes) throws GeneralSecurityException {
    MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
    byte[] diversifier = new byte[BLOCK];
    Arrays.fill(diversifier, purpose);
    byte[] salts = repeated(salt);
    byte[] input = Arrays.copyOf(salts, salts.length + repeated(text()).length);
    System.arraycopy(repeated(text()), 0, input, salts.length, input.length - salts.length);
    byte[] derived = new byte[bytes];
    for (int at = 0; at < bytes; at += sha1.getDigestLength()) {
      sha1.update(diversifier);
      byte[] hash = sha1.digest(input);
      for (int i = 1; i < rounds; i++) {
        hash = sha1.digest(hash);
      }
      System.arraycopy(hash, 0, derived, at, Math.min(hash.length, bytes - at));
      advance(input, hash);
    }
    return derived;
  }

  /** In two bytes a character, with a zero behind. */
  private byte[] text() {
    return (passphrase + '\0').getBytes(UTF_16BE);
  }

  private static byte[] repeated(byte[] part) {
    byte[] blocks = new byte[(part.length + BLOCK - 1) / BLOCK * BLOCK];
    for (int i = 0; i < blocks.length; i++) {
      blocks[i] = part[i % part.length];
    }
    return blocks;
  }

  /** Adds the hash, repeated, and one to each block, as numbers. */
  private static void advance(byte[] input, byte[] hash) {
    byte[] repeated = new byte[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      repeated[i] = hash[i % hash.length];
    }
    BigInteger more = new BigInteger(1, repeated).add(BigInteger.ONE);
    for (int at = 0; at < input.length; at += BLOCK) {
      byte[] sum = new BigInteger(1, input, at, BLOCK).add(more).toByteArray();
      for (int i = 0; i < BLOCK; i++) {
        int from = sum.length - BLOCK + i;
        input[at + i] = from < 0 ? 0 : sum[from];
      }
    }
  }
}
