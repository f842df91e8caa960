package io.relais.failover.change;

import static io.relais.failover.change.ChangeBed.AGAIN;
import static io.relais.failover.change.ChangeBed.backup;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ovh.OvhSettings;
import io.relais.failover.dns.ovh.OvhZone;
import io.relais.failover.dns.ovh.SimulatedLogin;
import io.relais.failover.net.JdkHttpCaller;
import io.relais.testbed.ManualClock;
import io.relais.testbed.provider.OvhFault;
import io.relais.testbed.provider.OvhSimulator;
import io.relais.testbed.provider.OvhSimulatorZone;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OVH carries a request out long after it was given up, and sent again. */
final class LateRequestsTest {
  private static final String ZONE = "example.org";
  private static final String NAME = "www.example.org";
  private static final BackupAddresses BACKUP = backup("198.51.100.20", "");

  @TempDir private Path directory;
  private final ManualClock clock = new ManualClock();
  private final CountDownLatch latch = new CountDownLatch(1);
  private OvhSimulator ovh;
  private OvhSimulatorZone zone;
  private RecordChanger changer;

  @BeforeEach
  void start() throws IOException {
    ovh = OvhSimulator.start();
    zone = ovh.zone(ZONE);
    zone.add("www", "A", "203.0.113.10", 3600L);
    zone.add("www", "AAAA", "2001:db8::10", 3600L);
    zone.deployNow();
    zone.deployAfter(Optional.empty());
    changer = open();
  }

  @AfterEach
  void stop() {
    latch.countDown();
    ovh.close();
  }

  @Test
  void anAddressPostedTwiceByAFailBackIsThereOnce() throws Exception {
    change(ChangeKind.SWITCH);
    late("POST");

    assertThat(changer.begin(ChangeKind.FAIL_BACK, BACKUP)).isInstanceOf(Outcome.Retrying.class);
    assertThat(onceVisible().toString()).contains("may still arrive");
    changer = open();
    arrives();
    assertThat(values()).containsExactly("2001:db8::10", "2001:db8::10", "203.0.113.10");
    pass();
    assertThat(changer.advance().toString()).contains("arrived late");

    assertThat(ended()).isInstanceOf(Outcome.Verified.class);
    assertThat(values()).containsExactly("2001:db8::10", "203.0.113.10");
    assertThat(zone.published()).isEqualTo(zone.stored());
  }

  /** The process that sent it is gone: only the journal knows. */
  @Test
  void aKillDoesNotForgetIt() throws Exception {
    change(ChangeKind.SWITCH);
    late("POST");
    changer.begin(ChangeKind.FAIL_BACK, BACKUP);

    changer = open();
    onceVisible();
    changer = open();
    arrives();
    pass();

    assertThat(ended()).isInstanceOf(Outcome.Verified.class);
    assertThat(values()).containsExactly("2001:db8::10", "203.0.113.10");
    assertThat(zone.published()).isEqualTo(zone.stored());
  }

  /** The next change overtakes it: what it writes then is not what is to be. */
  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE"})
  void whatArrivesDuringTheNextChangeIsPutRight(String method) throws Exception {
    late(method);
    assertThat(changer.begin(ChangeKind.SWITCH, BACKUP)).isInstanceOf(Outcome.Retrying.class);

    changer.begin(ChangeKind.SWITCH, backup("198.51.100.77", ""));
    assertThat(onceVisible().toString()).contains("may still arrive");
    arrives();
    pass();

    assertThat(ended()).isInstanceOf(Outcome.Verified.class);
    assertThat(values()).containsExactly("198.51.100.77");
    assertThat(zone.published()).isEqualTo(zone.stored());
  }

  @Test
  void whatWasAnsweredIsOverAtOnce() throws Exception {
    assertThat(changer.begin(ChangeKind.SWITCH, BACKUP)).isInstanceOf(Outcome.Published.class);
    zone.deployRefreshed();
    assertThat(changer.advance()).isInstanceOf(Outcome.Verified.class);
  }

  private void late(String method) {
    ovh.inject(
        1,
        request -> request.method().equals(method) && request.path().contains("/record"),
        new OvhFault.ApplyLate(latch));
  }

  private void arrives() {
    latch.countDown();
    ovh.awaitLate();
  }

  private void change(ChangeKind kind) throws Exception {
    changer.begin(kind, BACKUP);
    zone.deployRefreshed();
    assertThat(changer.advance()).isInstanceOf(Outcome.Verified.class);
  }

  /** Sent again, and shown by the servers. */
  private Outcome onceVisible() throws Exception {
    changer.advance();
    zone.deployRefreshed();
    Outcome outcome = changer.advance();
    assertThat(outcome).isInstanceOf(Outcome.Published.class);
    return outcome;
  }

  private Outcome ended() throws Exception {
    Outcome outcome = changer.advance();
    for (int step = 0; step < 3 && !(outcome instanceof Outcome.Verified); step++) {
      pass();
      outcome = changer.advance();
    }
    return outcome;
  }

  private void pass() {
    zone.deployRefreshed();
    clock.advance(AGAIN);
  }

  private List<String> values() {
    return zone.stored().stream().map(OvhSimulatorZone.Entry::target).sorted().toList();
  }

  private RecordChanger open() throws IOException {
    return new RecordChanger(
        directory.resolve("journal.json"),
        new ChangeSettings(
            ImmutableList.of(NAME),
            ImmutableSet.of(
                InetAddresses.forString("203.0.113.10"), InetAddresses.forString("2001:db8::10")),
            Optional.empty(),
            AGAIN),
        OvhZone.of(
            new OvhSettings(
                ovh.endpoint(),
                SimulatedLogin.keys(ovh, ovh.grantAll()),
                ImmutableMap.of(),
                Duration.ofSeconds(10)),
            new JdkHttpCaller(),
            clock),
        new Servers(zone),
        clock);
  }

  /** One server, which shows what OVH publishes. */
  private record Servers(OvhSimulatorZone zone) implements Authority {
    @Override
    public String zoneOf(String name) {
      return ZONE;
    }

    @Override
    public ImmutableList<ServerAnswer> ask(String name, ImmutableSet<RecordKey> keys) {
      ImmutableMap<RecordKey, RrSet> sets =
          keys.stream().collect(ImmutableMap.toImmutableMap(key -> key, this::set));
      return ImmutableList.of(
          new ServerAnswer("ns1", "UDP", sets, Optional.empty()),
          new ServerAnswer("ns1", "TCP", sets, Optional.empty()));
    }

    private RrSet set(RecordKey key) {
      List<OvhSimulatorZone.Entry> found =
          zone.published().stream()
              .filter(entry -> entry.fieldType().equals(key.type().name()))
              .toList();
      return found.isEmpty()
          ? RrSet.none(key)
          : RrSet.of(
              key,
              Duration.ofHours(1),
              found.stream().map(OvhSimulatorZone.Entry::target).toList());
    }
  }
}
