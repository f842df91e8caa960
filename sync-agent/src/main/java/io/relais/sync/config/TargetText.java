package io.relais.sync.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.sync.config.SyncConfig.TargetAddress;
import java.util.Arrays;
import java.util.regex.Pattern;

/** Reads {@code HOST:/path}. */
final class TargetText {
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.%+-]{0,254}");

  private TargetText() {}

  static TargetAddress parse(String text) throws BadValueException {
    if (text.contains("://")) {
      throw bad(text, "is a URL; write HOST:/path, as in \"backup:/data/site\"");
    }
    int colon = text.indexOf(':');
    if (colon < 1) {
      throw bad(text, "has no host; write HOST:/path, as in \"backup:/data/site\"");
    }
    checkHost(text, text.substring(0, colon));
    String path = text.substring(colon + 1);
    checkPath(text, path);
    String plain = path.replaceAll("/+", "/").replaceAll("(?<=.)/$", "");
    return new TargetAddress(
        text.substring(0, colon), new String(plain.getBytes(UTF_8), ISO_8859_1));
  }

  private static void checkHost(String text, String host) throws BadValueException {
    if (host.contains("@")) {
      throw bad(text, "names a user; put 'User' into the OpenSSH config and write HOST:/path");
    }
    if (!HOST.matcher(host).matches()) {
      throw bad(
          text,
          "names no alias of the OpenSSH config before the colon; write HOST:/path, as in"
              + " \"backup:/data/site\"");
    }
  }

  private static void checkPath(String text, String path) throws BadValueException {
    if (path.matches("[0-9]+[:/].*")) {
      throw bad(text, "names a port; put 'Port' into the OpenSSH config and write HOST:/path");
    }
    if (path.startsWith("~")) {
      throw bad(text, "has a '~', which SFTP does not expand; write the path from '/'");
    }
    if (!path.startsWith("/")) {
      throw bad(text, "has a relative path; write it from '/', as the SFTP account sees it");
    }
    if (path.indexOf('\0') >= 0) {
      throw bad(text, "holds a NUL, which no path can; leave it out");
    }
    if (Arrays.stream(path.split("/")).anyMatch(name -> name.equals(".") || name.equals(".."))) {
      throw bad(text, "holds '.' or '..'; write the path that it leads to");
    }
  }

  private static BadValueException bad(String text, String what) {
    return new BadValueException(Printable.quoted(text) + " " + what);
  }
}
