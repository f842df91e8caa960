package io.relais.failover.net;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificate authorities that are trusted: the system's, and those of a file. For any number
 * of threads.
 */
public final class Authorities {
  private final Supplier<X509ExtendedTrustManager> system = Suppliers.memoize(() -> bySystem(null));

  /**
   * Who judges the certificates of a call. The file is read each time, as it may be replaced.
   *
   * @throws IOException if the file can't be read, or holds no certificates
   */
  public X509ExtendedTrustManager judge(Optional<Path> file) throws IOException {
    return file.isEmpty() ? system.get() : withFile(file.get());
  }

  /**
   * TLS whose certificates somebody judges. Its context is its own: a shared one would resume
   * sessions, and then the certificate isn't shown.
   */
  public static SSLSocketFactory sockets(X509ExtendedTrustManager judge) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {judge}, null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no TLS", e);
    }
  }

  private X509ExtendedTrustManager withFile(Path file) throws IOException {
    try {
      KeyStore all = KeyStore.getInstance(KeyStore.getDefaultType());
      all.load(null, null);
      int entry = 0;
      for (Certificate certificate : read(file)) {
        all.setCertificateEntry("file " + entry++, certificate);
      }
      for (Certificate certificate : system.get().getAcceptedIssuers()) {
        all.setCertificateEntry("system " + entry++, certificate);
      }
      return bySystem(all);
    } catch (GeneralSecurityException e) {
      throw new IOException("no certificates in PEM form: " + file, e);
    }
  }

  private static ImmutableList<Certificate> read(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      ImmutableList<Certificate> found =
          ImmutableList.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
      if (found.isEmpty()) {
        throw new IOException("no certificates in PEM form: " + file);
      }
      return found;
    }
  }

  /** Java's own judge; over the system's authorities for null. */
  private static X509ExtendedTrustManager bySystem(@Nullable KeyStore authorities) {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(authorities);
      return Arrays.stream(factory.getTrustManagers())
          .filter(X509ExtendedTrustManager.class::isInstance)
          .map(X509ExtendedTrustManager.class::cast)
          .findFirst()
          .orElseThrow();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Java's certificate authorities can't be read", e);
    }
  }
}
