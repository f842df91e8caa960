package io.relais.sync.ssh;

import io.relais.openssh.KnownHosts.KnownKeyTypes;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.signature.BuiltinSignatures;

/**
 * Which signatures are asked of a host, and given to it. Those with SHA-1 ({@code ssh-rsa}) only
 * where the configuration names them, as in OpenSSH since 8.8: collisions of SHA-1 can be bought.
 */
final class HostSignatures {
  private static final String SHA1 = BuiltinSignatures.rsa.getName();

  private HostSignatures() {}

  /** Whether a signature of that kind proves nothing any more. */
  static boolean isWeak(String algorithm) {
    return algorithm.equals(SHA1);
  }

  /**
   * The algorithms of host keys to ask for, best first. A host that known_hosts has is asked for
   * the kind of key that is known, unless the configuration lists the kinds itself, as ssh does it.
   */
  static List<String> ofHostKeys(Hop hop, List<String> available) {
    Optional<String> spec = hop.host().hostKeyAlgorithms();
    KnownKeyTypes known =
        hop.knownHosts().keyTypesFor(hop.host().knownHostsName(), hop.host().knownHostsPort());
    List<String> defaults = byWhatIsKnown(strong(available), known);
    if (spec.isEmpty()) {
      return defaults;
    }
    List<String> chosen = AlgorithmList.apply(spec.get(), defaults, available);
    boolean amended = spec.get().startsWith("+") || spec.get().startsWith("-");
    return amended ? byWhatIsKnown(chosen, known) : chosen;
  }

  /** The algorithms to log in with, best first; never none, for which MINA would take all. */
  static List<String> ofLogin(Hop hop, List<String> available) {
    List<String> defaults = strong(available);
    return hop.host()
        .pubkeyAcceptedAlgorithms()
        .map(spec -> AlgorithmList.apply(spec, defaults, available))
        .filter(chosen -> !chosen.isEmpty())
        .orElse(defaults);
  }

  private static List<String> strong(List<String> available) {
    return available.stream().filter(name -> !isWeak(name)).toList();
  }

  /** Among equals ed25519 first, as ssh does, so that a new host shows the key seen elsewhere. */
  private static List<String> byWhatIsKnown(List<String> algorithms, KnownKeyTypes known) {
    return algorithms.stream()
        .sorted(
            Comparator.comparingInt((String algorithm) -> rank(algorithm, known))
                .thenComparing(algorithm -> !algorithm.contains("ed25519")))
        .toList();
  }

  private static int rank(String algorithm, KnownKeyTypes known) {
    if (KeyUtils.isCertificateAlgorithm(algorithm)) {
      return known.authorities() ? 0 : 3;
    }
    int at = known.plain().indexOf(KeyUtils.getCanonicalKeyType(algorithm));
    return at >= 0 ? 1 : 2;
  }
}
