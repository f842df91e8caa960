package io.relais.sync.target.sftp;

import io.relais.sync.openssh.Fingerprints;
import io.relais.sync.openssh.HostKeyRefusal;
import io.relais.sync.openssh.KnownHosts;
import io.relais.sync.openssh.KnownKey;
import io.relais.sync.openssh.Verdict;
import java.net.SocketAddress;
import java.security.PublicKey;
import java.util.Optional;
import org.apache.sshd.client.keyverifier.ServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/**
 * Accepts a host key only if the known_hosts files of its hop have it, or have the authority that
 * signed it. MINA has then verified the certificate itself: its signature, its dates and that it is
 * made out for the host's name.
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
            ? refusal(hop, certificate)
            : refusal(hop, key);
    hop.refusal().set(refusal.orElse(null));
    return refusal.isEmpty();
  }

  private static Optional<String> refusal(Hop hop, PublicKey key) {
    String name = hop.host().knownHostsName();
    int port = hop.host().knownHostsPort();
    Verdict verdict = hop.knownHosts().check(name, port, KeyUtils.getKeyType(key), blob(key));
    return new HostKeyRefusal(hop.host(), hop.direct(), KeyUtils.getKeyType(key), blob(key))
        .message(verdict);
  }

  private static Optional<String> refusal(Hop hop, OpenSshCertificate certificate) {
    PublicKey authority = certificate.getCaPubKey();
    String name = hop.host().knownHostsName();
    int port = hop.host().knownHostsPort();
    KnownHosts known = hop.knownHosts();
    Optional<KnownKey> revoked =
        known
            .revocation(name, port, blob(authority))
            .or(() -> known.revocation(name, port, blob(certificate.getCertPubKey())));
    if (revoked.isPresent()) {
      return Optional.of(
          "host certificate of " + hop.label() + " is revoked by " + revoked.get().at());
    }
    boolean trusted =
        known.authorityFor(name, port, KeyUtils.getKeyType(authority), blob(authority)).isPresent();
    if (trusted && !HostSignatures.isWeak(certificate.getSignatureAlgorithm())) {
      return Optional.empty();
    }
    // As ssh does: without its authority, a certificate is worth what its key is.
    return refusal(hop, certificate.getCertPubKey())
        .map(
            message ->
                message
                    + " (it shows a certificate by "
                    + Fingerprints.sha256(blob(authority))
                    + (trusted
                        ? ", signed with ssh-rsa (SHA-1), which is not trusted)"
                        : ", which no @cert-authority line has)"));
  }

  static byte[] blob(PublicKey key) {
    ByteArrayBuffer buffer = new ByteArrayBuffer();
    buffer.putRawPublicKey(key);
    return buffer.getCompactData();
  }
}
