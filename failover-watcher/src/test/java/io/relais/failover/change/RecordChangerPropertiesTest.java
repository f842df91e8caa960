package io.relais.failover.change;

import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;
import static io.relais.failover.dns.RecordType.AAAA;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.dns.InMemoryZone.Interceptor;
import io.relais.failover.dns.Killed;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A seed that fails is printed; {@code -Drelais.seed=N} begins with it. */
final class RecordChangerPropertiesTest {
  private static final int LIVES = 150;
  private static final int EVENTS = 25;
  private static final String FOREIGN = "192.0.2.66";
  private static final ImmutableList<BackupAddresses> BACKUPS =
      ImmutableList.of(ChangeBed.FIRST, ChangeBed.SECOND, ChangeBed.backup("", "2001:db8:b::3"));

  @TempDir private Path directory;

  @Test
  void endsInARightZoneAfterAnyLife() throws Exception {
    long first = Long.getLong("relais.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));
    System.out.println("relais.seed=" + first);
    for (long seed = first; seed < first + LIVES; seed++) {
      try {
        new Life(new Random(seed), Files.createDirectory(directory.resolve("" + seed))).live();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("-Drelais.seed=" + seed + ": " + e.getMessage(), e);
      }
    }
  }

  /** One journal's life. */
  private static final class Life {
    private final Random random;
    private final ChangeBed bed;
    private final ImmutableMap<RecordKey, RrSet> found;
    private final List<RecordKey> foreign = new ArrayList<>();
    private RecordChanger changer;
    private BackupAddresses backup = ChangeBed.FIRST;

    Life(Random random, Path directory) throws IOException {
      this.random = random;
      this.bed = new ChangeBed(directory);
      if (random.nextBoolean()) {
        bed.settings =
            ChangeBed.settings(Optional.empty(), "203.0.113.10", "203.0.113.11", "2001:db8::10");
      }
      vary("example.org");
      vary("example.net");
      this.found = bed.zone.stored();
      this.changer = bed.open();
    }

    /** IPv4 only, IPv6 only, or both; with any TTL. */
    private void vary(String name) {
      int kind = random.nextInt(3);
      int ttl = 30 * random.nextInt(100);
      bed.zone.put(
          kind == 0 ? set(name, A, ttl) : set(name, A, ttl, "203.0.113.10", "203.0.113.11"));
      bed.zone.put(kind == 1 ? set(name, AAAA, ttl) : set(name, AAAA, ttl + 1, "2001:db8::10"));
    }

    void live() throws IOException, InterruptedException {
      for (int i = 0; i < EVENTS; i++) {
        bed.zone.intercept(random.nextInt(3) == 0 ? new Interceptor() {} : faults());
        try {
          check(event());
        } catch (Killed e) {
          changer = bed.open();
        }
        assertOthersUntouched();
      }
      mend();
      assertThat(insist(ChangeKind.SWITCH)).isInstanceOf(Outcome.Verified.class);
      assertStored(ChangeBed.moved(found, bed.settings, backup));
      assertThat(insist(ChangeKind.FAIL_BACK)).isInstanceOf(Outcome.Verified.class);
      assertStored(found);
      assertThat(bed.twins()).isZero();
      assertThat(bed.zone.served("ns1")).isEqualTo(bed.zone.served("ns2")).isEqualTo(found);
      assertThat(bed.open().switched()).isFalse();
    }

    private Optional<Outcome> event() throws IOException, InterruptedException {
      return switch (random.nextInt(13)) {
        case 0, 1 -> Optional.of(changer.begin(ChangeKind.SWITCH, backup));
        case 2 -> Optional.of(changer.begin(ChangeKind.FAIL_BACK, backup));
        case 3 -> {
          backup = BACKUPS.get(random.nextInt(BACKUPS.size()));
          yield Optional.of(changer.begin(ChangeKind.FOLLOW, backup));
        }
        case 4, 5, 6 -> Optional.of(changer.advance());
        case 7 -> Optional.of(changer.undo());
        case 8 -> {
          changer.location(Optional.of(backup));
          changer = bed.open();
          yield Optional.empty();
        }
        case 9 -> {
          bed.pass(Duration.ofSeconds(random.nextInt(200)));
          yield Optional.empty();
        }
        case 11 -> {
          bed.zone.arrive();
          yield Optional.empty();
        }
        case 10 -> {
          bed.zone.deploysAtOnce(random.nextBoolean());
          bed.zone.deployTo("ns" + (1 + random.nextInt(2)));
          yield Optional.empty();
        }
        default -> {
          meddle();
          yield Optional.empty();
        }
      };
    }

    private Interceptor faults() {
      return new Interceptor() {
        @Override
        public void before(Call call) throws DnsProviderException {
          fall();
        }

        @Override
        public void after(Call call) throws DnsProviderException {
          fall();
        }

        // A request is carried out after it was given up, but not after any time.
        @Override
        public boolean isLate() {
          return random.nextInt(20) == 0;
        }

        private void fall() throws DnsProviderException {
          switch (random.nextInt(40)) {
            case 0 -> throw new Killed();
            case 1 -> throw DnsProviderException.retry("timed out", null);
            case 2 -> throw DnsProviderException.refused("not granted", null);
            default -> {}
          }
        }
      };
    }

    /** A person adds an address to one of the site's sets, or takes all such out again. */
    private void meddle() {
      if (foreign.isEmpty()) {
        String name = bed.settings.names().get(random.nextInt(3));
        RrSet set = new RecordSets(bed.zone.stored()).get(new RecordKey(name, RecordType.A));
        foreign.add(set.key());
        bed.zone.edit(with(set, true));
      } else {
        tidy();
      }
    }

    private void tidy() {
      foreign.forEach(
          key -> bed.zone.edit(with(new RecordSets(bed.zone.stored()).get(key), false)));
      foreign.clear();
    }

    private static RrSet with(RrSet set, boolean meddled) {
      var values = ImmutableSortedSet.<String>naturalOrder();
      set.values().stream().filter(value -> !value.equals(FOREIGN)).forEach(values::add);
      if (meddled) {
        values.add(FOREIGN);
      }
      return RecordSets.withValues(set, set.ttl(), values.build());
    }

    private void check(Optional<Outcome> outcome) {
      if (outcome.filter(Outcome.Verified.class::isInstance).isPresent()) {
        assertThat(changer.underWay()).isEmpty();
        assertThat(bed.zone.arrive()).as("requests that nobody looks after").isZero();
        assertThat(bed.twins()).isZero();
        for (String name : bed.settings.names()) {
          assertThat(new RecordSets(bed.zone.served("ns1")).isEmpty(name)).isFalse();
        }
        assertThat(values(bed.zone.served("ns1"))).isEqualTo(values(bed.zone.served("ns2")));
      }
    }

    private void assertOthersUntouched() {
      for (RecordType type : RecordType.values()) {
        var key = new RecordKey("mail.example.org", type);
        assertThat(bed.zone.stored().get(key)).isEqualTo(found.get(key));
      }
      foreign.forEach(
          key -> assertThat(new RecordSets(bed.zone.stored()).get(key).values()).contains(FOREIGN));
    }

    private void mend() throws IOException {
      bed.zone.intercept(new Interceptor() {});
      bed.zone.arrive();
      bed.zone.deploysAtOnce(true);
      bed.zone.deploy();
      tidy();
      changer = bed.open();
    }

    private Outcome insist(ChangeKind kind) throws IOException, InterruptedException {
      return bed.finish(changer, changer.begin(kind, backup));
    }

    /** A TTL that is kept is that which the last change found, so it is not compared. */
    private void assertStored(ImmutableMap<RecordKey, RrSet> expected) {
      if (bed.settings.ttl().isPresent() || expected.equals(found)) {
        assertThat(bed.zone.stored()).isEqualTo(expected);
      } else {
        assertThat(values(bed.zone.stored())).isEqualTo(values(expected));
      }
    }

    private static ImmutableMap<RecordKey, ImmutableSortedSet<String>> values(
        ImmutableMap<RecordKey, RrSet> sets) {
      return sets.entrySet().stream()
          .collect(ImmutableMap.toImmutableMap(e -> e.getKey(), e -> e.getValue().values()));
    }
  }
}
