package io.relais.testbed.web;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.SSLContext;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/** An authority of its own, and what it issues. The name of a certificate is its CN and its SAN. */
public final class TestCertificates {
  private final HeldCertificate root =
      new HeldCertificate.Builder().certificateAuthority(0).commonName("Test authority").build();

  /** For these names, from yesterday and for that long. */
  public SSLContext valid(Duration left, String... names) {
    Instant now = Instant.now();
    return context(names, now.minus(Duration.ofDays(1)), now.plus(left));
  }

  /** That ended this long ago. */
  public SSLContext expired(Duration ago, String... names) {
    Instant end = Instant.now().minus(ago);
    return context(names, end.minus(Duration.ofDays(90)), end);
  }

  /** That begins in this time. */
  public SSLContext early(Duration until, String... names) {
    Instant start = Instant.now().plus(until);
    return context(names, start, start.plus(Duration.ofDays(90)));
  }

  /** Writes the authority's certificate as PEM, for {@code ca_file}. */
  public Path writeAuthority(Path file) throws IOException {
    return Files.writeString(file, root.certificatePem(), US_ASCII);
  }

  /** For these names and that time. */
  public Issued issue(Instant from, Instant to, String... names) {
    HeldCertificate.Builder leaf =
        new HeldCertificate.Builder()
            .commonName(names[0])
            .validityInterval(from.toEpochMilli(), to.toEpochMilli())
            .signedBy(root);
    for (String name : names) {
      leaf.addSubjectAlternativeName(name);
    }
    return new Issued(leaf.build());
  }

  private SSLContext context(String[] names, Instant from, Instant to) {
    return issue(from, to, names).context();
  }

  /** One that was issued, with its key. */
  public static final class Issued {
    private final HeldCertificate held;

    private Issued(HeldCertificate held) {
      this.held = held;
    }

    public X509Certificate certificate() {
      return held.certificate();
    }

    public SSLContext context() {
      return new HandshakeCertificates.Builder().heldCertificate(held).build().sslContext();
    }

    /** As certbot's {@code fullchain.pem}; the authority signs it itself. */
    public String chainPem() {
      return held.certificatePem();
    }

    /** As certbot's {@code privkey.pem}. */
    public String keyPem() {
      return held.privateKeyPkcs8Pem();
    }
  }
}
