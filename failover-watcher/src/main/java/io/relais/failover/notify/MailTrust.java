package io.relais.failover.notify;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Whose certificates a mail server may have. */
final class MailTrust {
  private MailTrust() {}

  /**
   * Sockets that believe the system's authorities and those of a PEM file.
   *
   * @throws IllegalArgumentException if the file can't be read or has no certificate (the user's)
   */
  static SSLSocketFactory sockets(Optional<Path> authorities) {
    try {
      KeyStore store = systems();
      if (authorities.isPresent()) {
        add(authorities.get(), store);
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers(store), null);
      return context.getSocketFactory();
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "the certificate authorities%s can't be read: %s"
              .formatted(authorities.map(file -> " in " + file).orElse(""), e.getMessage()),
          e);
    }
  }

  private static KeyStore systems() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (TrustManager manager : managers(null)) {
      if (manager instanceof X509TrustManager x509) {
        for (X509Certificate authority : x509.getAcceptedIssuers()) {
          store.setCertificateEntry("system-" + store.size(), authority);
        }
      }
    }
    return store;
  }

  private static void add(Path file, KeyStore store) throws IOException, GeneralSecurityException {
    int before = store.size();
    try (InputStream pem = Files.newInputStream(file)) {
      for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        store.setCertificateEntry("file-" + store.size(), c);
      }
    }
    if (store.size() == before) {
      throw new IOException("no certificate in it; PEM is expected");
    }
  }

  private static TrustManager[] managers(@Nullable KeyStore store) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }
}
