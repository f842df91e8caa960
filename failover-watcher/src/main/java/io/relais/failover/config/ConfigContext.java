package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import io.relais.common.Faults;
import io.relais.common.FileAccess;
import io.relais.common.FileRights;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.ConfigProblem;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.net.Urls;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What readers share: access to the secrets and files that the configuration names, and the
 * warnings so far.
 */
final class ConfigContext {
  private static final String ALLOW = "allow_http";

  private final Optional<Path> credentials;
  private final Optional<String> exposure;
  private final List<ConfigProblem> warnings = new ArrayList<>();

  /**
   * Creates one for one reading of a file.
   *
   * @param credentials systemd's directory of credentials; empty outside a unit that has one
   * @param exposure why others can read the file; empty if they cannot
   */
  ConfigContext(Optional<Path> credentials, Optional<String> exposure) {
    this.credentials = credentials;
    this.exposure = exposure;
  }

  /**
   * The secret in the file that the key names; a problem with that file is a mistake in the key.
   */
  Setting<Secret> secret(TomlSection table, String key) {
    return table.pathOrCredential(key, credentials).map(file -> guarded(file, Secret::readFile));
  }

  /** A file that holds secrets in its own format; it must exist, and not be readable by others. */
  Setting<Path> privateFile(TomlSection table, String key) {
    return table
        .pathOrCredential(key, credentials)
        .map(
            file ->
                guarded(
                    file,
                    path -> {
                      FileRights.ofThisProcess().requirePrivate(path);
                      return path;
                    }));
  }

  /** A PEM file of certificate authorities, which others may read but not change. */
  Setting<Path> authorities(TomlSection table, String key) {
    return table.absolutePath(key).map(file -> guarded(file, ConfigContext::holdingCertificates));
  }

  private static Path holdingCertificates(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "is a directory; name the file in it");
    }
    try (InputStream in = opened(file)) {
      if (!CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
        return file;
      }
    } catch (NoSuchFileException e) {
      throw new FileSystemException(
          file.toString(), null, "does not exist; create it, or fix the path");
    } catch (CertificateException _) {
      // The same as no certificate.
    }
    throw new FileSystemException(
        file.toString(), null, "contains no PEM certificate; name the authority's own file");
  }

  private static InputStream opened(Path file) throws IOException {
    FileRights.ofThisProcess().requireUnchangeable(file);
    FileAccess.requireRegularFile(file);
    return Files.newInputStream(file);
  }

  /** An https URL, or an http URL if the table accepts the risk by {@code allow_http}. */
  Setting<URI> httpsUrl(TomlSection table, String key, String risk) {
    Setting<URI> url = table.string(key).map(Converters::httpUrl);
    checkHttps(url, risk, allowsHttp(table));
    return url;
  }

  /** Whether the table allows plain http for its URLs. */
  static boolean allowsHttp(TomlSection table) {
    return table.bool(ALLOW).or(false);
  }

  /** Notes plain http to another machine: a mistake, or a warning if it is allowed. */
  void checkHttps(Setting<URI> url, String risk, boolean allowed) {
    url.value()
        .ifPresent(to -> checkHttps(url, to, Printable.quoted(to.toString()), risk, allowed));
  }

  private void checkHttps(Setting<?> place, URI url, String shown, String risk, boolean allowed) {
    if (!Urls.isPlainToAnotherHost(url)) {
      return;
    }
    String message = shown + " is not https: " + risk;
    if (allowed) {
      warn(place, message);
    } else {
      place.problem(
          message + "; write https, or, to accept that, " + ALLOW + " = true in this table");
    }
  }

  /** A URL with a key in it: {@code url_file}, or {@code url} where the file itself is private. */
  Setting<Secret> secretUrl(TomlSection table) {
    Setting<Secret> inFile =
        secret(table, "url_file").map(text -> Converters.secretHttpUrl(text.value().strip()));
    Setting<Secret> written = table.string("url").map(Converters::secretHttpUrl);
    if (inFile.isPresent() && written.isPresent()) {
      written.problem("there are both 'url' and 'url_file'; remove one of them");
    }
    if (written.isPresent() && exposure.isPresent()) {
      written.problem(
          "the URL is a secret, and this file "
              + exposure.get()
              + " , or move the URL into a file of its own (url_file)");
    }
    Setting<Secret> url =
        written.isPresent() ? written : inFile.required("\"/etc/failover-watcher/service.url\"");
    boolean allowed = allowsHttp(table);
    url.value()
        .ifPresent(
            to ->
                checkHttps(
                    url,
                    URI.create(to.value()),
                    "the URL",
                    "what is sent, and the key in it, can be read on the way",
                    allowed));
    return url;
  }

  void warn(Setting<?> place, String message) {
    warnings.add(place.at("warning: " + message));
  }

  void warn(TomlSection place, String message) {
    warnings.add(place.at("warning: " + message));
  }

  /** In the order of the file. */
  ImmutableList<ConfigProblem> warnings() {
    return ImmutableList.sortedCopyOf(warnings);
  }

  @FunctionalInterface
  private interface FileReader<T> {
    T read(Path file) throws IOException;
  }

  private static <T> T guarded(Path file, FileReader<T> reader) throws BadValueException {
    try {
      return reader.read(file);
    } catch (IOException e) {
      throw new BadValueException(Printable.quoted(file.toString()) + " " + reason(e));
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "does not exist; create it with mode 0600, or fix the path";
      case AccessDeniedException _ ->
          "cannot be read; give it to the user that failover-watcher runs as";
      case FileSystemException refused when refused.getReason() != null -> refused.getReason();
      default -> "cannot be read: " + Printable.cut(Faults.describe(e), 200);
    };
  }
}
