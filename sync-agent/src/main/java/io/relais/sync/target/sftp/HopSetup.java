package io.relais.sync.target.sftp;

import com.google.common.collect.ImmutableList;
import io.relais.sync.openssh.KnownKeyTypes;
import io.relais.sync.openssh.ResolvedHost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.config.keys.KeyUtils;
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
final class HopSetup implements SessionListener {
  /** The session reads these while it is made, so {@link #sessionCreated} would be too late. */
  @Override
  public void sessionEstablished(Session session) {
    Hop hop = hopOf(session);
    if (hop == null) {
      return;
    }
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
    session.setSignatureFactories(signatures(hop, session.getSignatureFactories()));
    host.ciphers()
        .ifPresent(
            spec ->
                session.setCipherFactoriesNames(
                    AlgorithmList.apply(
                        spec, session.getCipherFactoriesNames(), names(BuiltinCiphers.VALUES))));
    host.macs()
        .ifPresent(
            spec ->
                session.setMacFactoriesNames(
                    AlgorithmList.apply(
                        spec, session.getMacFactoriesNames(), names(BuiltinMacs.VALUES))));
    session.setCompressionFactories(
        host.compression()
            ? List.of(BuiltinCompressions.delayedZlib, BuiltinCompressions.none)
            : List.of(BuiltinCompressions.none));
    host.kexAlgorithms().ifPresent(spec -> setKeyExchange(session, spec));
  }

  @Override
  public void sessionEvent(Session session, Event event) {
    Hop hop = event == Event.KeyEstablished ? hopOf(session) : null;
    if (hop != null) {
      hop.secured().set(true);
    }
  }

  private static @Nullable Hop hopOf(Session session) {
    return session.getIoSession().getAttribute(AttributeRepository.class)
            instanceof AttributeRepository context
        ? context.getAttribute(Hop.KEY)
        : null;
  }

  private static void setKeyExchange(Session session, String spec) {
    var factories = ClientBuilder.setUpDefaultKeyExchanges(true);
    List<String> wanted =
        AlgorithmList.apply(spec, names(session.getKeyExchangeFactories()), names(factories));
    session.setKeyExchangeFactories(
        wanted.stream()
            .map(name -> NamedResource.findByName(name, String::compareTo, factories))
            .toList());
  }

  private static List<String> names(Iterable<? extends NamedResource> resources) {
    ImmutableList.Builder<String> names = ImmutableList.builder();
    resources.forEach(resource -> names.add(resource.getName()));
    return names.build();
  }

  /** Orders the algorithms, and never removes one: they sign the login too. */
  private static List<NamedFactory<Signature>> signatures(
      Hop hop, List<NamedFactory<Signature>> defaults) {
    List<NamedFactory<Signature>> ordered = new ArrayList<>(defaults);
    Optional<String> spec = hop.host().hostKeyAlgorithms();
    KnownKeyTypes known =
        hop.knownHosts().keyTypesFor(hop.host().knownHostsName(), hop.host().knownHostsPort());
    List<String> preferred =
        spec.map(list -> AlgorithmList.apply(list, names(defaults), names(defaults)))
            .orElse(ImmutableList.of());
    // As ssh does, so that a new host shows the key that a person sees elsewhere.
    ordered.sort(
        Comparator.comparingInt(
                (NamedFactory<Signature> factory) -> rank(factory.getName(), preferred, known))
            .thenComparing(factory -> !factory.getName().contains("ed25519")));
    return ordered;
  }

  private static int rank(String algorithm, List<String> preferred, KnownKeyTypes known) {
    if (!preferred.isEmpty()) {
      int at = preferred.indexOf(algorithm);
      return at < 0 ? Integer.MAX_VALUE : at;
    }
    if (KeyUtils.isCertificateAlgorithm(algorithm)) {
      return known.authorities() ? 0 : 3;
    }
    int at = known.plain().indexOf(KeyUtils.getCanonicalKeyType(algorithm));
    return at >= 0 ? 1 : 2;
  }
}
