package io.relais.failover.dns.rfc2136;

import com.google.common.net.HostAndPort;
import io.relais.failover.dns.DnsProviderException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TSIGRecord;

/** What a server's refusal means, and what the user should do (RFC 2136, 2.2; RFC 8945, 5.2). */
final class UpdateFailures {
  private static final int TIME_BYTES = 6;

  private final HostAndPort server;
  private final TsigKey key;
  private final Clock clock;

  UpdateFailures(HostAndPort server, TsigKey key, Clock clock) {
    this.server = server;
    this.key = key;
    this.clock = clock;
  }

  /** No reply: whether an update was carried out is open. */
  DnsProviderException unanswered(String what, String reason, Throwable cause) {
    return DnsProviderException.retry(prefix(what) + reason, cause);
  }

  /** The reply isn't signed as it must be: somebody between, or a server that is out of order. */
  DnsProviderException untrusted(String what) {
    return retry(
        what,
        "its reply is not signed with the key '"
            + key.name()
            + "', so it is not believed; is something between here and the server?");
  }

  /** An error of TSIG. */
  DnsProviderException badKey(String what, TSIGRecord theirs) {
    return switch (theirs.getError()) {
      case Rcode.BADKEY -> refused(what, unknownKey());
      case Rcode.BADSIG ->
          refused(
              what,
              String.format(
                  "it knows the key %s, but with another secret (or algorithm): correct key_file in"
                      + " [dns.rfc2136]",
                  key));
      case Rcode.BADTIME -> retry(what, clocks(theirs));
      default ->
          refused(what, String.format("it answers %s to the key %s", tsig(theirs.getError()), key));
    };
  }

  /** Knot DNS says the same of a key that it knows and that no acl lets do this. */
  private String unknownKey() {
    return String.format(
        "it does not know the key %s, or does not let it do this: add the key there (Knot DNS: and"
            + " an acl for it, with action = [query, update]), or correct key_name or key_algorithm in"
            + " [dns.rfc2136]",
        key);
  }

  private String clocks(TSIGRecord theirs) {
    String difference =
        serverTime(theirs)
            .map(time -> Duration.between(time, clock.instant()).toSeconds())
            .map(
                seconds ->
                    String.format(
                        "our clock is %d s %s the server's",
                        Math.abs(seconds), seconds < 0 ? "behind" : "ahead of"))
            .orElse("our clock and the server's differ by more than 5 min");
    return difference + ": set the wrong one, and let it be kept right (NTP)";
  }

  /** 48 bits of seconds (RFC 8945, section 5.2.3). */
  static Optional<Instant> serverTime(TSIGRecord record) {
    byte @Nullable [] other = record.getOther();
    return other == null || other.length != TIME_BYTES
        ? Optional.empty()
        : Optional.of(
            Instant.ofEpochSecond(
                ByteBuffer.allocate(Long.BYTES).putShort((short) 0).put(other).flip().getLong()));
  }

  /** An error code of a reply to a question or an update. */
  DnsProviderException code(String what, int code) {
    return switch (code) {
      case Rcode.REFUSED ->
          refused(
              what,
              String.format(
                  "it refuses: give the key '%s' the right (BIND: allow-update or update-policy, and"
                      + " allow-query; Knot DNS: an acl with action = [query, update])",
                  key.name()));
      case Rcode.NOTAUTH ->
          refused(what, "it is not authoritative for the zone: correct server or zones in [dns]");
      case Rcode.NOTZONE -> refused(what, "a name is not in the zone: correct zones in [dns]");
      case Rcode.NOTIMP ->
          refused(what, "it takes no dynamic updates: name the zone's primary server");
      case Rcode.FORMERR -> refused(what, "it does not understand the message (FORMERR)");
      case Rcode.SERVFAIL ->
          retry(what, "it fails (SERVFAIL): its log says why; can it write the zone's journal?");
      default -> retry(what, "it answers " + Rcode.string(code));
    };
  }

  DnsProviderException notAuthoritative(String what, String zone) {
    return refused(
        what,
        "it is not authoritative for the zone " + zone + ": correct server or zones in [dns]");
  }

  /** A wildcard answers for names that aren't there (RFC 4592), and meets no condition of one. */
  DnsProviderException notOfItsOwn(String what) {
    return refused(
        what,
        "it shows the records, and says that they are not there: a wildcard (*) answers for the"
            + " name, or the key sees another view of the zone; give the name records of its own");
  }

  DnsProviderException keepsChanging(String what) {
    return retry(what, "somebody else changes the records at the same time");
  }

  private DnsProviderException refused(String what, String why) {
    return DnsProviderException.refused(prefix(what) + why, null);
  }

  private DnsProviderException retry(String what, String why) {
    return DnsProviderException.retry(prefix(what) + why, null);
  }

  private String prefix(String what) {
    return server + ", asked to " + what + ": ";
  }

  /** 16 to 18 mean something else outside TSIG. */
  private static String tsig(int error) {
    return Rcode.TSIGstring(error);
  }
}
