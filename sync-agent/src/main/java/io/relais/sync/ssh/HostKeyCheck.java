package io.relais.sync.ssh;

import io.relais.openssh.HostKeyRefusal;
import io.relais.openssh.KnownHosts;
import io.relais.openssh.KnownHosts.KnownKey;
import io.relais.openssh.KnownHosts.Verdict;
import io.relais.sync.ssh.keys.HostCertificates;
import java.net.SocketAddress;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Optional;
import org.apache.sshd.client.keyverifier.ServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/**
 * Accepts a host key only if the known_hosts files of its hop have it, or have the authority that
 * signed it and the certificate is good ({@link HostCertificates}).
 *
 * <p>Runs on a session's I/O thread; the files were read before, so nothing blocks.
 */
final class HostKeyCheck implements ServerKeyVerifier {
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
    if (!HostCertificates.isAuthentic(session, certificate)) {
      return Optional.of(subject + "is forged: its authority has not signed it; find out why");
    }
    Optional<KnownKey> trusted =
        known.authorityFor(name, port, KeyUtils.getKeyType(authority), blob(authority));
    Optional<String> fault =
        HostSignatures.isWeak(certificate.getSignatureAlgorithm())
            ? Optional.of(
                "is signed with ssh-rsa (SHA-1), which is not trusted; sign it with rsa-sha2-512")
            : HostCertificates.fault(certificate, name, Instant.now());
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
}
