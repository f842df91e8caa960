package io.relais.sync.ssh.keys;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.apache.sshd.common.util.io.der.ASN1Object;
import org.apache.sshd.common.util.io.der.DERParser;

/**
 * Opens a private key in encrypted PKCS #8 (RFC 5958), as OpenSSL writes them and ssh reads them:
 * PBES2 with PBKDF2 (RFC 8018) or scrypt (RFC 7914), and the 3DES of PKCS #12 (RFC 7292). The JDK's
 * own reading of PBES2 knows neither scrypt nor 3DES nor AES with 192 bits.
 */
final class EncryptedPkcs8 {
  private static final String PBES2 = "1.2.840.113549.1.5.13";
  private static final String PBKDF2 = "1.2.840.113549.1.5.12";
  private static final String SCRYPT = "1.3.6.1.4.1.11591.4.11";
  private static final String PBE_SHA1_3DES = "1.2.840.113549.1.12.1.3";
  private static final String PBE_SHA1_2DES = "1.2.840.113549.1.12.1.4";

  /** What PBKDF2 takes where no other is named. */
  private static final String HMAC_SHA1 = "1.2.840.113549.2.7";

  private static final ImmutableMap<String, String> HASHES =
      ImmutableMap.<String, String>builder()
          .put("1.2.840.113549.2.6", "HmacMD5")
          .put(HMAC_SHA1, "HmacSHA1")
          .put("1.2.840.113549.2.8", "HmacSHA224")
          .put("1.2.840.113549.2.9", "HmacSHA256")
          .put("1.2.840.113549.2.10", "HmacSHA384")
          .put("1.2.840.113549.2.11", "HmacSHA512")
          .put("1.2.840.113549.2.12", "HmacSHA512/224")
          .put("1.2.840.113549.2.13", "HmacSHA512/256")
          .put("2.16.840.1.101.3.4.2.13", "HmacSHA3-224")
          .put("2.16.840.1.101.3.4.2.14", "HmacSHA3-256")
          .put("2.16.840.1.101.3.4.2.15", "HmacSHA3-384")
          .put("2.16.840.1.101.3.4.2.16", "HmacSHA3-512")
          .buildOrThrow();

  private static final Encryption TRIPLE_DES = new Encryption("DESede/CBC/PKCS5Padding", 24);

  private static final ImmutableMap<String, Encryption> ENCRYPTIONS =
      ImmutableMap.<String, Encryption>builder()
          .put("2.16.840.1.101.3.4.1.2", new Encryption("AES/CBC/PKCS5Padding", 16))
          .put("2.16.840.1.101.3.4.1.22", new Encryption("AES/CBC/PKCS5Padding", 24))
          .put("2.16.840.1.101.3.4.1.42", new Encryption("AES/CBC/PKCS5Padding", 32))
          .put("2.16.840.1.101.3.4.1.3", new Encryption("AES/OFB128/NoPadding", 16))
          .put("2.16.840.1.101.3.4.1.23", new Encryption("AES/OFB128/NoPadding", 24))
          .put("2.16.840.1.101.3.4.1.43", new Encryption("AES/OFB128/NoPadding", 32))
          .put("2.16.840.1.101.3.4.1.4", new Encryption("AES/CFB128/NoPadding", 16))
          .put("2.16.840.1.101.3.4.1.24", new Encryption("AES/CFB128/NoPadding", 24))
          .put("2.16.840.1.101.3.4.1.44", new Encryption("AES/CFB128/NoPadding", 32))
          .put("1.2.840.113549.3.7", TRIPLE_DES)
          .buildOrThrow();

  private EncryptedPkcs8() {}

