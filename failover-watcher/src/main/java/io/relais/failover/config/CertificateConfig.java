package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The certificate in the copy, which the backup's web server should serve: keys of the {@code
 * [backup]} table.
 *
 * @param file in PEM; empty where it is not compared
 * @param reloadCommand that has the web server load it; empty if an operator does
 * @param reloadTimeout for that command
 */
public record CertificateConfig(
    Optional<Path> file, ImmutableList<String> reloadCommand, Duration reloadTimeout) {
  private static final Duration RELOAD_TIMEOUT = Duration.ofSeconds(20);

  /** Nothing is compared. */
  public static final CertificateConfig NONE =
      new CertificateConfig(Optional.empty(), ImmutableList.of(), RELOAD_TIMEOUT);

  static Supplier<CertificateConfig> read(TomlSection table, boolean served) {
    Setting<Path> file = table.absolutePath("certificate");
    ImmutableList<Setting<String>> command = CommandReader.words(table.strings("reload_command"));
    CommandReader.checkTrusted(command);
    Duration timeout = table.duration("reload_timeout").or(RELOAD_TIMEOUT);
    if (file.value().isPresent() && !served) {
      file.problem(
          "the certificate is compared by the serve check, which is off; write serve_check = true"
              + " below [backup], or remove this key");
    }
    if (!command.isEmpty() && file.value().isEmpty() && !table.has("certificate")) {
      command
          .getFirst()
          .problem(
              "'reload_command' runs where the copy has a newer certificate than the backup serves,"
                  + " but no 'certificate' is named; add its file, as in certificate ="
                  + " \"/srv/backup/data/letsencrypt/live/example.org/fullchain.pem\"");
    }
    return () -> new CertificateConfig(file.value(), Settings.all(command), timeout);
  }
}
