package io.relais.sync.ssh;

import io.relais.common.Printable;
import io.relais.openssh.HostKeyRefusal;
import io.relais.openssh.KnownHosts;
import io.relais.openssh.KnownHosts.KnownKey;
import io.relais.openssh.KnownHosts.Verdict;
import io.relais.openssh.Patterns;
import java.net.SocketAddress;
import java.security.PublicKey;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Optional;
import org.apache.sshd.client.keyverifier.ServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/**
 * Accepts a host key only if the known_hosts files of its hop have it, or have the authority that
 * signed it and the certificate is good.
 *
 * <p>Certificates are checked here since MINA compares the names in one with the address that was
 * dialled, and not with the name that was asked for, and checks nothing in a group exchange. As in
 * OpenSSH from 10.3 on, a certificate without names is for no host, and {@code *} and {@code ?} in
 * a name are wildcards.
 *
 * <p>Runs on a session's I/O thread; the files were read before, so nothing blocks.
 */
final class HostKeyCheck implements ServerKeyVerifier {
  private static final int LONGEST_NAMES = 200;

  @Override
  public boolean verifyServerKey(ClientSession session, SocketAddress remote, PublicKey key) {
    Hop hop = session.getConnectionContext().getAttribute(Hop.KEY);
    if (hop == null) {
      return false;
    }
    Optional<String> refusal =
        key instanceof OpenSshCertificate certificate
            ? refusal(session, hop, certificate)
            : refusal(hop, key);
    hop.refusal().set(refusal.orElse(null));
    return refusal.isEmpty();
  }

  private static Optional<String> refusal(Hop hop, PublicKey key) {
    return new HostKeyRefusal(hop.host(), hop.direct(), KeyUtils.getKeyType(key), blob(key))
        .message(verdict(hop, key));
  }

  private static Verdict verdict(Hop hop, PublicKey key) {
    return hop.knownHosts()
        .check(
            hop.host().knownHostsName(),
            hop.host().knownHostsPort(),
            KeyUtils.getKeyType(key),
            blob(key));
  }

  private static Optional<String> refusal(
      ClientSession session, Hop hop, OpenSshCertificate certificate) {
    PublicKey authority = certificate.getCaPubKey();
    PublicKey key = certificate.getCertPubKey();
    String name = hop.host().knownHostsName();
    int port = hop.host().knownHostsPort();
    KnownHosts known = hop.knownHosts();
    String subject = "host certificate of " + hop.label() + " ";
    Optional<KnownKey> revoked =
        known
            .revocation(name, port, blob(authority))
            .or(() -> known.revocation(name, port, blob(key)));
    if (revoked.isPresent()) {
      return Optional.of(subject + "is revoked by " + revoked.get().at());
    }
    if (!isAuthentic(session, certificate)) {
      return Optional.of(subject + "is forged: its authority has not signed it; find out why");
    }
    Optional<KnownKey> trusted =
        known.authorityFor(name, port, KeyUtils.getKeyType(authority), blob(authority));
    Optional<String> fault =
        AlgorithmList.isWeak(certificate.getSignatureAlgorithm())
            ? Optional.of(
                "is signed with ssh-rsa (SHA-1), which is not trusted; sign it with rsa-sha2-512")
            : fault(certificate, name, Instant.now());
    if (trusted.isPresent() && fault.isEmpty()) {
      return Optional.empty();
    }
    // As ssh does: without its authority, or with a fault, a certificate is worth what its key is.
    if (trusted.isPresent() && !(verdict(hop, key) instanceof Verdict.Trusted)) {
      return Optional.of(
          subject + "(authority: " + trusted.get().at() + ") " + fault.orElseThrow());
    }
    return refusal(hop, key)
        .map(
            message ->
                message
                    + " (it shows a certificate by "
                    + KnownHosts.fingerprint(blob(authority))
                    + ", which no @cert-authority line has)");
  }

  static byte[] blob(PublicKey key) {
    ByteArrayBuffer buffer = new ByteArrayBuffer();
    buffer.putRawPublicKey(key);
    return buffer.getCompactData();
  }

  /** Whether the authority that the certificate names has signed it. */
  private static boolean isAuthentic(ClientSession session, OpenSshCertificate certificate) {
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
  private static Optional<String> fault(OpenSshCertificate certificate, String name, Instant now) {
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
                  + Printable.cut(String.join(", ", names), LONGEST_NAMES)
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
