package io.relais.failover.config;

import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import java.net.IDN;
import java.util.Locale;
import java.util.regex.Pattern;

/** Names of hosts (RFC 1123), in the one form that the rest of the program compares. */
final class HostText {
  private static final String LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
  private static final Pattern HOST = Pattern.compile(LABEL + "(?:\\." + LABEL + ")*");
  private static final Pattern DOMAIN = Pattern.compile("[a-z0-9_-]{1,63}(?:\\.[a-z0-9_-]{1,63})*");
  private static final Pattern DIGITS_LAST = Pattern.compile("(?:.*\\.)?[0-9]+");
  private static final int LONGEST = 253;

  private HostText() {}

  /** In lower case, in ASCII (IDNA 2003), without the dot at the end. */
  static String name(String text) throws BadValueException {
    String name = normal(text);
    if (InetAddresses.isInetAddress(name)) {
      throw new BadValueException(
          Printable.quoted(text) + " is an address; write a name, as in \"www.example.org\"");
    }
    if (!HOST.matcher(name).matches() || DIGITS_LAST.matcher(name).matches()) {
      throw bad(text);
    }
    return name;
  }

  /** A name in DNS that need not be a host's: a zone or a key may have an underscore. */
  static String domain(String text) throws BadValueException {
    String name = normal(text);
    if (!DOMAIN.matcher(name).matches()) {
      throw bad(text);
    }
    return name;
  }

  /** A name as {@link #name} has it, or an address. */
  static String nameOrAddress(String text) throws BadValueException {
    if (InetAddresses.isInetAddress(text)) {
      return InetAddresses.toAddrString(AddressText.parse(text));
    }
    if (text.contains(":")) {
      throw new BadValueException(
          Printable.quoted(text)
              + " is neither a name nor an address; write one of them, without a port");
    }
    return name(text);
  }

  private static String normal(String text) throws BadValueException {
    String ascii;
    try {
      ascii = IDN.toASCII(text).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      throw bad(text);
    }
    String name = ascii.endsWith(".") ? ascii.substring(0, ascii.length() - 1) : ascii;
    if (name.isEmpty() || name.length() > LONGEST) {
      throw bad(text);
    }
    return name;
  }

  private static BadValueException bad(String text) {
    return new BadValueException(
        Printable.quoted(text)
            + " is no host name; write letters, digits and hyphens between dots, as in"
            + " \"www.example.org\"");
  }
}
