package io.relais.sync.ssh;

import com.google.common.base.Splitter;
import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import io.relais.common.Faults;
import io.relais.common.Printable;
import io.relais.sync.remote.RemoteWait;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.ssh.HopSession.Configurer;
import io.relais.sync.ssh.keys.PrivateKeyLoader.Identities;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.kex.extension.DefaultClientKexExtensionHandler;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.jspecify.annotations.Nullable;

/** Tells the failures of SSH apart, by type and reason code and never by their text. */
final class SshFailures {
  private static final int LONGEST_OFFER = 300;

  /** Where a session can fail to agree, in the order in which it is told. */
  private static final ImmutableList<Subject> SUBJECTS =
      ImmutableList.of(
          new Subject(KexProposalOption.SERVERKEYS, "for its host key", "HostKeyAlgorithms"),
          new Subject(KexProposalOption.ALGORITHMS, "for the key exchange", "KexAlgorithms"),
          new Subject(KexProposalOption.C2SENC, "as ciphers", "Ciphers"),
          new Subject(KexProposalOption.S2CENC, "as ciphers", "Ciphers"),
          new Subject(KexProposalOption.C2SMAC, "as MACs", "MACs"),
          new Subject(KexProposalOption.S2CMAC, "as MACs", "MACs"));

  private SshFailures() {}

  /** A hop that was not reached. */
  static IOException notReached(Hop hop, Duration limit, Exception failure) {
    if (failure instanceof InterruptedIOException interrupted) {
      return interrupted(interrupted);
    }
    if (hop.greeting().isConnected() && !isTimeout(failure)) {
      return brokenOff(hop, failure);
    }
    SshChannelOpenException refusal = refusedChannel(failure);
    return refusal != null
            && refusal.getReasonCode() == SshConstants.SSH_OPEN_ADMINISTRATIVELY_PROHIBITED
        ? new TargetRefusedException(
            "the bastion before "
                + hop.label()
                + " does not forward to it; its sshd must allow that (AllowTcpForwarding,"
                + " PermitOpen)",
            failure)
        : new TargetUnavailableException(
            "can't reach "
                + hop.label()
                + ": "
                + (isTimeout(failure)
                    ? "no answer within " + RemoteWait.time(limit)
                    : reason(failure)),
            failure);
  }

  /** A hop that was reached, and at which no login came about. */
  static IOException noLogin(
      Hop hop, ClientSession session, Identities identities, Duration limit, Exception failure) {
    if (failure instanceof InterruptedIOException interrupted) {
      return interrupted(interrupted);
    }
    String refusal = hop.refusal().get();
    if (refusal != null) {
      return new TargetRefusedException(refusal, failure);
    }
    if (isTimeout(failure)) {
      return new TargetUnavailableException(
          hop.label()
              + " did not complete the "
              + (hop.secured().get() ? "login" : "key exchange")
              + " within "
              + RemoteWait.time(limit),
          failure);
    }
    Optional<String> disagreement = mismatch(hop, session);
    if (disagreement.isPresent()) {
      return new TargetRefusedException(disagreement.get(), failure);
    }
    int code = failure instanceof SshException ssh ? ssh.getDisconnectCode() : 0;
    return switch (code) {
      case SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE,
          SshConstants.SSH2_DISCONNECT_ILLEGAL_USER_NAME,
          SshConstants.SSH2_DISCONNECT_AUTH_CANCELLED_BY_USER ->
          new TargetRefusedException(
              hop.label()
                  + " refuses the login of "
                  + hop.host().user()
                  + " with "
                  + identities.shown()
                  + " ; is the public key in its authorized_keys?"
                  + hintForOldServers(session, identities),
              failure);
      case SshConstants.SSH2_DISCONNECT_KEY_EXCHANGE_FAILED,
          SshConstants.SSH2_DISCONNECT_HOST_KEY_NOT_VERIFIABLE ->
          new TargetRefusedException(
              "no safe connection to " + hop.label() + ": " + reason(failure), failure);
      case 0 -> brokenOff(hop, failure);
      default ->
          hop.secured().get()
              ? new TargetUnavailableException(
                  hop.label() + " ended the connection before the login: " + reason(failure),
                  failure)
              : brokenOff(hop, failure);
    };
  }

  /**
   * A peer that was reached, and with which it did not come to a login. How that shows depends on
   * which of two reads or writes is first; so it is told by what the peer said, and is one kind.
   */
  private static IOException brokenOff(Hop hop, Exception failure) {
    PeerBanner peerBanner = hop.greeting();
    String label = hop.label();
    String why;
    if (peerBanner.isSsh()) {
      why =
          "the connection to %s broke before the login; look at the log of its SSH server"
              .formatted(label);
    } else if (peerBanner.isEmpty()) {
      why =
          "%s closed the connection without a word; check that an SSH server listens on that port and admits this host"
              .formatted(label);
    } else {
      why =
          peerBanner
              .turnedAway()
              .map(
                  said ->
                      "%s takes no more connections now: it sent '%s' (MaxStartups and PerSourcePenalties in its sshd_config)"
                          .formatted(label, said))
              .orElseGet(
                  () ->
                      "%s does not speak SSH (it sent '%s'); check HostName and Port in the OpenSSH config"
                          .formatted(label, peerBanner.shown()));
    }
    return new TargetUnavailableException(why, failure)
        .ofKind(label + " broke off before the login");
  }

  /** The peer's refusal to open a channel, if that is what a failure comes from. */
  static @Nullable SshChannelOpenException refusedChannel(Throwable failure) {
    return Throwables.getCausalChain(failure).stream()
        .filter(SshChannelOpenException.class::isInstance)
        .map(SshChannelOpenException.class::cast)
        .findFirst()
        .orElse(null);
  }

  private static boolean isTimeout(Throwable failure) {
    return Throwables.getRootCause(failure) instanceof TimeoutException;
  }

  private static IOException interrupted(InterruptedIOException interruption) {
    Thread.currentThread().interrupt();
    return interruption;
  }

  private static String reason(Throwable failure) {
    return Faults.describe(Throwables.getRootCause(failure));
  }

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
  private static Optional<String> mismatch(Hop hop, ClientSession session) {
    return SUBJECTS.stream()
        .flatMap(subject -> mismatch(hop, session, subject).stream())
        .findFirst();
  }

  private static Optional<String> mismatch(Hop hop, ClientSession session, Subject subject) {
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
                hop.label(),
                Printable.cut(String.join(", ", offered), LONGEST_OFFER),
                subject.phrase());
    List<String> available = Configurer.available(subject.option());
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
  private static String hintForOldServers(ClientSession session, Identities identities) {
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
