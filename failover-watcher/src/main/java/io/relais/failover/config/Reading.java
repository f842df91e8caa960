package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import io.relais.common.Faults;
import io.relais.common.FileRights;
import io.relais.common.Printable;
import io.relais.common.RegularFile;
import io.relais.common.Secret;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.ConfigProblem;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.net.PlainHttp;
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
  private static final String ALLOW = "allow_http";

  private final Optional<Path> credentials;
  private final Optional<String> exposure;
  private final List<ConfigProblem> warnings = new ArrayList<>();

  /**
   * Makes one.
   *
   * @param credentials systemd's directory of them; empty outside a unit that has one
   * @param exposure why others can read the file; empty if they can't
   */
  Reading(Optional<Path> credentials, Optional<String> exposure) {
    this.credentials = credentials;
    this.exposure = exposure;
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
                      FileRights.ofThisProcess().requirePrivate(path);
                      return path;
                    }));
  }

  /** A file of certificate authorities in PEM form, which others may read, but not change. */
  Setting<Path> authorities(TomlSection table, String key) {
    return table.absolutePath(key).map(file -> guarded(file, Reading::holdingCertificates));
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
          file.toString(), null, "is not there; create it, or mend the path");
    } catch (CertificateException _) {
      // The same as none.
    }
    throw new FileSystemException(
        file.toString(), null, "holds no certificate in PEM form; name the authority's own file");
  }

  private static InputStream opened(Path file) throws IOException {
    FileRights.ofThisProcess().requireUnchangeable(file);
    RegularFile.require(file);
    return Files.newInputStream(file);
  }

  /** A URL of https, or one of http where the table's {@code allow_http} accepts the harm. */
  Setting<URI> closedUrl(TomlSection table, String key, String harm) {
    Setting<URI> url = table.string(key).map(UrlText::parse);
    boolean allowed = allowsHttp(table);
    url.value()
        .filter(PlainHttp::leavesThisMachine)
        .ifPresent(open -> inTheClear(url, Printable.quoted(open.toString()), harm, allowed));
    return url;
  }

  /** Whether the table says that what its URLs carry may go over plain http. */
  static boolean allowsHttp(TomlSection table) {
    return table.bool(ALLOW).or(false);
  }

  /** Notes that a URL is one of plain http, as a mistake unless it is allowed. */
  void inTheClear(Setting<?> url, String shown, String harm, boolean allowed) {
    String message = shown + " is not https: " + harm;
    if (allowed) {
      warn(url, message);
    } else {
      url.problem(
          message + "; write https, or, to accept that, " + ALLOW + " = true in this table");
    }
  }

  /** A URL of https, by preference: what is answered there counts for little. */
  Setting<URI> preferablyClosedUrl(TomlSection table, String key, String harm) {
    Setting<URI> url = table.string(key).map(UrlText::parse);
    url.value()
        .filter(PlainHttp::leavesThisMachine)
        .ifPresent(open -> warn(url, Printable.quoted(open.toString()) + " is not https: " + harm));
    return url;
  }

  /** Notes a mistake if others can read a secret that stands in the file itself. */
  void requireUnexposed(Setting<Secret> written) {
    if (written.isPresent() && exposure.isPresent()) {
      written.problem(
          "the URL is a secret, and this file "
              + exposure.get()
              + " , or move the URL into a file of its own (url_file)");
    }
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
      default -> "can't be read: " + Printable.cut(Faults.describe(e), 200);
    };
  }
}
