package io.relais.sync.config;

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
    ImmutableMap<Path, Path> passphraseFiles) {}
