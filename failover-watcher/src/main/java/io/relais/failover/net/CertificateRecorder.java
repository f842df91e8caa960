package io.relais.failover.net;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the certificate that a server showed, and leaves to another whether it is believed:
 * otherwise a failed handshake would not show which certificate was presented.
 */
final class CertificateRecorder extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager judge;
  private final boolean verify;
  private volatile @Nullable X509Certificate leaf;

  CertificateRecorder(X509ExtendedTrustManager judge, boolean verify) {
    this.judge = judge;
    this.verify = verify;
  }

  Optional<X509Certificate> leaf() {
    return Optional.ofNullable(leaf);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    leaf = chain[0];
    if (verify) {
      judge.checkServerTrusted(chain, authType, socket);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    leaf = chain[0];
    if (verify) {
      judge.checkServerTrusted(chain, authType, engine);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    leaf = chain[0];
    if (verify) {
      judge.checkServerTrusted(chain, authType);
    }
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return judge.getAcceptedIssuers();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType) {
    throw new UnsupportedOperationException();
  }
}
