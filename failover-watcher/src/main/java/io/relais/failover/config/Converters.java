package io.relais.failover.config;

import com.google.common.collect.Range;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.common.Suggest;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting.Converter;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.notify.Template;
import java.net.IDN;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the values of the file are converted to, each in the one form that the rest of the program
 * compares. For {@link io.relais.common.toml.Setting#map}: they throw what is wrong, for the user
 * to fix. Nothing is looked up.
 */
final class Converters {
  private static final int LONGEST_LABEL = 200;
  private static final int LONGEST_HOST = 253;
  private static final String HOST_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
  private static final Pattern HOST = Pattern.compile(HOST_LABEL + "(?:\\." + HOST_LABEL + ")*");
  private static final Pattern DOMAIN = Pattern.compile("[a-z0-9_-]{1,63}(?:\\.[a-z0-9_-]{1,63})*");
  private static final Pattern DIGITS_LAST = Pattern.compile("(?:.*\\.)?[0-9]+");
  private static final Pattern URL =
      Pattern.compile("(https?)://([^/?#]*)([^#]*)(#.*)?", Pattern.CASE_INSENSITIVE);
  private static final Pattern STATUS = Pattern.compile("([1-5][0-9][0-9])(?:-([1-5][0-9][0-9]))?");

  private Converters() {}

  static Converter<Integer, Integer> atLeast(int least) {
    return number -> {
      if (number < least) {
        throw new BadValueException(number + " is too small; write " + least + " or more");
      }
      return number;
    };
  }

  /** A name for use in messages: one line that is not blank. */
  static String label(String text) throws BadValueException {
    if (text.isBlank() || text.length() > LONGEST_LABEL) {
      throw new BadValueException(
          Printable.quoted(text)
              + " is not a valid name; write 1 to "
              + LONGEST_LABEL
              + " characters");
    }
    return line(text);
  }

  /** One line of text, which may also be sent as a header. */
  static String line(String text) throws BadValueException {
    if (text.chars().anyMatch(c -> Character.isISOControl(c))) {
      throw new BadValueException(
          Printable.quoted(text) + " contains a control character; write one line of text");
    }
    return text;
  }

  /**
   * Text that matches a regular expression.
   *
   * @param otherwise what to say after the text if it does not match
   */
  static Converter<String, String> matching(String form, String otherwise) {
    return text -> {
      if (!text.matches(form)) {
        throw new BadValueException(Printable.quoted(text) + otherwise);
      }
      return text;
    };
  }

  /**
   * A secret that matches a regular expression, without surrounding white space.
   *
   * @param otherwise what to say if it does not match; never shows the secret
   */
  static Converter<Secret, Secret> secretMatching(String form, String otherwise) {
    return written -> {
      String text = written.value().strip();
      if (!text.matches(form)) {
        throw new BadValueException(otherwise);
      }
      return Secret.of(text);
    };
  }

  static Converter<String, String> oneOf(List<String> words) {
    return text -> {
      if (!words.contains(text)) {
        throw new BadValueException(Suggest.oneOf(text, words));
      }
      return text;
    };
  }

  /** An address as a literal. */
  static InetAddress ipAddress(String text) throws BadValueException {
    // A scope ("%eth0") means something on one machine only; no record can hold it.
    if (text.contains("%") || !InetAddresses.isInetAddress(text)) {
      throw new BadValueException(
          Printable.quoted(text)
              + " is not an IP address; write it numerically, as in \"203.0.113.10\" or"
              + " \"2001:db8::10\"");
    }
    InetAddress address = InetAddresses.forString(text);
    if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
      throw new BadValueException(
          Printable.quoted(text) + " is not the address of a single host; write the host's own");
    }
    return address;
  }

  /** A host's name (RFC 1123): lower case, in ASCII (IDNA 2003), without the final dot. */
  static String hostName(String text) throws BadValueException {
    String name = normalName(text);
    if (InetAddresses.isInetAddress(name)) {
      throw new BadValueException(
          Printable.quoted(text) + " is an address; write a name, as in \"www.example.org\"");
    }
    if (!HOST.matcher(name).matches() || DIGITS_LAST.matcher(name).matches()) {
      throw badName(text);
    }
    return name;
  }

  /** A DNS name other than a host's: that of a zone or a key may have an underscore. */
  static String domainName(String text) throws BadValueException {
    String name = normalName(text);
    if (!DOMAIN.matcher(name).matches()) {
      throw badName(text);
    }
    return name;
  }

  static String hostNameOrAddress(String text) throws BadValueException {
    if (InetAddresses.isInetAddress(text)) {
      return InetAddresses.toAddrString(ipAddress(text));
    }
    if (text.contains(":")) {
      throw new BadValueException(
          Printable.quoted(text)
              + " is neither a name nor an address; write one of them, without a port");
    }
    return hostName(text);
  }

  private static String normalName(String text) throws BadValueException {
    String ascii;
    try {
      ascii = IDN.toASCII(text).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      throw badName(text);
    }
    String name = ascii.endsWith(".") ? ascii.substring(0, ascii.length() - 1) : ascii;
    if (name.isEmpty() || name.length() > LONGEST_HOST) {
      throw badName(text);
    }
    return name;
  }

  private static BadValueException badName(String text) {
    return new BadValueException(
        Printable.quoted(text)
            + " is not a valid host name; use letters, digits and hyphens between dots, as in"
            + " \"www.example.org\"");
  }

  /** {@code HOST:PORT}, where the host is a name or an address; {@code [::1]:22} for IPv6. */
  static HostAndPort hostAndPort(String text) throws BadValueException {
    return hostAndPort(text, OptionalInt.empty());
  }

  /** The same, where the port may be left out. */
  static Converter<String, HostAndPort> hostWithPort(int byDefault) {
    return text -> hostAndPort(text, OptionalInt.of(byDefault));
  }

  private static HostAndPort hostAndPort(String text, OptionalInt byDefault)
      throws BadValueException {
    HostAndPort parsed;
    try {
      parsed = HostAndPort.fromString(text);
    } catch (IllegalArgumentException e) {
      throw badHostAndPort(text, byDefault);
    }
    if (!parsed.hasPort() && byDefault.isEmpty()) {
      throw new BadValueException(
          Printable.quoted(text) + " has no port; write HOST:PORT, as in \"www.example.org:22\"");
    }
    int port = parsed.getPortOrDefault(byDefault.orElse(0));
    if (port == 0 || parsed.getHost().isEmpty()) {
      throw badHostAndPort(text, byDefault);
    }
    return HostAndPort.fromParts(hostNameOrAddress(parsed.getHost()), port);
  }

  private static BadValueException badHostAndPort(String text, OptionalInt byDefault) {
    return new BadValueException(
        Printable.quoted(text)
            + " is not "
            + (byDefault.isPresent() ? "HOST or HOST:PORT" : "HOST:PORT")
            + "; write a name or an address, and a port from 1 to 65535, as in"
            + " \"www.example.org:22\" or \"[2001:db8::10]:22\"");
  }

  /** An http or https URL with a normalised host; non-ASCII characters are escaped. */
  static URI httpUrl(String text) throws BadValueException {
    return httpUrl(text, Printable.quoted(text));
  }

  /** The same for a secret URL, which no message repeats. */
  static Secret secretHttpUrl(String text) throws BadValueException {
    return Secret.of(httpUrl(text, "this").toString());
  }

  private static URI httpUrl(String text, String shown) throws BadValueException {
    Matcher form = URL.matcher(text);
    if (!form.matches()) {
      throw badUrl(shown);
    }
    if (form.group(2).contains("@")) {
      throw new BadValueException(
          "the URL contains a user or a password before '@'; remove them, since URLs end up in"
              + " logs");
    }
    if (form.group(4) != null) {
      throw new BadValueException(shown + " has a '#' part, which is never sent; remove it");
    }
    String scheme = form.group(1).toLowerCase(Locale.ROOT);
    try {
      String authority = authority(form.group(2));
      return new URI(new URI(scheme + "://" + authority + form.group(3)).toASCIIString());
    } catch (IllegalArgumentException | BadValueException | URISyntaxException e) {
      throw badUrl(shown);
    }
  }

  private static String authority(String text) throws BadValueException {
    HostAndPort parsed = HostAndPort.fromString(text);
    String host = hostNameOrAddress(parsed.getHost());
    return parsed.hasPort()
        ? HostAndPort.fromParts(host, parsed.getPort()).toString()
        : HostAndPort.fromHost(host).toString();
  }

  private static BadValueException badUrl(String shown) {
    return new BadValueException(
        shown
            + " is not a valid http or https URL; write it in full, with %-escapes for spaces and"
            + " the like, as in \"https://www.example.org/\"");
  }

  /** The host of such a URL, without the brackets of an IPv6 address. */
  static String hostOf(URI url) {
    return HostAndPort.fromString(url.getRawAuthority()).getHost();
  }

  /** Status codes of HTTP: {@code 200}, {@code 200-299}. */
  static Range<Integer> statusCodes(String text) throws BadValueException {
    Matcher form = STATUS.matcher(text);
    if (form.matches()) {
      int from = Integer.parseInt(form.group(1));
      int to = form.group(2) == null ? from : Integer.parseInt(form.group(2));
      if (from <= to) {
        return Range.closed(from, to);
      }
    }
    throw new BadValueException(
        Printable.quoted(text)
            + " is not a valid status; write a code or a range from 100 to 599, as in \"200\" or"
            + " \"200-299\"");
  }

  static RecordType recordType(String text) throws BadValueException {
    return switch (text.toUpperCase(Locale.ROOT)) {
      case "A" -> RecordType.A;
      case "AAAA" -> RecordType.AAAA;
      default ->
          throw new BadValueException(
              Printable.quoted(text) + " is not a supported record type; write \"A\" or \"AAAA\"");
    };
  }

  /** A record by its name and type: {@code www.example.org A}. */
  static RecordKey recordKey(String text) throws BadValueException {
    int space = text.lastIndexOf(' ');
    if (space < 0) {
      throw new BadValueException(
          Printable.quoted(text)
              + " is not a record; write name and type, as in \"www.example.org A\" = 5301234567");
    }
    return new RecordKey(
        hostName(text.substring(0, space).strip()), recordType(text.substring(space + 1)));
  }

  /** The JSON of a webhook, with {@code ${…}} in place of whole strings. */
  static String jsonTemplate(String text) throws BadValueException {
    try {
      Template.parse(text);
    } catch (IllegalArgumentException e) {
      throw new BadValueException(String.valueOf(e.getMessage()));
    }
    return text;
  }

  /** A duration in the notation of the file: {@code 5s}, {@code 1h30m}, {@code 1500ms}. */
  static String text(Duration time) {
    return time.toMillisPart() == 0
        ? time.toString().substring("PT".length()).toLowerCase(Locale.ROOT)
        : time.toMillis() + "ms";
  }
}
