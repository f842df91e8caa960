package io.relais.failover.change;

import static io.relais.failover.change.ChangeBed.FIRST;
import static io.relais.failover.change.ChangeBed.SECOND;
import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;
import static io.relais.failover.dns.RecordType.AAAA;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.InMemoryZone;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.dns.InMemoryZone.Interceptor;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecordLocationTest {
  @TempDir private Path directory;
  private ChangeBed bed;
  private RecordChanger changer;

  @BeforeEach
  void start() throws Exception {
    bed = new ChangeBed(directory);
    changer = bed.open();
  }

  private void assertStands(BackupAddresses backup, RecordPlace where, String... details)
      throws InterruptedException {
    RecordLocation location = changer.location(Optional.of(backup));
    assertThat(location.place()).as(location.detail()).isEqualTo(where);
    assertThat(location.detail()).isNotEmpty().doesNotContain("\n");
    assertThat(details).allSatisfy(text -> assertThat(location.detail()).contains(text));
  }

  private void providerFails() {
    bed.zone.intercept(
        new Interceptor() {
          @Override
          public void before(Call call) throws DnsProviderException {
            if (call == Call.READ) {
              throw DnsProviderException.retry("timed out", null);
            }
          }
        });
  }

  private void silence(String server) {
    bed.zone.fail(server, "UDP", Optional.of("no reply"));
    bed.zone.fail(server, "TCP", Optional.of("refused"));
  }

  @Test
  void isAtProductionWithSomeOfItsAddressesAndAnyTtl() throws Exception {
    providerFails();
    bed.zone.put(set("www.example.org", AAAA, 0));
    bed.zone.put(set("www.example.org", A, 7, "203.0.113.11"));
    assertStands(FIRST, RecordPlace.PRODUCTION, "www.example.org A 203.0.113.11");
  }

  @Test
  void isAtTheBackupAndThenAtItsOldAddress() throws Exception {
    changer.begin(ChangeKind.SWITCH, FIRST);
    providerFails();
    assertStands(FIRST, RecordPlace.BACKUP);
    assertStands(SECOND, RecordPlace.OLD_BACKUP);
    assertThat(changer.location(Optional.empty()).place()).isEqualTo(RecordPlace.BACKUP);
  }

  @Test
  void mustFollowIfOnlySomeNamesAreAtTheOldAddress() throws Exception {
    changer.begin(ChangeKind.SWITCH, FIRST);
    bed.zone.put(set("example.net", A, 60, "198.51.100.77"));
    assertStands(SECOND, RecordPlace.OLD_BACKUP);
  }

  @Test
  void isMixedIfTheProviderTooSaysSo() throws Exception {
    bed.zone.put(set("example.net", A, 60, "198.51.100.20"));
    assertStands(FIRST, RecordPlace.MIXED);
    bed.zone.put(set("example.net", A, 60, "198.51.100.20", "203.0.113.10"));
    assertStands(FIRST, RecordPlace.MIXED);
    providerFails();
    assertStands(FIRST, RecordPlace.MIXED, "timed out");
  }

  @Test
  void believesTheProviderWhereServersLieOrDiffer() throws Exception {
    bed.zone.lie("ns2", set("example.net", A, 60, "192.0.2.66"));
    assertStands(
        FIRST, RecordPlace.PRODUCTION, "the zone in memory has", "ns2 (UDP) says", "192.0.2.66");
    providerFails();
    assertStands(FIRST, RecordPlace.UNKNOWN, "timed out");
  }

  @Test
  void isForeignIfTheProviderTooSaysSo() throws Exception {
    bed.zone.put(set("example.net", A, 60, "192.0.2.66"));
    assertStands(FIRST, RecordPlace.FOREIGN);
    bed.zone.put(set("example.net", A, 60));
    assertStands(FIRST, RecordPlace.FOREIGN);
    assertThat(changer.location(Optional.of(FIRST)).remedy().orElseThrow())
        .startsWith("example.net has neither an A nor an AAAA record; make one");
  }

  @Test
  void isUnknownIfNobodyAnswers() throws Exception {
    silence("ns1");
    assertStands(FIRST, RecordPlace.PRODUCTION, "ns1 (TCP): refused");
    silence("ns2");
    assertStands(FIRST, RecordPlace.UNKNOWN, "no reply");
    bed.zone.fail("ns2", "TCP", Optional.empty());
    assertStands(FIRST, RecordPlace.PRODUCTION);
  }

  @Test
  void verifiesWithHalfOfTheServersAndNamesTheOthers() throws Exception {
    silence("ns1");
    bed.zone.fail("ns2", "UDP", Optional.of("no reply"));
    assertThat(changer.begin(ChangeKind.SWITCH, FIRST))
        .isInstanceOfSatisfying(
            Outcome.Verified.class,
            out -> assertThat(out.detail()).contains("1 of 2 servers", "ns2 (UDP): no reply"));
  }

  @Test
  void doesNotVerifyAgainstAnyAnswerThatDiffers() throws Exception {
    bed.zone.lie("ns2", set("www.example.org", AAAA, 60, "2001:db8::10"));
    assertThat(changer.begin(ChangeKind.SWITCH, FIRST))
        .isInstanceOfSatisfying(
            Outcome.Published.class,
            out -> assertThat(out.detail()).contains("ns2 (TCP) says www.example.org AAAA"));
    bed.zone.lie("ns2", InMemoryZone.set("www.example.org", AAAA, 60));
    assertThat(changer.advance()).isInstanceOf(Outcome.Verified.class);
  }

  @Test
  void doesNotVerifyWithoutAnyAnswer() throws Exception {
    silence("ns1");
    silence("ns2");
    assertThat(changer.begin(ChangeKind.SWITCH, FIRST)).isInstanceOf(Outcome.Published.class);
  }
}
