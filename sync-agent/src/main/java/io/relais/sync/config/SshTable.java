package io.relais.sync.config;

import com.google.common.collect.ImmutableMap;
import io.relais.common.Printable;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** The {@code [ssh]} table as it was read: its mistakes are noted. */
record SshTable(
    Setting<Path> config,
    Duration keepalive,
    Duration connectTimeout,
    Setting<Path> passphraseFile,
    ImmutableMap<Path, Setting<Path>> passphraseFiles) {

  static SshTable read(TomlSection table) {
    return new SshTable(
        table.absolutePath("config"),
        table.duration("keepalive").or(SshConfig.DEFAULT_KEEPALIVE),
        table.duration("connect_timeout").or(SshConfig.DEFAULT_CONNECT_TIMEOUT),
        table.absolutePath("passphrase_file"),
        passphraseFiles(table.table("passphrase_files")));
  }

  private static ImmutableMap<Path, Setting<Path>> passphraseFiles(TomlSection table) {
    ImmutableMap.Builder<Path, Setting<Path>> files = ImmutableMap.builder();
    for (String key : table.keys()) {
      Setting<Path> file = table.absolutePath(key);
      table.keyAsPath(key).value().ifPresent(keyFile -> files.put(keyFile, file));
    }
    return files.buildKeepingLast();
  }

  /** Every file with a passphrase that could be read from the configuration. */
  Stream<Setting<Path>> passphraseFileSettings() {
    return Stream.concat(Stream.of(passphraseFile), passphraseFiles.values().stream())
        .filter(file -> file.value().isPresent());
  }

  /** What to call the OpenSSH configuration. */
  String configName() {
    return config
        .value()
        .map(path -> Printable.cut(path.toString(), 200))
        .orElse("the OpenSSH config (~/.ssh/config, /etc/ssh/ssh_config)");
  }

  /** After all mistakes are out. */
  SshConfig toConfig() {
    ImmutableMap.Builder<Path, Path> files = ImmutableMap.builder();
    passphraseFiles.forEach((key, file) -> files.put(key, file.get()));
    return new SshConfig(
        config.value(), keepalive, connectTimeout, passphraseFile.value(), files.buildOrThrow());
  }
}
