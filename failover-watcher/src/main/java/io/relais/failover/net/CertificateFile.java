package io.relais.failover.net;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * A server's certificate in a PEM file: the first one, as in certbot's {@code fullchain.pem}.
 *
 * @param names that it is for, in lower case; some may begin with {@code *.}
 */
public record CertificateFile(CertificateSummary summary, List<String> names) {
  private static final int LARGEST = 1 << 20;
  private static final Integer DNS_NAME = 2;

  public CertificateFile {
    names = List.copyOf(names);
  }

  /**
   * Reads it.
   *
   * @throws IOException if it can't be read, or holds no certificate (the message says which)
   */
  public static CertificateFile read(Path file) throws IOException {
    byte[] content;
    try (InputStream in = Files.newInputStream(file)) {
      content = in.readNBytes(LARGEST);
    }
    try {
      X509Certificate leaf =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(content));
      return new CertificateFile(CertificateSummary.of(leaf), names(leaf));
    } catch (CertificateException e) {
      throw new IOException(file + " does not begin with a certificate in PEM", e);
    }
  }

  private static List<String> names(X509Certificate leaf) throws CertificateException {
    Collection<List<?>> all = leaf.getSubjectAlternativeNames();
    return all == null
        ? List.of()
        : all.stream()
            .filter(name -> DNS_NAME.equals(name.get(0)))
            .map(name -> String.valueOf(name.get(1)).toLowerCase(Locale.ROOT))
            .toList();
  }

  /** Whether it is for that host. */
  public boolean isFor(String host) {
    String wanted = host.toLowerCase(Locale.ROOT);
    int dot = wanted.indexOf('.');
    return names.contains(wanted) || (dot > 0 && names.contains("*" + wanted.substring(dot)));
  }
}
