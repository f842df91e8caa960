package io.relais.sync.ssh;

import com.google.common.base.Splitter;
import io.relais.openssh.KnownHosts.KnownKeyTypes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.signature.BuiltinSignatures;

/**
 * A list of algorithms as ssh_config(5) writes it: names to use instead of the defaults, or after a
 * {@code +} to add, after a {@code ^} to put first, and after a {@code -} to leave out; and what
 * such lists make of the signatures that are asked of a host and given to it. Those with SHA-1
 * ({@code ssh-rsa}) are used only where the configuration names them, as in OpenSSH since 8.8:
 * collisions of SHA-1 can be bought.
 */
final class AlgorithmList {
  private static final String SHA1 = BuiltinSignatures.rsa.getName();

  private AlgorithmList() {}

  /**
   * Applies a list.
   *
   * @param defaults what is used without it, in order
   * @param available all that there is
   * @return what is to be used; names that aren't available are left out
   */
  static List<String> apply(String spec, List<String> defaults, List<String> available) {
    char first = spec.isEmpty() ? 0 : spec.charAt(0);
    boolean modifies = first == '+' || first == '-' || first == '^';
    List<String> named = matching(modifies ? spec.substring(1) : spec, available);
    List<String> result = new ArrayList<>();
    switch (first) {
      case '+' -> {
        result.addAll(defaults);
        result.addAll(without(named, defaults));
      }
      case '^' -> {
        result.addAll(named);
        result.addAll(without(defaults, named));
      }
      case '-' -> result.addAll(without(defaults, named));
      default -> result.addAll(named);
    }
    return result;
  }

  private static List<String> matching(String patterns, List<String> available) {
    List<String> found = new ArrayList<>();
    for (String pattern : Splitter.on(',').trimResults().omitEmptyStrings().split(patterns)) {
      Pattern regex = Pattern.compile(glob(pattern));
      available.stream()
          .filter(name -> regex.matcher(name).matches() && !found.contains(name))
          .forEach(found::add);
    }
    return found;
  }

  private static String glob(String pattern) {
    StringBuilder regex = new StringBuilder();
    pattern
        .codePoints()
        .forEach(
            c ->
                regex.append(
                    switch (c) {
                      case '*' -> ".*";
                      case '?' -> ".";
                      default -> Pattern.quote(Character.toString(c));
                    }));
    return regex.toString();
  }

  private static List<String> without(List<String> names, List<String> excluded) {
    return names.stream().filter(name -> !excluded.contains(name)).toList();
  }

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
    List<String> chosen = apply(spec.get(), defaults, available);
    boolean amended = spec.get().startsWith("+") || spec.get().startsWith("-");
    return amended ? byWhatIsKnown(chosen, known) : chosen;
  }

  /** The algorithms to log in with, best first; never none, for which MINA would take all. */
  static List<String> ofLogin(Hop hop, List<String> available) {
    List<String> defaults = strong(available);
    return hop.host()
        .pubkeyAcceptedAlgorithms()
        .map(spec -> apply(spec, defaults, available))
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
