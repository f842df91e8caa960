package io.relais.failover.change;

import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.cloudflare.CloudflareSettings;
import io.relais.failover.dns.cloudflare.CloudflareZone;
import io.relais.failover.net.JdkHttpCaller;
import io.relais.testbed.ManualClock;
import io.relais.testbed.provider.CloudflareSimulator;
import io.relais.testbed.provider.CloudflareSimulator.Fault;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A name whose servers answer with the provider's own addresses: its API's word counts. */
final class ProxiedRecordsTest {
  private static final String ZONE = "example.org";
  private static final BackupAddresses BACKUP = ChangeBed.backup("198.51.100.20", "");

  @TempDir private Path directory;
  private CloudflareSimulator cloudflare;
  private final ManualClock clock = new ManualClock();
  private RecordChanger changer;

  @BeforeEach
  void start() throws IOException {
    cloudflare = CloudflareSimulator.start(ZONE);
    cloudflare.add("www.example.org", "A", "203.0.113.10", 1, true);
    cloudflare.add("example.org", "A", "203.0.113.10", 300);
    DnsProvider provider =
        CloudflareZone.of(
            new CloudflareSettings(
                cloudflare.endpoint(),
                cloudflare.token(),
                ImmutableMap.of(),
                Duration.ofSeconds(10)),
            new JdkHttpCaller(),
            clock);
    ChangeSettings settings =
        new ChangeSettings(
            ImmutableList.of("www.example.org", "example.org"),
            ImmutableSet.of(InetAddresses.forString("203.0.113.10")),
            Optional.of(Duration.ofSeconds(60)),
            ChangeBed.AGAIN);
    changer =
        new RecordChanger(directory.resolve("journal.json"), settings, provider, new Edge(), clock);
  }

  @AfterEach
  void stop() {
    cloudflare.close();
  }

  @Test
  void standsWhereTheRecordsPointAndSaysWhyDnsDiffers() throws Exception {
    RecordLocation location = changer.location(Optional.of(BACKUP));

    assertThat(location.place()).as(location.detail()).isEqualTo(RecordPlace.PRODUCTION);
    assertThat(location.detail()).contains("www.example.org: proxied, so DNS does not tell");
  }

  @Test
  void standsElsewhereIfSomebodyElseChangedTheRecord() throws Exception {
    cloudflare.remove("www.example.org", "A");
    cloudflare.add("www.example.org", "A", "192.0.2.99", 1, true);

    assertThat(changer.location(Optional.of(BACKUP)).place()).isEqualTo(RecordPlace.FOREIGN);
  }

  @Test
  void isVerifiedByTheApiWhereProxiedAndByTheServersWhereNot() throws Exception {
    Outcome outcome = changer.begin(ChangeKind.SWITCH, BACKUP);

    assertThat(outcome).isInstanceOf(Outcome.Verified.class);
    assertThat(((Outcome.Verified) outcome).detail())
        .contains("Cloudflare has it: www.example.org is proxied");
    assertThat(cloudflare.lines())
        .containsExactly(
            "example.org 60 A 198.51.100.20", "www.example.org 1 A 198.51.100.20 proxied");
    assertThat(changer.location(Optional.of(BACKUP)).place()).isEqualTo(RecordPlace.BACKUP);

    assertThat(changer.begin(ChangeKind.FAIL_BACK, BackupAddresses.NONE))
        .isInstanceOf(Outcome.Verified.class);
    assertThat(cloudflare.lines())
        .containsExactly(
            "example.org 300 A 203.0.113.10", "www.example.org 1 A 203.0.113.10 proxied");
  }

  @Test
  void goesOnAfterALostAnswer() throws Exception {
    cloudflare.inject(line -> line.startsWith("PATCH "), Fault.LOSE_REPLY);

    assertThat(changer.begin(ChangeKind.SWITCH, BACKUP)).isInstanceOf(Outcome.Retrying.class);
    assertThat(changer.advance()).isInstanceOf(Outcome.Published.class);
    clock.advance(ChangeBed.AGAIN);
    assertThat(changer.advance()).isInstanceOf(Outcome.Verified.class);
  }

  /** Cloudflare's servers: for a proxied name they answer with addresses of their own. */
  private final class Edge implements Authority {
    @Override
    public String zoneOf(String name) {
      return ZONE;
    }

    @Override
    public ImmutableList<ServerAnswer> ask(String zone, ImmutableSet<RecordKey> keys) {
      return ImmutableList.of(
          new ServerAnswer(
              "ns1.cloudflare.example (192.0.2.53)",
              "UDP",
              keys.stream().collect(toImmutableMap(key -> key, this::answer)),
              Optional.empty()));
    }

    private RrSet answer(RecordKey key) {
      boolean proxied =
          cloudflare.lines().stream()
              .anyMatch(line -> line.startsWith(key.name() + " ") && line.endsWith(" proxied"));
      if (proxied) {
        String own = key.type() == RecordType.A ? "104.16.1.1" : "2606:4700::1";
        return RrSet.of(key, Duration.ofMinutes(5), List.of(own));
      }
      return RrSet.of(
          key,
          Duration.ofMinutes(1),
          cloudflare.lines().stream()
              .filter(line -> line.matches("\\Q" + key.name() + "\\E [0-9]+ " + key.type() + " .*"))
              .map(line -> line.substring(line.lastIndexOf(' ') + 1))
              .toList());
    }
  }
}
