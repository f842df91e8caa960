package io.relais.sync.ssh.keys;

import io.relais.common.Printable;
import io.relais.openssh.Patterns;
import java.security.PublicKey;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Optional;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.signature.Signature;

/**
 * What a host's certificate is worth, as OpenSSH sees it (sshkey.c, {@code
 * sshkey_cert_check_authority}; PROTOCOL.certkeys). MINA's own check is not used: it compares the
 * names in a certificate with the address that was dialled, and not with the name that was asked
 * for, and it does not run at all in a group exchange.
 *
 * <p>As OpenSSH from 10.3 on: a certificate without names is for no host, and {@code *} and {@code
 * ?} in a name are wildcards.
 */
public final class HostCertificates {
  private static final int LONGEST = 200;

  private HostCertificates() {}

  /** Whether the authority that the certificate names has signed it. */
  public static boolean isAuthentic(ClientSession session, OpenSshCertificate certificate) {
    PublicKey authority = certificate.getCaPubKey();
    String algorithm = certificate.getSignatureAlgorithm();
    if (!KeyUtils.getKeyType(authority).equals(KeyUtils.getCanonicalKeyType(algorithm))) {
      return false;
    }
    Signature verifier = NamedFactory.create(session.getSignatureFactories(), algorithm);
    if (verifier == null) {
      return false;
    }
    try {
      verifier.initVerifier(session, authority);
      verifier.update(session, certificate.getMessage());
      return verifier.verify(session, certificate.getSignature());
    } catch (Exception e) { // A signature that is no signature; MINA declares no other kind.
      return false;
    }
  }

  /**
   * Why a certificate that its authority has signed does not speak for a host, with what to do; for
   * a sentence whose subject it is. Empty if it does.
   *
   * @param name the name that OpenSSH would look for, in lower case
   */
  public static Optional<String> fault(OpenSshCertificate certificate, String name, Instant now) {
    long at = now.getEpochSecond();
    Collection<String> names = certificate.getPrincipals();
    if (certificate.getType() != OpenSshCertificate.Type.HOST) {
      return Optional.of("is a user's, not a host's; sign the host's key with ssh-keygen -h");
    }
    if (Long.compareUnsigned(at, certificate.getValidAfter()) < 0) {
      return Optional.of(
          "is not valid before "
              + time(certificate.getValidAfter())
              + ", and here it is "
              + time(at)
              + "; check the clocks of this machine and of the one that signed it");
    }
    if (Long.compareUnsigned(at, certificate.getValidBefore()) >= 0) {
      return Optional.of(
          "expired on "
              + time(certificate.getValidBefore())
              + "; have the host's key signed again");
    }
    if (names.stream().noneMatch(principal -> Patterns.matches(name, principal))) {
      return Optional.of(
          names.isEmpty()
              ? "names no host; have the host's key signed for '" + name + "' (ssh-keygen -n)"
              : "is for "
                  + Printable.cut(String.join(", ", names), LONGEST)
                  + " and not for '"
                  + name
                  + "'; have the host's key signed for that name too, or set HostName or"
                  + " HostKeyAlias to one that it has");
    }
    return certificate.getCriticalOptions().isEmpty()
        ? Optional.empty()
        : Optional.of("has critical options, and there are none for hosts; sign it without");
  }

  /** Seconds since 1970, unsigned, as a certificate has them. */
  private static String time(long seconds) {
    return seconds >= 0 && seconds < Instant.parse("9999-12-31T00:00:00Z").getEpochSecond()
        ? LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC) + "Z"
        : "the end of time";
  }
}