  private record Encryption(String transformation, int keyBytes) {
    byte[] decrypt(byte[] key, byte[] vector, byte[] data) throws GeneralSecurityException {
      String algorithm = transformation.substring(0, transformation.indexOf('/'));
      Cipher cipher = Cipher.getInstance(transformation);
      AlgorithmParameterSpec start = new IvParameterSpec(vector);
      cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, algorithm), start);
      return cipher.doFinal(data);
    }
  }

  /**
   * Decrypts a key.
   *
   * @param encrypted EncryptedPrivateKeyInfo, in DER
   * @return PrivateKeyInfo, in DER; with a wrong passphrase perhaps something else
   * @throws NoSuchAlgorithmException if it is encrypted in a way that is not known here
   * @throws GeneralSecurityException if the passphrase is wrong
   * @throws IOException if the key is damaged
   */
  static byte[] decrypt(byte[] encrypted, String passphrase)
      throws IOException, GeneralSecurityException {
    try (DERParser all = children(new DERParser(encrypted).readObject());
        DERParser scheme = children(all.readObject())) {
      String kind = oid(scheme.readObject());
      byte[] data = all.readObject().getPureValueBytes();
      try (DERParser parameters = children(scheme.readObject())) {
        return switch (kind) {
          case PBES2 -> decryptPbes2(parameters, passphrase, data);
          case PBE_SHA1_3DES -> decryptTripleDes(parameters, passphrase, 24, data);
          case PBE_SHA1_2DES -> decryptTripleDes(parameters, passphrase, 16, data);
          default -> throw new NoSuchAlgorithmException(kind);
        };
      }
    }
  }

  private static byte[] decryptPbes2(DERParser parameters, String passphrase, byte[] data)
      throws IOException, GeneralSecurityException {
    try (DERParser derivation = children(parameters.readObject());
        DERParser encryption = children(parameters.readObject())) {
      String cipher = oid(encryption.readObject());
      Encryption known = ENCRYPTIONS.get(cipher);
      if (known == null) {
        throw new NoSuchAlgorithmException(cipher);
      }
      byte[] vector = encryption.readObject().getPureValueBytes();
      return known.decrypt(key(derivation, passphrase, known.keyBytes()), vector, data);
    }
  }

  private static byte[] key(DERParser derivation, String passphrase, int bytes)
      throws IOException, GeneralSecurityException {
    String kind = oid(derivation.readObject());
    try (DERParser parameters = children(derivation.readObject())) {
      byte[] salt = parameters.readObject().getPureValueBytes();
      return switch (kind) {
        case PBKDF2 -> {
          int rounds = parameters.readBigInteger().intValueExact();
          Mac mac = Mac.getInstance(hash(parameters));
          mac.init(new SecretKeySpec(passphrase.getBytes(UTF_8), mac.getAlgorithm()));
          yield Pbkdf2.derive(mac, salt, rounds, bytes);
        }
        case SCRYPT ->
            new Scrypt(
                    parameters.readBigInteger().intValueExact(),
                    parameters.readBigInteger().intValueExact(),
                    parameters.readBigInteger().intValueExact())
                .derive(passphrase.getBytes(UTF_8), salt, bytes);
        default -> throw new NoSuchAlgorithmException(kind);
      };
    }
  }

  /** What comes behind the rounds: perhaps the length of the key, and perhaps the hash. */
  private static String hash(DERParser parameters) throws IOException, NoSuchAlgorithmException {
    String found = HMAC_SHA1;
    while (parameters.available() > 0) {
      ASN1Object next = parameters.readObject();
      if (next.isConstructed()) {
        try (DERParser inside = next.createParser()) {
          found = oid(inside.readObject());
        }
      }
    }
    String name = HASHES.get(found);
    if (name == null) {
      throw new NoSuchAlgorithmException(found);
    }
    return name;
  }

  private static byte[] decryptTripleDes(
      DERParser parameters, String passphrase, int keyBytes, byte[] data)
      throws IOException, GeneralSecurityException {
    byte[] salt = parameters.readObject().getPureValueBytes();
    int rounds = parameters.readBigInteger().intValueExact();
    Pkcs12Derivation derivation = new Pkcs12Derivation(passphrase, salt, rounds);
    byte[] key = Arrays.copyOf(derivation.key(keyBytes), TRIPLE_DES.keyBytes());
    // Of two keys the first is used twice.
    System.arraycopy(key, 0, key, 16, keyBytes == 16 ? 8 : 0);
    return TRIPLE_DES.decrypt(key, derivation.vector(8), data);
  }

  private static DERParser children(ASN1Object object) {
    return object.createParser();
  }

  private static String oid(ASN1Object object) throws IOException {
    return Joiner.on('.').join(object.asOID());
  }

  /** PBKDF2 over any HMAC (RFC 8018, section 5.2). */
  static final class Pbkdf2 {
    private Pbkdf2() {}

    /**
     * Derives a key.
     *
     * @param mac keyed with the passphrase
     */
    static byte[] derive(Mac mac, byte[] salt, int rounds, int bytes) {
      byte[] key = new byte[bytes];
      int block = mac.getMacLength();
      for (int at = 0, number = 1; at < bytes; at += block, number++) {
        mac.update(salt);
        byte[] round =
            mac.doFinal(
                new byte[] {
                  (byte) (number >>> 24),
                  (byte) (number >>> 16),
                  (byte) (number >>> 8),
                  (byte) number
                });
        byte[] sum = round.clone();
        for (int i = 1; i < rounds; i++) {
          round = mac.doFinal(round);
          for (int j = 0; j < block; j++) {
            sum[j] ^= round[j];
          }
        }
        System.arraycopy(sum, 0, key, at, Math.min(block, bytes - at));
      }
      return key;
    }
  }

  /**
   * The key derivation of PKCS #12 with SHA-1 (RFC 7292, appendix B). The JDK has it for
   * passphrases in ASCII only.
   */
  private static final class Pkcs12Derivation {
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

  /**
   * The key derivation scrypt (RFC 7914), which the JDK does not have.
   *
   * @param cost how many blocks are kept, a power of two
   * @param blockSize in units of 128 bytes
   * @param parallel how many times it is done
   */
  private record Scrypt(int cost, int blockSize, int parallel) {
    /** What OpenSSL allows too, so no key that ssh can open needs more. */
    private static final long MOST_BYTES = 32L << 20;

    private static final VarHandle WORDS =
        MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /**
     * Those of one step of Salsa20: the word that changes, the two that are added, the rotation.
     */
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
}
