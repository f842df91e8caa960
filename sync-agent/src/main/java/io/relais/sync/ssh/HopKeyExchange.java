package io.relais.sync.ssh;

import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.kex.DHGClient;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.kex.DHFactory;
import org.apache.sshd.common.kex.KeyExchange;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.common.session.Session;

/** A key exchange that leaves a host's certificate to {@link HostKeyCheck}. */
final class HopKeyExchange extends DHGClient {
  private HopKeyExchange(DHFactory factory, Session session) {
    super(factory, session);
  }

  /** One for each kind; a group exchange is MINA's own, which does not look at certificates. */
  static KeyExchangeFactory factory(DHFactory kind) {
    return kind.isGroupExchange() ? ClientBuilder.DH2KEX.apply(kind) : new Factory(kind);
  }

  /** MINA would ask for the address that was dialled among the certificate's names. */
  @Override
  protected void verifyCertificate(Session session, OpenSshCertificate certificate) {}

  private record Factory(DHFactory kind) implements KeyExchangeFactory {
    @Override
    public String getName() {
      return kind.getName();
    }

    @Override
    public KeyExchange createKeyExchange(Session session) {
      return new HopKeyExchange(kind, session);
    }
  }
}
