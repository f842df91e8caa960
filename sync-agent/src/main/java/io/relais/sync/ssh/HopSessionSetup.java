package io.relais.sync.ssh;

import com.google.common.collect.ImmutableList;
import io.relais.openssh.ResolvedHost;
import io.relais.sync.ssh.keys.CertificateSignature;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.OptionalFeature;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.core.CoreModuleProperties;
import org.jspecify.annotations.Nullable;

/**
 * Gives each session, before it says its first word, what its own hop's configuration asks for, and
 * has it prefer the host keys that known_hosts already has: a server with several keys then shows
 * one that can be checked.
 */
final class HopSessionSetup implements SessionListener {
  /** All that there are; MINA's own defaults have none with SHA-1, like OpenSSH's. */
  private static final ImmutableList<KeyExchangeFactory> KEY_EXCHANGES =
      ImmutableList.copyOf(
          NamedFactory.setUpTransformedFactories(
              true, BuiltinDHFactories.VALUES, HopKeyExchange::factory));

  /** What a configuration can ask for, beside the defaults too. */
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
   * What is asked of the host and what is used to log in are lists of their own: the session itself
   * must be able to check any signature, since an authority may sign with another kind of key.
   */
  private static void setSignatures(Session session, Hop hop) {
    List<NamedFactory<Signature>> all =
        session.getSignatureFactories().stream()
            .<NamedFactory<Signature>>map(CertificateSignature.Factory::new)
            .toList();
    session.setSignatureFactories(all);
    List<String> available = names(all);
    List<String> login = HostSignatures.ofLogin(hop, available);
    if (session instanceof HopSession client) {
      client.askForHostKeys(HostSignatures.ofHostKeys(hop, available));
      client.logInBy(named(login, all));
    }
  }

  private static <T extends NamedResource> List<T> named(List<String> names, List<T> all) {
    return names.stream()
        .flatMap(name -> all.stream().filter(each -> each.getName().equals(name)))
        .toList();
  }
}
