package io.relais.failover.dns.rfc2136;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.Clocks;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import java.time.Clock;
import java.time.Duration;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/**
 * Tries what a switch needs. The right to update is tried by updates that change nothing: under the
 * condition that the records are what they are, to delete one that isn't among them, or a set that
 * isn't there (RFC 2136, section 3.4.2.4: what is not there is no error). To add those very records
 * again would not do, since a condition says nothing of the TTL (2.4.2), which somebody else may
 * have just changed. BIND 9.18 and Knot DNS 3.2 check the key's rights for such an update as for
 * any other, and leave the zone's serial number as it is.
 */
final class RightsCheck {
  /** A fifth of what signatures tolerate. */
  private static final Duration CLOCK_WARNING = Duration.ofMinutes(1);

  private final SignedCalls calls;
  private final ZoneReader reader;
  private final Clock clock;

  RightsCheck(SignedCalls calls, ZoneReader reader, Clock clock) {
    this.calls = calls;
    this.reader = reader;
    this.clock = clock;
  }

  ImmutableList<Check> run(String zone, ImmutableSet<RecordKey> keys, boolean questionsOnly)
      throws InterruptedException {
    ImmutableList.Builder<Check> checks = ImmutableList.builder();
    try {
      Message reply = reader.requireAuthoritative(zone);
      checks.add(
          Check.ok("name server", calls.server() + " holds " + zone + " and takes our signature"));
      checks.add(clocks(reply));
    } catch (DnsProviderException e) {
      return checks.add(Check.of("name server", e)).build();
    }
    for (RecordKey key : keys) {
      checks.addAll(records(zone, key, questionsOnly));
    }
    return checks.build();
  }

  private Check clocks(Message reply) {
    Duration ahead = Duration.between(reply.getTSIG().getTimeSigned(), clock.instant());
    String detail = Clocks.compared(ahead, "the server's");
    return ahead.abs().compareTo(CLOCK_WARNING) <= 0
        ? Check.ok("name server's clock", detail)
        : Check.warning(
            "name server's clock",
            detail
                + ": beyond 300 s a signature is only good by the server's own time; let NTP keep"
                + " both right");
  }

  private ImmutableList<Check> records(String zone, RecordKey key, boolean questionsOnly)
      throws InterruptedException {
    String right = "right to update " + key;
    try {
      RrSet current = reader.read(key);
      Check found = Check.ok("records of " + key, current.toString());
      if (questionsOnly) {
        return ImmutableList.of(found, Check.ok(right, "not tried: no update is sent"));
      }
      return ImmutableList.of(found, tried(zone, current, right));
    } catch (DnsProviderException e) {
      return ImmutableList.of(Check.of("records of " + key, e));
    }
  }

  private Check tried(String zone, RrSet current, String right) throws InterruptedException {
    String what = "update " + current.key() + " without a change";
    var update = new UpdateMessages(zone);
    update.require(current);
    update.deleteNothing(current);
    try {
      int code = calls.send(update.message(), what).getRcode();
      return switch (code) {
        case Rcode.NOERROR -> Check.ok(right, "an update without a change was accepted");
        case Rcode.NXRRSET -> Check.of(right, calls.failures().notOfItsOwn(what));
        default -> Check.of(right, calls.failures().code(what, code));
      };
    } catch (DnsProviderException e) {
      return Check.of(right, e);
    }
  }
}
