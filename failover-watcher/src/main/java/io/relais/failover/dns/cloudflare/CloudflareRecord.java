package io.relais.failover.dns.cloudflare;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.net.InetAddresses;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.api.StoredRecord;
import io.relais.failover.net.IpFamily;
import java.util.Locale;
import java.util.Optional;

/**
 * A record as Cloudflare keeps it.
 *
 * @param value the address in its canonical text
 * @param ttl seconds; {@link #AUTOMATIC} is Cloudflare's own choice
 * @param proxied whether visitors are sent to Cloudflare, which asks the address for them
 */
record CloudflareRecord(String id, String value, long ttl, boolean proxied)
    implements StoredRecord {
  /** Five minutes by now; the only one that a proxied record has. */
  static final long AUTOMATIC = 1;

  private static final long SMALLEST_TTL = 60;
  private static final long LARGEST_TTL = 86_400;

  /**
   * What a TTL becomes, in its own numbers.
   *
   * @param ttl in seconds; zero for the automatic one
   */
  static long effective(long ttl, boolean proxied) {
    return ttl == 0 || proxied ? AUTOMATIC : Math.clamp(ttl, SMALLEST_TTL, LARGEST_TTL);
  }

  /** The TTL in the words of the port: zero for the automatic one. */
  long seconds() {
    return ttl == AUTOMATIC ? 0 : ttl;
  }

  /** Whether what the API shows is of a name, whatever it was asked for. */
  static boolean isOf(JsonNode json, String name) {
    return json.path("name").asText("").toLowerCase(Locale.ROOT).equals(name);
  }

  static boolean isOf(JsonNode json, RecordKey key) {
    return isOf(json, key.name()) && json.path("type").asText("").equals(key.type().name());
  }

  static boolean isProxied(JsonNode json) {
    return json.path("proxied").asBoolean(false);
  }

  /**
   * Reads one.
   *
   * @return empty if it isn't of the published form, or its content is not an address of that type
   */
  static Optional<CloudflareRecord> read(JsonNode json, RecordKey key) {
    String id = json.path("id").asText("");
    String content = json.path("content").asText("").strip();
    if (!id.matches("[A-Za-z0-9]{1,64}") || !InetAddresses.isInetAddress(content)) {
      return Optional.empty();
    }
    var address = InetAddresses.forString(content);
    if (IpFamily.of(address) != key.type().family()) {
      return Optional.empty();
    }
    return Optional.of(
        new CloudflareRecord(
            id,
            InetAddresses.toAddrString(address),
            Math.max(AUTOMATIC, json.path("ttl").asLong(AUTOMATIC)),
            isProxied(json)));
  }
}
