package io.relais.failover.config;

import com.google.common.net.HostAndPort;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.common.toml.BadValueException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** URLs of http and https, with a normal host; what is not ASCII is escaped. */
final class UrlText {
  private static final Pattern FORM =
      Pattern.compile("(https?)://([^/?#]*)([^#]*)(#.*)?", Pattern.CASE_INSENSITIVE);

  private UrlText() {}

  static URI parse(String text) throws BadValueException {
    return parse(text, Printable.quoted(text));
  }

  /** Never repeats the text, not even in a message. */
  static Secret secret(String text) throws BadValueException {
    return Secret.of(parse(text, "this").toString());
  }

  /** Without the brackets of an IPv6 address. */
  static String host(URI url) {
    return HostAndPort.fromString(url.getRawAuthority()).getHost();
  }

  private static URI parse(String text, String shown) throws BadValueException {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw bad(shown);
    }
    if (form.group(2).contains("@")) {
      throw new BadValueException(
          "the URL holds a user or a password before '@'; leave them out, since URLs get into"
              + " logs");
    }
    if (form.group(4) != null) {
      throw new BadValueException(shown + " has a '#' part, which is never sent; leave it out");
    }
    String scheme = form.group(1).toLowerCase(Locale.ROOT);
    try {
      String host = authority(form.group(2), shown);
      return new URI(new URI(scheme + "://" + host + form.group(3)).toASCIIString());
    } catch (URISyntaxException e) {
      throw bad(shown);
    }
  }

  private static String authority(String text, String shown) throws BadValueException {
    try {
      HostAndPort parsed = HostAndPort.fromString(text);
      String host = HostText.nameOrAddress(parsed.getHost());
      return parsed.hasPort()
          ? HostAndPort.fromParts(host, parsed.getPort()).toString()
          : HostAndPort.fromHost(host).toString();
    } catch (IllegalArgumentException | BadValueException e) {
      throw bad(shown);
    }
  }

  private static BadValueException bad(String shown) {
    return new BadValueException(
        shown
            + " is no URL of http or https; write it whole, with %-escapes for spaces and the like,"
            + " as in \"https://www.example.org/\"");
  }
}
