package io.relais.openssh;

import com.google.common.collect.ImmutableList;
import io.relais.openssh.ConfigLine.ConfigLocation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the configuration says of one host. Paths are expanded; a relative one is relative to the
 * working directory, as it is for ssh.
 *
 * @param alias the name it was asked for
 * @param hostName the name or address to connect to, as OpenSSH normalizes it (names in lower case)
 * @param identityFiles private keys in the order to try them
 * @param usualIdentities whether {@code identityFiles} are only the usual places, where a missing
 *     file is nothing to report
 * @param identitiesOnly whether an agent's other keys must not be tried
 * @param certificateFiles the user's certificates; empty: next to each key, {@code KEY-cert.pub}
 * @param userKnownHostsFiles in the order to read them; none: {@code UserKnownHostsFile none}
 * @param globalKnownHostsFiles read after the user's
 * @param hostKeyAlias the name to look host keys up under, in lower case
 * @param hostKeyAlgorithms a list as in ssh_config(5), also with a leading {@code + - ^}; likewise
 *     {@code pubkeyAcceptedAlgorithms}, {@code ciphers}, {@code kexAlgorithms} and {@code macs}
 * @param compression whether what is sent is to be compressed
 * @param jumps the hops of its {@code ProxyJump} in the order to connect; none: directly
 * @param connectTimeout zero: no limit
 * @param serverAliveInterval zero: never probe
 * @param serverAliveCountMax how many probes may stay unanswered
 * @param warnings what is set for this host and not honoured
 */
public record ResolvedHost(
    String alias,
    String hostName,
    int port,
    String user,
    ImmutableList<Path> identityFiles,
    boolean usualIdentities,
    boolean identitiesOnly,
    ImmutableList<Path> certificateFiles,
    ImmutableList<Path> userKnownHostsFiles,
    ImmutableList<Path> globalKnownHostsFiles,
    Optional<String> hostKeyAlias,
    Optional<String> hostKeyAlgorithms,
    Optional<String> pubkeyAcceptedAlgorithms,
    Optional<String> ciphers,
    Optional<String> kexAlgorithms,
    Optional<String> macs,
    boolean compression,
    ImmutableList<Jump> jumps,
    Optional<Duration> connectTimeout,
    Optional<Duration> serverAliveInterval,
    OptionalInt serverAliveCountMax,
    ImmutableList<Warning> warnings) {

  /**
   * Something the configuration says that is not, or not fully, honoured.
   *
   * @param option the keyword as the file spells it
   * @param message what happens instead
   */
  public record Warning(String option, ConfigLocation at, String message) {
    /** One line, {@code FILE:LINE: OPTION is not honoured: …}. */
    @Override
    public String toString() {
      return at + ": " + option + " " + message;
    }
  }

  /** The host to look up in {@link KnownHosts}. */
  public String knownHostsName() {
    return hostKeyAlias.orElse(hostName);
  }

  /** The port to look up in {@link KnownHosts}: an alias stands for the host whatever its port. */
  public int knownHostsPort() {
    return hostKeyAlias.isPresent() ? KnownHosts.STANDARD_PORT : port;
  }
}
