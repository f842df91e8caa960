package io.relais.failover.dns.rfc2136;

import com.google.common.net.InetAddresses;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.lookup.Answers;
import io.relais.failover.dns.lookup.DnsNames;
import java.net.InetAddress;
import java.util.stream.IntStream;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/**
 * Builds one update message (RFC 2136): carried out whole, and only if everything is still as it
 * was read.
 */
final class UpdateMessages {
  private final Update message;

  UpdateMessages(String zone) {
    this.message = new Update(DnsNames.absolute(zone));
  }

  /**
   * The records must be these and no others, whatever their TTL (section 2.4.2), or absent (2.4.3);
   * nor may the name have become an alias: a server leaves out records added next to one, and says
   * nothing (3.4.2.2).
   */
  void require(RrSet current) {
    Name name = DnsNames.absolute(current.key().name());
    message.absent(name, Type.CNAME);
    if (current.isEmpty()) {
      message.absent(name, Answers.number(current.key().type()));
    }
    current.values().forEach(value -> message.present(record(current.key(), value, 0)));
  }

  /** Takes out what is there, puts in what is to be (section 2.5). */
  void replace(RrSet after) {
    message.delete(DnsNames.absolute(after.key().name()), Answers.number(after.key().type()));
    add(after);
  }

  private void add(RrSet set) {
    set.values().forEach(value -> message.add(record(set.key(), value, set.ttl().toSeconds())));
  }

  /**
   * To delete what {@link #require} says isn't there, so that nothing changes (section 3.4.2.4):
   * the whole set where it is empty, otherwise an address that is not in it.
   */
  void deleteNothing(RrSet current) {
    RecordKey key = current.key();
    if (current.isEmpty()) {
      message.delete(DnsNames.absolute(key.name()), Answers.number(key.type()));
    } else {
      String absent = absentFrom(current);
      message.delete(record(key, absent, 0));
    }
  }

  /** Of the addresses for tests of networks (RFC 2544) or for documentation (RFC 3849). */
  private static String absentFrom(RrSet set) {
    return IntStream.rangeClosed(1, set.values().size() + 1)
        .mapToObj(
            number ->
                switch (set.key().type()) {
                  case A -> "198.18.%d.%d".formatted(number >> 8 & 0xff, number & 0xff);
                  case AAAA -> "2001:db8::%x".formatted(number);
                })
        .filter(value -> !set.values().contains(value))
        .findFirst()
        .orElseThrow();
  }

  Update message() {
    return message;
  }

  private static Record record(RecordKey key, String value, long ttl) {
    Name name = DnsNames.absolute(key.name());
    InetAddress address = InetAddresses.forString(value);
    return switch (key.type()) {
      case A -> new ARecord(name, DClass.IN, ttl, address);
      case AAAA -> new AAAARecord(name, DClass.IN, ttl, address);
    };
  }
}
