package io.relais.failover.dns.lookup;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Makes questions, and reads replies. Pure. */
public final class Answers {
  private Answers() {}

  /** A question without a wish for recursion. */
  public static Message question(String name, int type) {
    Message query = Message.newQuery(Record.newRecord(DnsNames.absolute(name), type, DClass.IN));
    query.getHeader().unsetFlag(Flags.RD);
    return query;
  }

  /** The type's number on the wire. */
  public static int number(RecordType type) {
    return switch (type) {
      case A -> Type.A;
      case AAAA -> Type.AAAA;
    };
  }

  /** Whether the server speaks for the zone and does not repeat what it heard. */
  public static boolean authoritative(Message reply) {
    return reply.getHeader().getFlag(Flags.AA);
  }

  /** Whether it says something about the name: here are its records, or there are none. */
  public static boolean conclusive(Message reply) {
    return reply.getRcode() == Rcode.NOERROR || reply.getRcode() == Rcode.NXDOMAIN;
  }

  /** What the name is an alias of, if it is one. */
  public static Optional<String> alias(Message reply, String name) {
    return next(reply, DnsNames.absolute(name)).map(DnsNames::text);
  }

  /** The records of the key in the answer; none if there are none. */
  public static RrSet rrSet(Message reply, RecordKey key) {
    ImmutableList<Record> records =
        answers(reply, DnsNames.absolute(key.name()), number(key.type()));
    // Records of one set have one TTL (RFC 2181, section 5.2); where they don't, the least counts.
    long ttl = records.stream().mapToLong(Record::getTTL).min().orElse(0);
    return RrSet.of(
        key,
        Duration.ofSeconds(ttl),
        records.stream()
            .map(record -> InetAddresses.toAddrString(address(record)))
            .collect(toImmutableList()));
  }

  /** The addresses that a name leads to, along its aliases as far as the reply shows them. */
  static ImmutableList<InetAddress> addresses(Message reply, String name, RecordType type) {
    Name at = DnsNames.absolute(name);
    // A chain in one reply can't be longer than the reply; a ring ends here too.
    for (int hops = reply.getSection(Section.ANSWER).size(); hops > 0; hops--) {
      Optional<Name> next = next(reply, at);
      if (next.isEmpty()) {
        break;
      }
      at = next.get();
    }
    return answers(reply, at, number(type)).stream()
        .map(Answers::address)
        .collect(toImmutableList());
  }

  /** The records of a name and type in the answer section. */
  static ImmutableList<Record> answers(Message reply, Name name, int type) {
    return reply.getSection(Section.ANSWER).stream()
        .filter(
            record ->
                record.getName().equals(name)
                    && record.getType() == type
                    && record.getDClass() == DClass.IN)
        .collect(toImmutableList());
  }

  private static Optional<Name> next(Message reply, Name name) {
    return answers(reply, name, Type.CNAME).stream()
        .findFirst()
        .map(record -> ((CNAMERecord) record).getTarget());
  }

  private static InetAddress address(Record record) {
    return switch (record) {
      case ARecord a -> a.getAddress();
      case AAAARecord aaaa -> aaaa.getAddress();
      default -> throw new IllegalArgumentException(record + " holds no address");
    };
  }
}
