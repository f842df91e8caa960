package io.relais.sync.certificate;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Bytes;
import io.relais.sync.certificate.PemBlocks.Block;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Private keys of TLS servers in each of their forms in PEM: PKCS #8 (RFC 5958), PKCS #1 (RFC 8017)
 * and SEC 1 (RFC 5915). The last two are put into the first, which is all that the JDK reads.
 */
final class PrivateKeys {
  private static final String PKCS8 = "PRIVATE KEY";
  private static final String PKCS1 = "RSA PRIVATE KEY";
  private static final String SEC1 = "EC PRIVATE KEY";

  /** What a key may be for besides TLS is no business of certificates. */
  private static final String OPENSSH = "OPENSSH PRIVATE KEY";

  private static final ImmutableList<String> ALGORITHMS =
      ImmutableList.of("RSA", "EC", "EdDSA", "RSASSA-PSS", "ML-DSA");

  private static final byte[] PROBE = "relais".getBytes(StandardCharsets.US_ASCII);

  private static final int INTEGER = 0x02;
  private static final int BITS = 0x03;
  private static final int OCTETS = 0x04;
  private static final int SEQUENCE = 0x30;
  private static final int PARAMETERS = 0xA0;

  /** In bytes; the curves of TLS have longer ones. */
  private static final int SHORTEST_POINT = 32;

  private static final byte[] VERSION_0 = {INTEGER, 1, 0};

  /** rsaEncryption, and its parameters, which are null. */
  private static final byte[] RSA = {
    SEQUENCE, 13, 6, 9, 0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 13, 1, 1, 1, 5, 0
  };

  /** id-ecPublicKey. */
  private static final byte[] EC = {6, 7, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 2, 1};

  /** The curves of the web's certificates, by the bytes of a private key on them. */
  private static final Map<Integer, byte[]> CURVES =
      Map.of(
          32, new byte[] {6, 8, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 3, 1, 7},
          48, new byte[] {6, 5, 0x2B, (byte) 0x81, 4, 0, 34},
          66, new byte[] {6, 5, 0x2B, (byte) 0x81, 4, 0, 35});

  private PrivateKeys() {}

  /** Whether a block has, or should have, a private key that may belong to a certificate. */
  static boolean isOne(Block block) {
    return block.label().endsWith(PKCS8) && !block.label().equals(OPENSSH);
  }

  /** Thrown for a key that can't be read; the message says why, to follow "can't be read". */
  static final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1;

    private final String remedy;

    UnreadableException(String message) {
      this(message, "write it again if it stays so, or exclude it");
    }

    UnreadableException(String message, String remedy) {
      super(message);
      this.remedy = remedy;
    }

