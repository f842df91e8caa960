package io.relais.failover.config;

import com.google.common.net.HostAndPort;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting.Converter;
import java.util.OptionalInt;

/** {@code HOST:PORT}, where the host is a name or an address; {@code [::1]:22} for IPv6. */
final class HostPortText {
  private static final int NONE = -1;

  private HostPortText() {}

  /** The port has to be there. */
  static HostAndPort parse(String text) throws BadValueException {
    return parse(text, OptionalInt.empty());
  }

  /** The port may be left out. */
  static Converter<String, HostAndPort> withDefault(int port) {
    return text -> parse(text, OptionalInt.of(port));
  }

  private static HostAndPort parse(String text, OptionalInt byDefault) throws BadValueException {
    HostAndPort parsed;
    try {
      parsed = HostAndPort.fromString(text);
    } catch (IllegalArgumentException e) {
      throw bad(text, byDefault);
    }
    int port = parsed.getPortOrDefault(byDefault.orElse(NONE));
    if (port == NONE) {
      throw new BadValueException(
          Printable.quoted(text) + " has no port; write HOST:PORT, as in \"www.example.org:22\"");
    }
    if (port == 0 || parsed.getHost().isEmpty()) {
      throw bad(text, byDefault);
    }
    return HostAndPort.fromParts(HostText.nameOrAddress(parsed.getHost()), port);
  }

  private static BadValueException bad(String text, OptionalInt byDefault) {
    return new BadValueException(
        Printable.quoted(text)
            + " is no "
            + (byDefault.isPresent() ? "HOST or HOST:PORT" : "HOST:PORT")
            + "; write a name or an address, and a port from 1 to 65535, as in"
            + " \"www.example.org:22\" or \"[2001:db8::10]:22\"");
  }
}
