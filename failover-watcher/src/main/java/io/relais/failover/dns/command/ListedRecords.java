package io.relais.failover.dns.command;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.net.IpFamily;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a program listed, with every record as often as it is there. */
final class ListedRecords {
  private static final long LARGEST_TTL = Integer.MAX_VALUE;

  private final ImmutableList<Entry> entries;

  private ListedRecords(ImmutableList<Entry> entries) {
    this.entries = entries;
  }

  /**
   * One record.
   *
   * @param name in lower case, without the dot at the end
   * @param value as it was listed
   * @param ttl in seconds; zero for the zone's default
   */
  private record Entry(String name, String type, String value, long ttl) {}

  /** Reads a reply; empty if it does not have the form. */
  static Optional<ListedRecords> read(JsonNode reply) {
    JsonNode records = reply.path("records");
    if (!records.isArray()) {
      return Optional.empty();
    }
    List<Entry> entries = new ArrayList<>();
    for (JsonNode record : records) {
      JsonNode ttl = record.path("ttl");
      boolean whole = ttl.isIntegralNumber() && ttl.canConvertToLong();
      if (!record.path("name").isTextual()
          || !record.path("type").isTextual()
          || !record.path("value").isTextual()
          || !(whole || ttl.isMissingNode() || ttl.isNull())) {
        return Optional.empty();
      }
      entries.add(
          new Entry(
              name(record.path("name").asText()),
              record.path("type").asText().toUpperCase(Locale.ROOT),
              record.path("value").asText().strip(),
              Math.clamp(ttl.asLong(0), 0, LARGEST_TTL)));
    }
    return Optional.of(new ListedRecords(ImmutableList.copyOf(entries)));
  }

  private static String name(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  /**
   * The set of one key; of different TTLs the smallest.
   *
   * @throws DnsProviderException conflict, if the name is an alias, or a value no address
   */
  RrSet set(RecordKey key) throws DnsProviderException {
    for (Entry entry : entries) {
      if (entry.name().equals(key.name()) && entry.type().equals("CNAME")) {
        throw DnsProviderException.alias(key.name(), entry.value());
      }
    }
    ImmutableList<Entry> own = of(key);
    for (Entry entry : own) {
      if (!isAddress(entry.value(), key)) {
        throw DnsProviderException.conflict(
            "a record of "
                + key
                + " holds no address but "
                + Printable.quoted(entry.value())
                + "; correct it at the provider, or the program that lists it");
      }
    }
    long ttl = own.stream().mapToLong(Entry::ttl).min().orElse(0);
    return RrSet.of(key, Duration.ofSeconds(ttl), own.stream().map(Entry::value).toList());
  }

  /** Whether a key has exactly the values of a set, each once. */
  boolean hasExactly(RrSet set) throws DnsProviderException {
    return set(set.key()).values().equals(set.values())
        && of(set.key()).size() == set.values().size();
  }

  private ImmutableList<Entry> of(RecordKey key) {
    return entries.stream()
        .filter(entry -> entry.name().equals(key.name()) && entry.type().equals(key.type().name()))
        .collect(toImmutableList());
  }

  private static boolean isAddress(String text, RecordKey key) {
    return InetAddresses.isInetAddress(text)
        && IpFamily.of(InetAddresses.forString(text)) == key.type().family();
  }
}
