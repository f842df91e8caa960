package io.relais.testbed.dns;

import java.io.IOException;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Records as tests write them: {@code www.example.org 300 A 203.0.113.10}, all names absolute. */
final class ZoneText {
  private ZoneText() {}

  static Record record(String text) throws IOException {
    String[] parts = text.split(" ", 4);
    return Record.fromString(
        Name.fromString(parts[0], Name.root),
        Type.value(parts[2]),
        DClass.IN,
        Long.parseLong(parts[1]),
        parts[3],
        Name.root);
  }
}
