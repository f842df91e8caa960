package io.relais.sync.config;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The {@code [ssh]} table.
 *
 * @param config the OpenSSH client configuration; empty: the user's own and the system's, as ssh
 *     does
 * @param keepalive how often an idle connection is probed; two unanswered probes end it
 * @param connectTimeout the limit for each hop, from the first packet to the login
 * @param passphraseFile the file with the passphrase of every encrypted key that has none of its
 *     own
 * @param passphraseFiles by private key file, the file with its passphrase
 */
public record SshConfig(
    Optional<Path> config,
    Duration keepalive,
    Duration connectTimeout,
    Optional<Path> passphraseFile,
    ImmutableMap<Path, Path> passphraseFiles) {
  /** How often an idle connection is probed, if the file says nothing else. */
  public static final Duration DEFAULT_KEEPALIVE = Duration.ofSeconds(15);

  /** The limit for each hop, if the file says nothing else. */
  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(20);

  public SshConfig {
    checkArgument(keepalive.isPositive(), "keepalive %s", keepalive);
    checkArgument(connectTimeout.isPositive(), "connect timeout %s", connectTimeout);
  }
}
