package io.relais.openssh;

import com.google.common.base.Joiner;
import com.google.common.io.BaseEncoding;
import io.relais.openssh.KnownHosts.KnownKey;
import io.relais.openssh.KnownHosts.Verdict;
import java.nio.file.Path;
import java.util.Optional;

/** Says, in one line, why a host key is refused, and what you can do about it. */
public final class HostKeyRefusal {
  private final ResolvedHost host;
  private final boolean direct;
  private final String shown;
  private final String line;

  /**
   * Prepares the messages.
   *
   * @param direct whether the host is dialled from here, not through a bastion
   * @param keyType such as {@code ssh-ed25519}
   * @param keyBlob the key it shows
   */
  public HostKeyRefusal(ResolvedHost host, boolean direct, String keyType, byte[] keyBlob) {
    this.host = host;
    this.direct = direct;
    shown = keyType + " " + KnownHosts.fingerprint(keyBlob);
    line =
        KnownHosts.name(host.knownHostsName(), host.knownHostsPort())
            + " "
            + keyType
            + " "
            + BaseEncoding.base64().encode(keyBlob);
  }

  /** The message for a verdict; empty if the key is trusted. */
  public Optional<String> message(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Trusted trusted -> Optional.empty();
      case Verdict.Unknown unknown -> Optional.of(unknown());
      case Verdict.Changed changed -> Optional.of(changed(changed));
      case Verdict.Revoked(KnownKey key) ->
          Optional.of(
              subject()
                  + " is revoked: "
                  + shown
                  + " is listed as @revoked in "
                  + key.at()
                  + "; the host needs a new key");
    };
  }

  private String unknown() {
    return subject() + " is not known: " + shown + " ; compare it, then add it with: " + remedy();
  }

  private String changed(Verdict.Changed changed) {
    return subject()
        + " has changed: it shows "
        + shown
        + " , and expected is "
        + Joiner.on(", or ")
            .join(
                changed.expected().stream()
                    .map(key -> key.keyType() + " " + key.fingerprint() + " (" + key.at() + ")")
                    .toList())
        + " ; find out why, and only if the new key is right, replace that line with: "
        + line;
  }

  private String subject() {
    String address =
        (host.hostName().contains(":") ? "[" + host.hostName() + "]" : host.hostName())
            + ":"
            + host.port();
    return "host key of " + host.alias() + " (" + address + ")";
  }

  /** ssh-keyscan can't reach through a bastion, and does not know a HostKeyAlias. */
  private String remedy() {
    if (host.userKnownHostsFiles().isEmpty()) {
      return "a UserKnownHostsFile for it, which is 'none' now";
    }
    Path file = host.userKnownHostsFiles().getFirst();
    String quoted = file.toString().contains(" ") ? "'" + file + "'" : file.toString();
    return direct && host.hostKeyAlias().isEmpty()
        ? "ssh-keyscan -p " + host.port() + " " + host.hostName() + " >> " + quoted
        : "echo '" + line + "' >> " + quoted;
  }
}
