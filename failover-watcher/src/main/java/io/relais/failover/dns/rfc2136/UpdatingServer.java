package io.relais.failover.dns.rfc2136;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import io.relais.failover.dns.lookup.StubResolver;
import java.time.Clock;
import java.time.Duration;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/**
 * A primary name server that takes dynamic updates (RFC 2136) signed by TSIG (RFC 8945): BIND, Knot
 * DNS, PowerDNS and others.
 *
 * <p>A change is one message, which the server carries out whole or not at all, under the condition
 * that the records still are what was read just before. So nobody's change is overwritten, and a
 * reply that got lost does no harm: the next try finds the change done.
 */
public final class UpdatingServer implements DnsProvider {
  private final SignedCalls calls;
  private final ZoneReader reader;
  private final RightsCheck check;

  /**
   * Makes one; connects to nothing.
   *
   * @param server the zone's primary; port 53 if it has none
   * @param timeout of one exchange with it; a change takes three or more
   * @param resolver finds the address of a server that is given by name
   * @param clock the time that signatures carry
   */
  public UpdatingServer(
      HostAndPort server, TsigKey key, Duration timeout, StubResolver resolver, Clock clock) {
    this.calls = new SignedCalls(server, key, timeout, resolver, clock);
    this.reader = new ZoneReader(calls);
    this.check = new RightsCheck(calls, reader, clock);
  }

  @Override
  public ImmutableList<RrSet> read(String zone, ImmutableSet<RecordKey> keys)
      throws DnsProviderException, InterruptedException {
    return reader.read(zone, keys);
  }

  @Override
  public void apply(ZoneChange change) throws DnsProviderException, InterruptedException {
    ImmutableList<Step> steps = stepsLeft(change);
    if (steps.isEmpty()) {
      return;
    }
    String what = "update " + names(steps);
    int code = calls.send(message(change.zone(), steps), what).getRcode();
    switch (code) {
      case Rcode.NOERROR -> {}
      case Rcode.NXRRSET, Rcode.YXRRSET, Rcode.NXDOMAIN, Rcode.YXDOMAIN ->
          requireDoneByAnother(change, steps, what);
      default -> throw calls.failures().code(what, code);
    }
  }

  /** Between reading and writing somebody changed something: perhaps a former try of ours. */
  private void requireDoneByAnother(ZoneChange change, ImmutableList<Step> steps, String what)
      throws DnsProviderException, InterruptedException {
    ImmutableList<Step> left = stepsLeft(change);
    if (left.equals(steps)) {
      throw calls.failures().notOfItsOwn(what);
    }
    if (!left.isEmpty()) {
      throw calls.failures().keepsChanging(what);
    }
  }

  /** From what is there now to what is to be. */
  private record Step(RrSet current, RrSet after) {}

  private ImmutableList<Step> stepsLeft(ZoneChange change)
      throws DnsProviderException, InterruptedException {
    reader.requireAuthoritative(change.zone());
    ImmutableList.Builder<Step> steps = ImmutableList.builder();
    for (Replacement replacement : change.replacements()) {
      RrSet current = reader.read(replacement.after().key());
      requireOurs(replacement, current);
      if (!current.equals(replacement.after())) {
        steps.add(new Step(current, replacement.after()));
      }
    }
    return steps.build();
  }

  private static void requireOurs(Replacement replacement, RrSet current)
      throws DnsProviderException {
    var strangers = replacement.strangers(current);
    if (!strangers.isEmpty()) {
      throw DnsProviderException.conflict(
          String.format(
              "%s holds %s, which is neither what was there nor what is to be (%s): somebody else"
                  + " changed it; look at the zone and decide",
              current.key(), Joiner.on(", ").join(strangers), replacement.after()));
    }
  }

  private static Message message(String zone, ImmutableList<Step> steps) {
    var update = new UpdateMessages(zone);
    for (Step step : steps) {
      update.require(step.current());
      update.replace(step.after());
    }
    return update.message();
  }

  private static String names(ImmutableList<Step> steps) {
    return Joiner.on(", ").join(steps.stream().map(step -> step.after().key()).iterator());
  }

  /** Nothing to do: the server serves what it took, and notifies its secondaries itself. */
  @Override
  public void publish(String zone) {}

  @Override
  public ImmutableList<Check> check(
      String zone, ImmutableSet<RecordKey> keys, boolean questionsOnly)
      throws InterruptedException {
    return check.run(zone, keys, questionsOnly);
  }

  @Override
  public String describe() {
    return calls.server() + " (RFC 2136)";
  }
}
