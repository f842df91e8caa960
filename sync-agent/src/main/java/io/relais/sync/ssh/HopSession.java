package io.relais.sync.ssh;

import com.google.common.collect.ImmutableList;
import io.relais.common.lifecycle.OutOfMemory;
import io.relais.openssh.ResolvedHost;
import io.relais.sftp.SftpSession;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.ClientFactoryManager;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKey;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.kex.DHGClient;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.ClientSessionImpl;
import org.apache.sshd.client.session.SessionFactory;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.OptionalFeature;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.kex.DHFactory;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.kex.KeyExchange;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionContext;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.common.util.Readable;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;

/**
 * A session that tells who is writing to it, since others lie inside it; and that asks for fewer
 * host keys than it can check signatures, since an authority's own signature need not be of a kind
 * that the host may use.
 */
final class HopSession extends ClientSessionImpl implements SftpSession {
  private volatile @Nullable String hostKeyAlgorithms;

  /** {@link System#nanoTime} when a request on any SFTP channel was answered. */
  private volatile long answered = System.nanoTime();

  private volatile List<NamedFactory<Signature>> loginSignatures = List.of();

  private HopSession(ClientFactoryManager manager, IoSession io) throws Exception {
    super(manager, io);
  }

  /** MINA would only end the session. */
  @Override
  public void exceptionCaught(Throwable failure) {
    OutOfMemory.endIfBehind(failure);
    super.exceptionCaught(failure);
  }

  @Override
  public void messageReceived(Readable bytes) throws Exception {
    Hop hop = serverVersion == null ? Configurer.hopOf(this) : null;
    if (hop == null) {
      super.messageReceived(bytes);
      return;
    }
    ByteArrayBuffer copy = new ByteArrayBuffer(bytes.available()); // What is read once is gone.
    copy.putBuffer(bytes);
    hop.greeting().add(copy);
    super.messageReceived(copy);
  }

  @Override
  public String host() {
    Hop hop = Configurer.hopOf(this);
    return hop == null ? "the server" : hop.host().alias();
  }

  @Override
  public void noteAnswer(long now) {
    answered = now;
  }

  @Override
  public Duration silence() {
    return Duration.ofNanos(System.nanoTime() - answered);
  }

  /** Whether the calling thread is just writing a packet, and so holds the lock for that. */
  boolean isWritingHere() {
    return encodeLock.isHeldByCurrentThread();
  }

  /** Says which host keys are asked for, best first, from the next key exchange on. */
  void askForHostKeys(List<String> algorithms) {
    hostKeyAlgorithms = String.join(",", algorithms);
  }

  /** Says with what the login may be signed, best first; not to be empty. */
  void logInBy(List<NamedFactory<Signature>> signatures) {
    loginSignatures = signatures;
  }

  /**
   * A login by public key, with the signatures of its session. One serves the whole client: a
   * session takes its ways to log in while it is made, before its hop is known.
   */
  static final class Login extends UserAuthPublicKeyFactory {
    @Override
    public UserAuthPublicKey createUserAuth(ClientSession session) {
      return new UserAuthPublicKey(((HopSession) session).loginSignatures);
    }
  }

  @Override
  protected String resolveAvailableSignaturesProposal(FactoryManager manager) {
    String wanted = hostKeyAlgorithms;
    return wanted == null ? super.resolveAvailableSignaturesProposal(manager) : wanted;
  }

  /** Makes them. */
  static final class Factory extends SessionFactory {
    Factory(ClientFactoryManager manager) {
      super(manager);
    }

    @Override
    protected ClientSessionImpl doCreateSession(IoSession io) throws Exception {
      return new HopSession(getClient(), io);
    }
  }

  /**
   * Gives each session, before it says its first word, what its own hop's configuration asks for,
   * and has it prefer the host keys that known_hosts already has: a server with several keys then
   * shows one that can be checked.
   */
  static final class Configurer implements SessionListener {
    /** All that there are; MINA's own defaults have none with SHA-1, like OpenSSH's. */
    private static final ImmutableList<KeyExchangeFactory> KEY_EXCHANGES =
        ImmutableList.copyOf(
            NamedFactory.setUpTransformedFactories(
                true, BuiltinDHFactories.VALUES, HopKeyExchange::factory));

    /** What a configuration can ask for, besides the defaults. */
    static List<String> available(KexProposalOption option) {
      return switch (option) {
        case ALGORITHMS -> names(KEY_EXCHANGES);
        case SERVERKEYS -> names(ClientBuilder.setUpDefaultSignatureFactories(true));
        case C2SENC, S2CENC -> supported(BuiltinCiphers.VALUES);
        case C2SMAC, S2CMAC -> supported(BuiltinMacs.VALUES);
        case C2SCOMP, S2CCOMP, C2SLANG, S2CLANG -> List.of();
      };
    }