    /** What to do. */
    String remedy() {
      return remedy;
    }
  }

  static PrivateKey read(Block block) throws UnreadableException {
    byte[] content = block.content();
    if (block.label().startsWith("ENCRYPTED") || block.headers().contains("ENCRYPTED")) {
      throw new UnreadableException(
          "it is encrypted", "exclude it, or store it without a passphrase");
    }
    if (content == null) {
      throw new UnreadableException("it is cut short, or damaged");
    }
    byte[] pkcs8 =
        switch (block.label()) {
          case PKCS8 -> content;
          case PKCS1 -> wrapped(RSA, content);
          case SEC1 -> wrapped(sequence(EC, curve(content)), content);
          default -> throw new UnreadableException("it is in a form that is not known here");
        };
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (GeneralSecurityException | RuntimeException e) {
        // Of another kind, or of none: what is damaged must not end more than its own check.
      }
    }
    throw new UnreadableException("it is damaged, or of a kind that is not known here");
  }

  /**
   * Whether what the key signs is what the certificate's key verifies; for a curve on which nothing
   * here can sign, whether the key says so itself, which openssl's do.
   *
   * @param block which the key was read from
   */
  static boolean isPair(PrivateKey key, Block block, PublicKey certified) {
    if (key instanceof RSAKey ours && certified instanceof RSAKey theirs) {
      return ours.getModulus().equals(theirs.getModulus());
    }
    String scheme = scheme(key.getAlgorithm());
    if (!scheme.equals(scheme(certified.getAlgorithm()))) {
      return false;
    }
    Signature signature;
    byte[] signed;
    try {
      signature = Signature.getInstance(scheme);
      signature.initSign(key);
      signature.update(PROBE);
      signed = signature.sign();
    } catch (GeneralSecurityException | RuntimeException e) {
      return block.content() != null && holds(block.content(), certified);
    }
    try {
      signature.initVerify(certified);
      signature.update(PROBE);
      return signature.verify(signed);
    } catch (GeneralSecurityException | RuntimeException e) {
      // Of different curves, say.
      return false;
    }
  }

  /** Its bits are too many to be there by accident. */
  private static boolean holds(byte[] key, PublicKey certified) {
    try {
      byte[] info = new Element(0, certified.getEncoded()).content(SEQUENCE);
      byte[] bits = elements(info).getLast().content(BITS);
      byte[] point = Arrays.copyOfRange(bits, 1, bits.length);
      return point.length > SHORTEST_POINT && Bytes.indexOf(key, point) >= 0;
    } catch (UnreadableException e) {
      return false;
    }
  }

  private static String scheme(String algorithm) {
    return algorithm.equals("EC") ? "SHA256withECDSA" : algorithm;
  }

  private static byte[] wrapped(byte[] algorithm, byte[] key) {
    return sequence(VERSION_0, algorithm, der(OCTETS, key));
  }

  private static byte[] sequence(byte[]... parts) {
    return der(SEQUENCE, Bytes.concat(parts));
  }

  private static byte[] der(int tag, byte[] content) {
    int length = content.length;
    if (length < 0x80) {
      return Bytes.concat(new byte[] {(byte) tag, (byte) length}, content);
    }
    // DER wants the shortest form.
    byte[] bytes = BigInteger.valueOf(length).toByteArray();
    byte[] shortest = bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    return Bytes.concat(
        new byte[] {(byte) tag, (byte) (0x80 | shortest.length)}, shortest, content);
  }

  /** The name of a key's curve; by the key's length where it doesn't say. */
  private static byte[] curve(byte[] sec1) throws UnreadableException {
    byte[] named = null;
    byte[] secret = null;
    for (Element element : elements(new Element(0, sec1).content(SEQUENCE))) {
      if (element.is(OCTETS) && secret == null) {
        secret = element.content(OCTETS);
      } else if (element.is(PARAMETERS)) {
        named = element.content(PARAMETERS);
      }
    }
    if (named == null && secret != null) {
      named = CURVES.get(secret.length);
    }
    if (named == null) {
      throw new UnreadableException("it is damaged, or on a curve that is not known here");
    }
    return named;
  }

  private static List<Element> elements(byte[] content) throws UnreadableException {
    ImmutableList.Builder<Element> all = ImmutableList.builder();
    for (int at = 0; at < content.length; ) {
      Element element = new Element(at, content);
      all.add(element);
      at = element.end();
    }
    return all.build();
  }

  /** One element of DER, somewhere in some bytes. */
  @SuppressWarnings("ArrayRecordComponent") // made here, read once, compared by nobody
  private record Element(int start, byte[] in) {
    boolean is(int tag) {
      return (in[start] & 0xFF) == tag;
    }

    byte[] content(int tag) throws UnreadableException {
      if (in.length == 0 || !is(tag)) {
        throw damaged();
      }
      return Arrays.copyOfRange(in, contentStart(), end());
    }

    int end() throws UnreadableException {
      int lengthBytes = lengthBytes();
      long length = lengthBytes == 0 ? at(start + 1) : 0;
      for (int i = 0; i < lengthBytes; i++) {
        length = length << 8 | at(start + 2 + i);
      }
      long end = contentStart() + length;
      if (end > in.length) {
        throw damaged();
      }
      return (int) end;
    }

    private int contentStart() throws UnreadableException {
      return start + 2 + lengthBytes();
    }

    private int lengthBytes() throws UnreadableException {
      int first = at(start + 1);
      int bytes = first < 0x80 ? 0 : first & 0x7F;
      if (bytes > 3 || first == 0x80) {
        throw damaged();
      }
      return bytes;
    }

    private int at(int index) throws UnreadableException {
      if (index >= in.length) {
        throw damaged();
      }
      return in[index] & 0xFF;
    }

    private static UnreadableException damaged() {
      return new UnreadableException("it is damaged");
    }
  }
}
