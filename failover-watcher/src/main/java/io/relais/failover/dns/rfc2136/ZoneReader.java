package io.relais.failover.dns.rfc2136;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.lookup.Answers;
import java.util.Optional;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Reads records from the server that is updated, by signed questions. */
final class ZoneReader {
  private final SignedCalls calls;

  ZoneReader(SignedCalls calls) {
    this.calls = calls;
  }

  ImmutableList<RrSet> read(String zone, ImmutableSet<RecordKey> keys)
      throws DnsProviderException, InterruptedException {
    requireAuthoritative(zone);
    ImmutableList.Builder<RrSet> sets = ImmutableList.builder();
    for (RecordKey key : keys) {
      sets.add(read(key));
    }
    return sets.build();
  }

  /**
   * The reply to a question for the zone's SOA record.
   *
   * @throws DnsProviderException kind {@code REFUSED} if the server does not hold the zone
   */
  Message requireAuthoritative(String zone) throws DnsProviderException, InterruptedException {
    String what = "read " + zone + " SOA";
    Message reply = ask(Answers.question(zone, Type.SOA), what);
    if (!Answers.authoritative(reply)
        || reply.getSection(Section.ANSWER).stream().noneMatch(ZoneReader::isStart)) {
      throw calls.failures().notAuthoritative(what, zone);
    }
    return reply;
  }

  private static boolean isStart(Record record) {
    return record.getType() == Type.SOA;
  }

  /**
   * One set.
   *
   * @throws DnsProviderException kind {@code CONFLICT} too if the name is an alias
   */
  RrSet read(RecordKey key) throws DnsProviderException, InterruptedException {
    String what = "read " + key;
    Message reply = ask(Answers.question(key.name(), Answers.number(key.type())), what);
    Optional<String> alias = Answers.alias(reply, key.name());
    if (alias.isPresent()) {
      throw DnsProviderException.alias(key.name(), alias.get());
    }
    if (!Answers.authoritative(reply)) {
      throw calls.failures().notAuthoritative(what, "that " + key.name() + " is in");
    }
    return Answers.rrSet(reply, key);
  }

  private Message ask(Message question, String what)
      throws DnsProviderException, InterruptedException {
    Message reply = calls.send(question, what);
    if (!Answers.conclusive(reply)) {
      throw calls.failures().code(what, reply.getRcode());
    }
    return reply;
  }
}
