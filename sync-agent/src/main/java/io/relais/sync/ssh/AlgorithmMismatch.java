package io.relais.sync.ssh;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.relais.common.Printable;
import io.relais.sync.ssh.keys.Identities;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.kex.extension.DefaultClientKexExtensionHandler;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.jspecify.annotations.Nullable;

/** Says what a server offers that is not used here, and what a person can write to use it. */
final class AlgorithmMismatch {
  private static final int LONGEST = 300;

  /** Where a session can fail to agree, in the order in which it is told. */
  private static final ImmutableList<Subject> SUBJECTS =
      ImmutableList.of(
          new Subject(KexProposalOption.SERVERKEYS, "for its host key", "HostKeyAlgorithms"),
          new Subject(KexProposalOption.ALGORITHMS, "for the key exchange", "KexAlgorithms"),
          new Subject(KexProposalOption.C2SENC, "as ciphers", "Ciphers"),
          new Subject(KexProposalOption.S2CENC, "as ciphers", "Ciphers"),
          new Subject(KexProposalOption.C2SMAC, "as MACs", "MACs"),
          new Subject(KexProposalOption.S2CMAC, "as MACs", "MACs"));

  private AlgorithmMismatch() {}

  private record Subject(KexProposalOption option, String phrase, String keyword) {
    /** With such a cipher, MACs are neither needed nor looked at. */
    boolean isNeeded(ClientSession session) {
      return switch (option) {
        case C2SMAC, S2CMAC -> {
          KexProposalOption cipher =
              option == KexProposalOption.C2SMAC
                  ? KexProposalOption.C2SENC
                  : KexProposalOption.S2CENC;
          List<String> offered = list(session.getServerKexProposals().get(cipher));
          yield list(session.getClientKexProposals().get(cipher)).stream()
              .filter(offered::contains)
              .findFirst()
              .filter(agreed -> agreed.contains("-gcm@") || agreed.startsWith("chacha20-"))
              .isEmpty();
        }
        case ALGORITHMS, SERVERKEYS, C2SENC, S2CENC, C2SCOMP, S2CCOMP, C2SLANG, S2CLANG -> true;
      };
    }
  }

  /** What the two sides have nothing in common for; empty if there is no such thing. */
  static Optional<String> describe(Hop hop, ClientSession session) {
    return SUBJECTS.stream()
        .flatMap(subject -> describe(hop, session, subject).stream())
        .findFirst();
  }

  private static Optional<String> describe(Hop hop, ClientSession session, Subject subject) {
    List<String> offered = list(session.getServerKexProposals().get(subject.option()));
    List<String> wanted = list(session.getClientKexProposals().get(subject.option()));
    if (offered.isEmpty() || offered.stream().anyMatch(wanted::contains)) {
      return Optional.empty();
    }
    if (!subject.isNeeded(session)) {
      return Optional.empty();
    }
    String shown =
        "%s offers only %s %s"
            .formatted(
                hop.label(), Printable.cut(String.join(", ", offered), LONGEST), subject.phrase());
    List<String> available = HopSessionSetup.available(subject.option());
    return Optional.of(
        offered.stream()
            .filter(available::contains)
            .findFirst()
            .map(
                name ->
                    "%s, which is used only where ssh_config says so; update its SSH server, or add"
                            .formatted(shown)
                        + " to the block 'Host %s': %s +%s"
                            .formatted(hop.host().alias(), subject.keyword(), name))
            .orElse(shown + ", which is not known here; update its SSH server"));
  }

  /** Without the words that stand among the algorithms and are none. */
  private static List<String> list(@Nullable String names) {
    return names == null
        ? List.of()
        : Splitter.on(',')
            .omitEmptyStrings()
            .splitToStream(names)
            .filter(name -> !name.startsWith("kex-strict-") && !name.startsWith("ext-info-"))
            .toList();
  }

  /** To add where a login was refused: an old server knows only SHA-1 with a key of RSA. */
  static String hintForOldServers(ClientSession session, Identities identities) {
    Set<String> accepted = session.getAttribute(DefaultClientKexExtensionHandler.SERVER_ALGORITHMS);
    boolean modern =
        accepted != null
            && (accepted.contains(BuiltinSignatures.rsaSHA512.getName())
                || accepted.contains(BuiltinSignatures.rsaSHA256.getName()));
    boolean rsa =
        identities.keys().stream()
            .map(key -> KeyUtils.getKeyType(key))
            .anyMatch(BuiltinSignatures.rsa.getName()::equals);
    return rsa && !modern
        ? " If its SSH server is too old for rsa-sha2-256 (OpenSSH before 7.2), update it, or add"
            + " PubkeyAcceptedAlgorithms +ssh-rsa to its Host block."
        : "";
  }
}
