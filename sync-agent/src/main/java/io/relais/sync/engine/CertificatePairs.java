package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import io.relais.sync.plan.Kind;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.SourceEntry;
import io.relais.sync.plan.Step;
import io.relais.sync.scan.SourceFile;
import io.relais.sync.scan.SourceTree;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks that certificates and keys belong together, in every directory that a plan touches and
 * that has both under certbot's names: a renewal is never mirrored half done, however slowly it is
 * written.
 */
final class CertificatePairs {
  private static final String KEY = "privkey.pem";

  /** Servers read the second; its first certificate is the first. */
  private static final ImmutableList<String> CERTIFICATES =
      ImmutableList.of("cert.pem", "fullchain.pem");

  private static final int LARGEST = 1 << 20;
  private static final int MOST_LINKS = 8;

  private final SourceTree source;

  CertificatePairs(SourceTree source) {
    this.source = source;
  }

  /** The first pair that does not match, in one line; null if all do, or can't be judged. */
  @Nullable String mismatch(Plan plan) throws IOException {
    Set<RelPath> directories = new TreeSet<>();
    for (Step step : plan.steps()) {
      if (!step.path().isRoot()) {
        directories.add(step.path().parent());
      }
    }
    for (RelPath directory : directories) {
      byte[] key = read(directory.child(KEY));
      for (String name : CERTIFICATES) {
        byte[] certificate = key == null ? null : read(directory.child(name));
        if (key != null && certificate != null && !mayMatch(key, certificate)) {
          return "privkey.pem and " + name + " in " + directory + " do not match (yet)";
        }
      }
    }
    return null;
  }

  /**
   * Reads a file, through the symlinks that stay inside the source; null where that leads nowhere.
   */
  private byte @Nullable [] read(RelPath path) throws IOException {
    RelPath file = resolve(path);
    if (file == null) {
      return null;
    }
    try (SourceFile open = source.open(file)) {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      for (int n = open.read(buffer, 0, buffer.length);
          n > 0 && content.size() < LARGEST;
          n = open.read(buffer, 0, buffer.length)) {
        content.write(buffer, 0, n);
      }
      return content.toByteArray();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private @Nullable RelPath resolve(RelPath path) throws IOException {
    RelPath at = path;
    for (int i = 0; i < MOST_LINKS; i++) {
      SourceEntry entry = source.stat(at);
      if (entry == null || entry.kind() == Kind.FILE) {
        return entry == null ? null : at;
      }
      if (entry.linkTarget() == null || entry.linkTarget().startsWith("/")) {
        return null;
      }
      at = follow(at.parent(), entry.linkTarget());
      if (at == null) {
        return null;
      }
    }
    return null;
  }

  private static @Nullable RelPath follow(RelPath directory, String link) {
    Deque<String> names = new ArrayDeque<>();
    if (!directory.isRoot()) {
      names.addAll(List.of(directory.latin1().split("/")));
    }
    for (String name : link.split("/")) {
      if (name.equals("..")) {
        if (names.isEmpty()) {
          return null;
        }
        names.removeLast();
      } else if (!name.isEmpty() && !name.equals(".")) {
        names.add(name);
      }
    }
    return names.isEmpty() ? null : RelPath.ofLatin1(String.join("/", names));
  }

  /**
   * Signs with the key and verifies with the certificate; what can't be read raises no objection.
   */
  private static boolean mayMatch(byte[] key, byte[] certificate) {
    try {
      PublicKey publicKey =
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(certificate))
              .getPublicKey();
      String algorithm = publicKey.getAlgorithm();
      PrivateKey privateKey = KeyFactory.getInstance(algorithm).generatePrivate(pkcs8(key));
      byte[] probe = "relais".getBytes(StandardCharsets.US_ASCII);
      Signature signature = Signature.getInstance(scheme(algorithm));
      signature.initSign(privateKey);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(probe);
      return signature.verify(signed);
    } catch (InvalidKeySpecException e) {
      return !isOtherAlgorithm(key);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return true;
    }
  }

  /** A key that is well formed, but of another kind than its certificate's. */
  private static boolean isOtherAlgorithm(byte[] key) {
    return Stream.of("RSA", "EC", "EdDSA").anyMatch(algorithm -> isKey(algorithm, key));
  }

  private static boolean isKey(String algorithm, byte[] key) {
    try {
      KeyFactory.getInstance(algorithm).generatePrivate(pkcs8(key));
      return true;
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false;
    }
  }

  private static String scheme(String algorithm) {
    return switch (algorithm) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> algorithm;
    };
  }

  private static PKCS8EncodedKeySpec pkcs8(byte[] pem) {
    String text = new String(pem, StandardCharsets.ISO_8859_1);
    int begin = text.indexOf("-----BEGIN PRIVATE KEY-----");
    int end = text.indexOf("-----END PRIVATE KEY-----");
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException("no PKCS #8 key");
    }
    String body = text.substring(text.indexOf('\n', begin), end);
    return new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(body));
  }
}