    /** MINA has a cipher and a MAC that protect nothing, called none; ssh has no such thing. */
    private static <T extends NamedResource & OptionalFeature> List<String> supported(
        Collection<T> all) {
      return names(
          all.stream()
              .filter(OptionalFeature::isSupported)
              .filter(each -> !each.getName().equals("none"))
              .toList());
    }

    /** The session reads these while it is made, so {@link #sessionCreated} would be too late. */
    @Override
    public void sessionEstablished(Session session) {
      Hop hop = hopOf(session);
      if (hop == null) {
        return;
      }
      hop.greeting().begin();
      ResolvedHost host = hop.host();
      host.serverAliveInterval()
          .filter(interval -> !interval.isZero())
          .ifPresent(interval -> CoreModuleProperties.HEARTBEAT_INTERVAL.set(session, interval));
      host.serverAliveCountMax()
          .ifPresent(count -> CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(session, count));
    }

    @Override
    public void sessionCreated(Session session) {
      Hop hop = hopOf(session);
      if (hop == null) {
        return;
      }
      ResolvedHost host = hop.host();
      setSignatures(session, hop);
      host.ciphers()
          .ifPresent(
              spec ->
                  session.setCipherFactoriesNames(
                      AlgorithmList.apply(
                          spec,
                          session.getCipherFactoriesNames(),
                          available(KexProposalOption.C2SENC))));
      host.macs()
          .ifPresent(
              spec ->
                  session.setMacFactoriesNames(
                      AlgorithmList.apply(
                          spec,
                          session.getMacFactoriesNames(),
                          available(KexProposalOption.C2SMAC))));
      session.setCompressionFactories(
          host.compression()
              ? List.of(BuiltinCompressions.delayedZlib, BuiltinCompressions.none)
              : List.of(BuiltinCompressions.none));
      setKeyExchange(session, host.kexAlgorithms());
    }

    @Override
    public void sessionEvent(Session session, Event event) {
      Hop hop = event == Event.KeyEstablished ? hopOf(session) : null;
      if (hop != null) {
        hop.secured().set(true);
      }
    }

    static @Nullable Hop hopOf(Session session) {
      return session.getIoSession().getAttribute(AttributeRepository.class)
              instanceof AttributeRepository context
          ? context.getAttribute(Hop.KEY)
          : null;
    }

    private static void setKeyExchange(Session session, Optional<String> spec) {
      List<String> defaults = names(session.getKeyExchangeFactories());
      session.setKeyExchangeFactories(
          named(
              spec.map(list -> AlgorithmList.apply(list, defaults, names(KEY_EXCHANGES)))
                  .orElse(defaults),
              KEY_EXCHANGES));
    }

    private static List<String> names(Iterable<? extends NamedResource> resources) {
      ImmutableList.Builder<String> names = ImmutableList.builder();
      resources.forEach(resource -> names.add(resource.getName()));
      return names.build();
    }

    /**
     * What is asked of the host and what is used to log in are lists of their own: the session
     * itself must be able to check any signature, since an authority may sign with another kind of
     * key.
     */
    private static void setSignatures(Session session, Hop hop) {
      List<NamedFactory<Signature>> all =
          session.getSignatureFactories().stream()
              .<NamedFactory<Signature>>map(CertificateSignature.SignatureFactory::new)
              .toList();
      session.setSignatureFactories(all);
      List<String> available = names(all);
      List<String> login = AlgorithmList.ofLogin(hop, available);
      if (session instanceof HopSession client) {
        client.askForHostKeys(AlgorithmList.ofHostKeys(hop, available));
        client.logInBy(named(login, all));
      }
    }

    private static <T extends NamedResource> List<T> named(List<String> names, List<T> all) {
      return names.stream()
          .flatMap(name -> all.stream().filter(each -> each.getName().equals(name)))
          .toList();
    }

    /** A key exchange that leaves a host's certificate to {@link HostKeyCheck}. */
    private static final class HopKeyExchange extends DHGClient {
      private HopKeyExchange(DHFactory factory, Session session) {
        super(factory, session);
      }

      /** One for each kind; a group exchange is MINA's own, which does not look at certificates. */
      static KeyExchangeFactory factory(DHFactory kind) {
        return kind.isGroupExchange()
            ? ClientBuilder.DH2KEX.apply(kind)
            : new ExchangeFactory(kind);
      }

      /** MINA would ask for the address that was dialled among the certificate's names. */
      @Override
      protected void verifyCertificate(Session session, OpenSshCertificate certificate) {}

      private record ExchangeFactory(DHFactory kind) implements KeyExchangeFactory {
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

    /**
     * A signature that is verified with the key in a certificate, where MINA hands over the
     * certificate itself, as its group exchange does.
     */
    private record CertificateSignature(Signature inner) implements Signature {
      /** Makes such signatures from those of another factory. */
      record SignatureFactory(NamedFactory<Signature> inner) implements NamedFactory<Signature> {
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
            session,
            key instanceof OpenSshCertificate certificate ? certificate.getCertPubKey() : key);
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
  }
}
