package io.relais.sync.ssh.keys;

import java.security.PrivateKey;
import java.security.PublicKey;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.session.SessionContext;
import org.apache.sshd.common.signature.Signature;

/**
 * A signature that is verified with the key in a certificate, where MINA hands over the certificate
 * itself, as its group exchange does.
 */
public record CertificateSignature(Signature inner) implements Signature {
  /** Makes such signatures from those of another factory. */
  public record Factory(NamedFactory<Signature> inner) implements NamedFactory<Signature> {
    @Override
    public String getName() {
      return inner.getName();
    }

    @Override
    public Signature create() {
      return new CertificateSignature(inner.create());
    }
  }

  @Override
  public void initVerifier(SessionContext session, PublicKey key) throws Exception {
    inner.initVerifier(
        session, key instanceof OpenSshCertificate certificate ? certificate.getCertPubKey() : key);
  }

  @Override
  public String getAlgorithm() {
    return inner.getAlgorithm();
  }

  @Override
  public void initSigner(SessionContext session, PrivateKey key) throws Exception {
    inner.initSigner(session, key);
  }

  @Override
  public void update(SessionContext session, byte[] hash, int off, int len) throws Exception {
    inner.update(session, hash, off, len);
  }

  @Override
  public boolean verify(SessionContext session, byte[] sig) throws Exception {
    return inner.verify(session, sig);
  }

  @Override
  public byte[] sign(SessionContext session) throws Exception {
    return inner.sign(session);
  }
}
