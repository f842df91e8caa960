package io.relais.failover.net;

import com.google.common.hash.Hashing;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;

/**
 * What tells one certificate of a server from another. A plain value.
 *
 * @param fingerprint SHA-256 of the whole certificate, in hexadecimal
 * @param validFrom when it begins
 * @param validUntil when it ends
 */
public record CertificateSummary(String fingerprint, Instant validFrom, Instant validUntil) {
  /**
   * Of a certificate.
   *
   * @throws IllegalArgumentException if it can't be encoded: it came from an encoding, so it can
   */
  @SuppressWarnings("JavaUtilDate") // what X509Certificate gives
  public static CertificateSummary of(X509Certificate certificate) {
    try {
      return new CertificateSummary(
          Hashing.sha256().hashBytes(certificate.getEncoded()).toString(),
          certificate.getNotBefore().toInstant(),
          certificate.getNotAfter().toInstant());
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("a certificate without an encoding", e);
    }
  }

  /** Whether it is another one, and was issued later. */
  public boolean isNewerThan(CertificateSummary other) {
    return !fingerprint.equals(other.fingerprint) && validFrom.isAfter(other.validFrom);
  }

  /** Whether it holds at that time. */
  public boolean isValid(Instant now) {
    return !validFrom.isAfter(now) && validUntil.isAfter(now);
  }
}
