package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.ConfigProblem;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
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

/** One reading of a file: reads the secrets that it names, and gathers the warnings. */
final class Reading {
  private final Optional<Path> credentials;
  private final List<ConfigProblem> warnings = new ArrayList<>();

  /**
   * Makes one.
   *
   * @param credentials systemd's directory of them; empty outside a unit that has one
   */
  Reading(Optional<Path> credentials) {
    this.credentials = credentials;
  }

  /** The secret in the file that the key names; what is wrong with the file is a mistake there. */
  Setting<Secret> secret(TomlSection table, String key) {
    return table.pathOrCredential(key, credentials).map(file -> guarded(file, Secret::readFile));
  }

  /** A file with secrets in a form of its own; it must be there, and closed to others. */
  Setting<Path> privateFile(TomlSection table, String key) {
    return table
        .pathOrCredential(key, credentials)
        .map(
            file ->
                guarded(
                    file,
                    path -> {
                      Secret.requirePrivate(path);
                      return path;
                    }));
  }

  /** A file of certificate authorities in PEM form, which others may read too. */
  Setting<Path> authorities(TomlSection table, String key) {
    return table.absolutePath(key).map(file -> guarded(file, Reading::holdingCertificates));
  }

  private static Path holdingCertificates(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "is a directory; name the file in it");
    }
    try (InputStream in = Files.newInputStream(file)) {
      if (!CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
        return file;
      }
    } catch (NoSuchFileException e) {
      throw new FileSystemException(
          file.toString(), null, "is not there; create it, or mend the path");
    } catch (CertificateException _) {
      // The same as none.
    }
    throw new FileSystemException(
        file.toString(), null, "holds no certificate in PEM form; name the authority's own file");
  }

  /** A URL that should be one of https. */
  Setting<URI> closedUrl(TomlSection table, String key, String harm) {
    Setting<URI> url = table.string(key).map(UrlText::parse);
    if (url.value().filter(UrlText::isOpen).isPresent()) {
      warn(url, Printable.quoted(url.get().toString()) + " is not https: " + harm);
    }
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
  private interface Use<T> {
    T of(Path file) throws IOException;
  }

  private static <T> T guarded(Path file, Use<T> use) throws BadValueException {
    try {
      return use.of(file);
    } catch (IOException e) {
      throw new BadValueException(Printable.quoted(file.toString()) + " " + reason(e));
    }
  }

  private static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "is not there; create it with mode 0600, or mend the path";
      case AccessDeniedException _ ->
          "may not be read; give it to the user that failover-watcher runs as";
      case FileSystemException refused when refused.getReason() != null -> refused.getReason();
      default -> "can't be read: " + Printable.cut(String.valueOf(e.getMessage()), 200);
    };
  }
}
