package io.relais.sync.ssh.keys;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.security.GeneralSecurityException;
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
}
