package io.relais.failover.change;

import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;
import static io.relais.failover.dns.RecordType.AAAA;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.failover.dns.InMemoryZone;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.testbed.ManualClock;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Two zones in memory, with the site's names and some that are nobody's business. */
final class ChangeBed {
  static final BackupAddresses FIRST = backup("198.51.100.20", "");
  static final BackupAddresses SECOND = backup("198.51.100.77", "2001:db8:b::77");
  static final Duration AGAIN = Duration.ofSeconds(150);

  final InMemoryZone zone = new InMemoryZone("example.org", "example.net");
  final ManualClock clock = new ManualClock();
  final Path file;
  ChangeSettings settings =
      settings(Optional.of(Duration.ofSeconds(60)), "203.0.113.10", "203.0.113.11", "2001:db8::10");

  ChangeBed(Path directory) {
    this.file = directory.resolve("change.json");
    zone.put(set("www.example.org", A, 3600, "203.0.113.10", "203.0.113.11"));
    zone.put(set("www.example.org", AAAA, 1800, "2001:db8::10"));
    zone.put(set("example.org", A, 300, "203.0.113.10"));
    zone.put(set("example.net", A, 0, "203.0.113.10"));
    zone.put(set("mail.example.org", A, 3600, "203.0.113.10"));
    zone.put(set("mail.example.org", AAAA, 3600, "2001:db8::99"));
  }

  static ChangeSettings settings(Optional<Duration> ttl, String... production) {
    return new ChangeSettings(
        ImmutableList.of("www.example.org", "example.org", "example.net"),
        ImmutableList.copyOf(production).stream()
            .map(InetAddresses::forString)
            .collect(ImmutableSet.toImmutableSet()),
        ttl,
        AGAIN);
  }

  static BackupAddresses backup(String v4, String v6) {
    return new BackupAddresses(address(v4), address(v6));
  }

  private static Optional<InetAddress> address(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(InetAddresses.forString(text));
  }

  /** The program starts, or starts again. */
  RecordChanger open() throws IOException {
    return new RecordChanger(file, settings, zone, zone.authority(), clock);
  }

  /** Time passes, and what was late arrives. */
  void pass(Duration time) {
    zone.arrive();
    clock.advance(time);
  }

  /** How many records are stored beyond those that make up the sets: equal ones. */
  int twins() {
    return zone.size() - zone.stored().values().stream().mapToInt(set -> set.values().size()).sum();
  }

  /** Goes on, as time passes, until the change is over. */
  Outcome finish(RecordChanger changer, Outcome first) throws IOException, InterruptedException {
    Outcome outcome = first;
    for (int i = 0; i < 5 && !(outcome instanceof Outcome.Verified); i++) {
      pass(AGAIN);
      outcome = changer.advance();
    }
    return outcome;
  }

  /** What is stored when all names are at the backup, from what was stored before. */
  static ImmutableMap<RecordKey, RrSet> moved(
      ImmutableMap<RecordKey, RrSet> before, ChangeSettings settings, BackupAddresses backup) {
    ImmutableMap.Builder<RecordKey, RrSet> moved = ImmutableMap.builder();
    RecordSets found = new RecordSets(before);
    before.forEach(
        (key, set) -> {
          if (!settings.names().contains(key.name())) {
            moved.put(key, set);
          }
        });
    for (String name : settings.names()) {
      for (RecordKey key : RecordSets.keys(name)) {
        backup
            .of(key.type().family())
            .ifPresent(
                address ->
                    moved.put(
                        key,
                        RrSet.of(
                            key,
                            settings.ttl().orElseGet(() -> found.ttl(key)),
                            ImmutableList.of(InetAddresses.toAddrString(address)))));
      }
    }
    return moved.buildOrThrow();
  }
}
