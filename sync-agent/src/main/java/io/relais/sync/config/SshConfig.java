package io.relais.sync.config;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.Printable;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

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

  /**
   * The table as it was read: its mistakes are noted.
   *
   * @param config where it stands
   * @param passphraseFiles each file with a passphrase that is named, where it stands
   * @param values what the table says; without meaning before {@link
   *     io.relais.common.toml.TomlDocument#finish} has found no mistake
   */
  record Table(
      Setting<Path> config, ImmutableList<Setting<Path>> passphraseFiles, SshConfig values) {

    static Table read(TomlSection table) {
      Setting<Path> config = table.absolutePath("config");
      Setting<Path> passphraseFile = table.absolutePath("passphrase_file");
      ImmutableMap<Path, Setting<Path>> byKey = byKey(table.table("passphrase_files"));
      ImmutableMap.Builder<Path, Path> usable = ImmutableMap.builder();
      byKey.forEach((key, file) -> file.value().ifPresent(path -> usable.put(key, path)));
      return new Table(
          config,
          Stream.concat(Stream.of(passphraseFile), byKey.values().stream())
              .filter(file -> file.value().isPresent())
              .collect(toImmutableList()),
          new SshConfig(
              config.value(),
              table.duration("keepalive").or(DEFAULT_KEEPALIVE),
              table.duration("connect_timeout").or(DEFAULT_CONNECT_TIMEOUT),
              passphraseFile.value(),
              usable.buildOrThrow()));
    }

    private static ImmutableMap<Path, Setting<Path>> byKey(TomlSection table) {
      ImmutableMap.Builder<Path, Setting<Path>> files = ImmutableMap.builder();
      for (String key : table.keys()) {
        Setting<Path> file = table.absolutePath(key);
        table.keyAsPath(key).value().ifPresent(keyFile -> files.put(keyFile, file));
      }
      return files.buildKeepingLast();
    }

    /** What to call the OpenSSH configuration. */
    String configName() {
      return config
          .value()
          .map(path -> Printable.cut(path.toString(), 200))
          .orElse("the OpenSSH config (~/.ssh/config, /etc/ssh/ssh_config)");
    }
  }
}
