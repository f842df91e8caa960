package io.relais.sync.ssh.keys;

import io.relais.sync.ssh.keys.EncryptedPkcs8.Pbkdf2;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key derivation scrypt (RFC 7914), which the JDK does not have.
 *
 * @param cost how many blocks are kept, a power of two
 * @param blockSize in units of 128 bytes
 * @param parallel how many times it is done
 */
record Scrypt(int cost, int blockSize, int parallel) {
  /** What OpenSSL allows too, so no key that ssh can open needs more. */
  private static final long MOST_BYTES = 32L << 20;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** Those of one step of Salsa20: the word that changes, the two that are added, the rotation. */
  private static final int[][] SALSA = {
    {4, 0, 12, 7}, {8, 4, 0, 9}, {12, 8, 4, 13}, {0, 12, 8, 18},
    {9, 5, 1, 7}, {13, 9, 5, 9}, {1, 13, 9, 13}, {5, 1, 13, 18},
    {14, 10, 6, 7}, {2, 14, 10, 9}, {6, 2, 14, 13}, {10, 6, 2, 18},
    {3, 15, 11, 7}, {7, 3, 15, 9}, {11, 7, 3, 13}, {15, 11, 7, 18},
    {1, 0, 3, 7}, {2, 1, 0, 9}, {3, 2, 1, 13}, {0, 3, 2, 18},
    {6, 5, 4, 7}, {7, 6, 5, 9}, {4, 7, 6, 13}, {5, 4, 7, 18},
    {11, 10, 9, 7}, {8, 11, 10, 9}, {9, 8, 11, 13}, {10, 9, 8, 18},
    {12, 15, 14, 7}, {13, 12, 15, 9}, {14, 13, 12, 13}, {15, 14, 13, 18}
  };

  /**
   * Derives a key.
   *
   * @throws NoSuchAlgorithmException if that would take more memory than OpenSSL allows, or the
   *     parameters mean nothing
   */
  byte[] derive(byte[] passphrase, byte[] salt, int bytes) throws GeneralSecurityException {
    boolean sound = cost > 1 && Integer.bitCount(cost) == 1 && blockSize > 0 && parallel > 0;
    if (!sound || 128L * blockSize * ((long) cost + parallel) > MOST_BYTES) {
      throw new NoSuchAlgorithmException(
          "scrypt, N=%d r=%d p=%d".formatted(cost, blockSize, parallel));
    }
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(passphrase, mac.getAlgorithm()));
    int words = 32 * blockSize;
    byte[] mixed = Pbkdf2.derive(mac, salt, 1, 128 * blockSize * parallel);
    for (int i = 0; i < parallel; i++) {
      int[] block = new int[words];
      for (int j = 0; j < words; j++) {
        block[j] = (int) WORDS.get(mixed, (i * words + j) * Integer.BYTES);
      }
      mix(block);
      for (int j = 0; j < words; j++) {
        WORDS.set(mixed, (i * words + j) * Integer.BYTES, block[j]);
      }
    }
    return Pbkdf2.derive(mac, mixed, 1, bytes);
  }

  /** Section 5. */
  private void mix(int[] block) {
    int words = block.length;
    int[] kept = new int[words * cost];
    int[] scratch = new int[words];
    for (int i = 0; i < cost; i++) {
      System.arraycopy(block, 0, kept, i * words, words);
      mixBlock(block, scratch);
    }
    for (int i = 0; i < cost; i++) {
      int from = (block[words - 16] & (cost - 1)) * words;
      for (int j = 0; j < words; j++) {
        block[j] ^= kept[from + j];
      }
      mixBlock(block, scratch);
    }
  }

  /** Section 4: the even parts come to the front. */
  private void mixBlock(int[] block, int[] scratch) {
    int parts = 2 * blockSize;
    int[] sum = new int[16];
    System.arraycopy(block, (parts - 1) * 16, sum, 0, 16);
    for (int i = 0; i < parts; i++) {
      for (int j = 0; j < 16; j++) {
        sum[j] ^= block[i * 16 + j];
      }
      salsa(sum);
      System.arraycopy(sum, 0, scratch, (i / 2 + (i % 2) * blockSize) * 16, 16);
    }
    System.arraycopy(scratch, 0, block, 0, scratch.length);
  }

  /** Salsa20/8: section 3. */
  private static void salsa(int[] words) {
    int[] turned = words.clone();
    for (int round = 0; round < 8; round += 2) {
      for (int[] step : SALSA) {
        turned[step[0]] ^= Integer.rotateLeft(turned[step[1]] + turned[step[2]], step[3]);
      }
    }
    for (int i = 0; i < 16; i++) {
      words[i] += turned[i];
    }
  }
}
