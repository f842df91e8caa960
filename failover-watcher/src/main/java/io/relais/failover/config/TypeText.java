package io.relais.failover.config;

import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import java.util.Locale;

/** Types of DNS records, and records by name and type: {@code www.example.org A}. */
final class TypeText {
  private TypeText() {}

  static RecordType parse(String text) throws BadValueException {
    return switch (text.toUpperCase(Locale.ROOT)) {
      case "A" -> RecordType.A;
      case "AAAA" -> RecordType.AAAA;
      default ->
          throw new BadValueException(
              Printable.quoted(text) + " is no type known here; write \"A\" or \"AAAA\"");
    };
  }

  static RecordKey key(String text) throws BadValueException {
    int space = text.lastIndexOf(' ');
    if (space < 0) {
      throw new BadValueException(
          Printable.quoted(text)
              + " is no record; write name and type, as in \"www.example.org A\" = 5301234567");
    }
    return new RecordKey(
        HostText.name(text.substring(0, space).strip()), parse(text.substring(space + 1)));
  }
}
