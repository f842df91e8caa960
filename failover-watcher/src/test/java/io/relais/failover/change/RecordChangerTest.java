package io.relais.failover.change;

import static io.relais.failover.change.ChangeBed.AGAIN;
import static io.relais.failover.change.ChangeBed.FIRST;
import static io.relais.failover.change.ChangeBed.SECOND;
import static io.relais.failover.change.ChangeBed.moved;
import static io.relais.failover.decide.ChangeKind.FAIL_BACK;
import static io.relais.failover.decide.ChangeKind.FOLLOW;
import static io.relais.failover.decide.ChangeKind.SWITCH;
import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;
import static io.relais.failover.dns.RecordType.AAAA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.failover.change.PendingChange.Progress;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.dns.InMemoryZone.Interceptor;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecordChangerTest {
  @TempDir private Path directory;
  private ChangeBed bed;
  private ImmutableMap<RecordKey, RrSet> found;
  private RecordChanger changer;

  @BeforeEach
  void start() throws Exception {
    bed = new ChangeBed(directory);
    found = bed.zone.stored();
    changer = bed.open();
  }

  private void assertServed(ImmutableMap<RecordKey, RrSet> expected) {
    assertThat(bed.zone.stored()).isEqualTo(expected);
    assertThat(bed.zone.served("ns1")).isEqualTo(expected);
    assertThat(bed.zone.served("ns2")).isEqualTo(expected);
  }

  private static void assertVerified(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Verified.class);
  }

  private void assertFinishes(RecordChanger running, Outcome outcome) throws Exception {
    assertThat(outcome).as("not before what is on its way").isNotInstanceOf(Outcome.Verified.class);
    assertVerified(bed.finish(running, outcome));
  }

  @Test
  void movesEveryNameAndTakesOutWhatTheBackupCannotServe() throws Exception {
    assertVerified(changer.begin(SWITCH, FIRST));
    assertServed(moved(found, bed.settings, FIRST));
    assertThat(changer.switched()).isTrue();
    assertThat(changer.underWay()).isEmpty();
  }

  @Test
  void restoresExactlyWhatItFound() throws Exception {
    changer.begin(SWITCH, FIRST);
    assertVerified(changer.begin(FOLLOW, SECOND));
    assertServed(moved(found, bed.settings, SECOND));
    assertVerified(bed.open().begin(FAIL_BACK, SECOND));
    assertServed(found);
    assertThat(bed.open().switched()).isFalse();
  }

  @Test
  void keepsTheTtlsWhereSoConfigured() throws Exception {
    bed.settings =
        ChangeBed.settings(Optional.empty(), "203.0.113.10", "203.0.113.11", "2001:db8::10");
    changer = bed.open();
    assertVerified(changer.begin(SWITCH, SECOND));
    assertServed(moved(found, bed.settings, SECOND));
    assertThat(bed.zone.stored().get(new RecordKey("example.org", AAAA)))
        .isEqualTo(set("example.org", AAAA, 300, "2001:db8:b::77"));
  }

  @Test
  void takesOutTheIpv4RecordsForABackupThatHasOnlyIpv6() throws Exception {
    BackupAddresses six = ChangeBed.backup("", "2001:db8:b::1");
    assertVerified(changer.begin(SWITCH, six));
    assertServed(moved(found, bed.settings, six));
    assertVerified(changer.begin(FAIL_BACK, six));
    assertServed(found);
  }

  @Test
  void keepsTheFirstOriginalThroughASwitchInTheMiddleOfAFailBack() throws Exception {
    changer.begin(SWITCH, FIRST);
    bed.zone.intercept(failing(Call.PUBLISH, 0));
    assertThat(changer.begin(FAIL_BACK, FIRST)).isInstanceOf(Outcome.Retrying.class);
    bed.zone.intercept(new Interceptor() {});
    changer = bed.open();
    assertFinishes(changer, changer.begin(SWITCH, SECOND));
    assertVerified(bed.open().begin(FAIL_BACK, SECOND));
    assertServed(found);
  }

  @Test
  void undoesASwitchThatIsNotYetVisible() throws Exception {
    bed.zone.deploysAtOnce(false);
    assertThat(changer.begin(SWITCH, FIRST)).isInstanceOf(Outcome.Published.class);
    bed.zone.deploysAtOnce(true);
    changer = bed.open();
    Outcome undoing = changer.undo();
    assertThat(bed.open().underWay()).as("where it leads").contains(FAIL_BACK);
    assertFinishes(changer, undoing);
    assertServed(found);
    assertThat(bed.open().switched()).isFalse();
  }

  @Test
  void undoesAFailBackToTheBackup() throws Exception {
    changer.begin(SWITCH, FIRST);
    bed.zone.intercept(failing(Call.WRITE, 2));
    changer.begin(FAIL_BACK, FIRST);
    bed.zone.intercept(new Interceptor() {});
    assertFinishes(changer, changer.undo());
    assertServed(moved(found, bed.settings, FIRST));
    assertVerified(changer.begin(FAIL_BACK, FIRST));
    assertServed(found);
  }

  @Test
  void takesOutAWriteThatArrivesWhenItsChangeIsUndoneAndPublished() throws Exception {
    bed.zone.intercept(failing(Call.WRITE, 0));
    assertThat(changer.begin(SWITCH, FIRST)).isInstanceOf(Outcome.Retrying.class);
    bed.zone.intercept(new Interceptor() {});
    Outcome undoing = changer.undo();
    // Stored, not served: whoever publishes next would show it.
    bed.zone.edit(set("www.example.org", A, 60, "198.51.100.20"));
    assertFinishes(changer, undoing);
    assertServed(found);
  }

  @Test
  void turnsAChangeRoundOnlyOnce() throws Exception {
    bed.zone.deploysAtOnce(false);
    changer.begin(SWITCH, FIRST);
    changer.undo();
    bed.zone.deploy();
    changer = bed.open();
    assertFinishes(changer, changer.undo());
    assertServed(found);
  }

  @Test
  void leadsToProductionWhenAFollowThatTookOverASwitchIsUndone() throws Exception {
    bed.zone.deploysAtOnce(false);
    changer.begin(SWITCH, FIRST);
    changer.begin(FOLLOW, SECOND);
    assertThat(changer.underWay()).contains(SWITCH);
    bed.zone.deploysAtOnce(true);
    assertFinishes(changer, changer.undo());
    assertServed(found);
  }

  @Test
  void carriesOnWithWhatIsUnderWay() throws Exception {
    bed.zone.deploysAtOnce(false);
    changer.begin(SWITCH, FIRST);
    String id = changer.journal().underWay().orElseThrow().id();
    int calls = bed.zone.calls();
    changer.begin(SWITCH, FIRST);
    changer.begin(FOLLOW, FIRST);
    assertThat(changer.journal().underWay().orElseThrow().id()).isEqualTo(id);
    assertThat(bed.zone.calls() - calls).as("only looks").isEqualTo(4);
  }

  @Test
  void publishesAgainWhatIsNotSeenForAWhile() throws Exception {
    bed.zone.deploysAtOnce(false);
    Instant first = bed.clock.instant();
    assertThat(changer.begin(SWITCH, FIRST))
        .isInstanceOfSatisfying(
            Outcome.Published.class, out -> assertThat(out.accepted()).isEqualTo(first));
    bed.clock.advance(AGAIN.minusSeconds(1));
    changer.advance();
    assertThat(published(changer).times()).isEqualTo(1);
    bed.clock.advance(Duration.ofSeconds(1));
    changer.advance();
    assertThat(published(changer)).isEqualTo(new Progress.Published(first, first.plus(AGAIN), 2));
    bed.zone.deploy();
    assertVerified(changer.advance());
    assertThat(changer.journal().last().orElseThrow().visible()).isEqualTo(first.plus(AGAIN));
  }

  private static Progress.Published published(RecordChanger changer) {
    return (Progress.Published) changer.journal().underWay().orElseThrow().progress();
  }

  @Test
  void doesNotPublishAPersonsRecordAsItsOwn() throws Exception {
    bed.zone.deploysAtOnce(false);
    changer.begin(SWITCH, FIRST);
    bed.zone.edit(set("www.example.org", A, 60, "192.0.2.66"));
    bed.clock.advance(AGAIN);
    assertThat(changer.advance()).isInstanceOf(Outcome.Conflict.class);
    assertThat(published(changer).times()).isEqualTo(1);
  }

  @Test
  void touchesNothingWhereAPersonActed() throws Exception {
    bed.zone.put(set("example.net", AAAA, 60, "2001:db8::66"));
    found = bed.zone.stored();
    assertThat(changer.begin(SWITCH, FIRST))
        .isInstanceOfSatisfying(
            Outcome.Conflict.class,
            out -> assertThat(out.detail()).contains("example.net AAAA", "2001:db8::66"));
    assertServed(found);
    assertThat(changer.underWay()).isEmpty();
  }

  @Test
  void refusesANameWithoutAnyRecord() throws Exception {
    bed.zone.put(set("example.net", A, 0));
    assertThat(changer.begin(SWITCH, FIRST))
        .isInstanceOfSatisfying(
            Outcome.Refused.class, out -> assertThat(out.detail()).contains("example.net"));
  }

  @Test
  void refusesProductionsAddressAsTheBackups() throws Exception {
    assertThat(changer.begin(SWITCH, ChangeBed.backup("203.0.113.11", "")))
        .isInstanceOf(Outcome.Refused.class);
    assertServed(found);
  }

  @Test
  void refusesToFollowToAnywhereFromProduction() throws Exception {
    assertThat(changer.begin(FOLLOW, FIRST)).isInstanceOf(Outcome.Refused.class);
    assertServed(found);
  }

  @Test
  void restoresTheConfiguredAddressesWhenTheJournalIsLost() throws Exception {
    changer.begin(SWITCH, FIRST);
    Files.delete(bed.file);
    assertVerified(bed.open().begin(FAIL_BACK, FIRST));
    assertThat(bed.zone.stored().get(new RecordKey("example.org", A)))
        .isEqualTo(set("example.org", A, 60, "203.0.113.10", "203.0.113.11"));
    assertThat(bed.zone.stored().get(new RecordKey("example.org", AAAA)))
        .isEqualTo(set("example.org", AAAA, 60, "2001:db8::10"));
  }

  @Test
  void restoresNoAddressThatIsNoLongerProductions() throws Exception {
    changer.begin(SWITCH, FIRST);
    bed.settings = ChangeBed.settings(Optional.empty(), "203.0.113.99", "2001:db8::10");
    assertVerified(bed.open().begin(FAIL_BACK, FIRST));
    assertThat(bed.zone.stored().get(new RecordKey("www.example.org", A)))
        .isEqualTo(set("www.example.org", A, 3600, "203.0.113.99"));
    assertThat(bed.zone.stored()).doesNotContainKey(new RecordKey("example.org", AAAA));
    assertThat(bed.open().switched()).isFalse();
  }

  @Test
  void takesWhatAPersonPutBackByHandForTheOriginalOfTheNextSwitch() throws Exception {
    changer.begin(SWITCH, FIRST);
    found.values().forEach(bed.zone::put);
    bed.zone.put(set("www.example.org", A, 120, "203.0.113.11"));
    found = bed.zone.stored();
    changer.begin(SWITCH, SECOND);
    assertVerified(changer.begin(FAIL_BACK, SECOND));
    assertServed(found);
  }

  @Test
  void putsBackANameThatWasTakenOutOfTheConfiguration() throws Exception {
    changer.begin(SWITCH, FIRST);
    bed.settings =
        new ChangeSettings(
            ImmutableList.of("www.example.org"),
            bed.settings.production(),
            bed.settings.ttl(),
            AGAIN);
    assertVerified(bed.open().begin(FAIL_BACK, FIRST));
    assertServed(found);
  }

  @Test
  void previewsWithoutAnyEffect() throws Exception {
    var preview = changer.preview(SWITCH, FIRST);
    assertServed(found);
    assertThat(bed.file).as("nobody's before the first change").doesNotExist();
    changer.begin(SWITCH, FIRST);
    assertThat(PendingChange.replacements(preview))
        .allSatisfy(
            step ->
                assertThat(new RecordSets(bed.zone.stored()).get(step.after().key()))
                    .isEqualTo(step.after()));
    assertThatThrownBy(() -> changer.preview(SWITCH, ChangeBed.backup("", "")))
        .isInstanceOf(DnsProviderException.class);
  }

  @Test
  void tellsHowLongTheProviderAsksToWait() throws Exception {
    var wait = Optional.of(Duration.ofSeconds(7));
    bed.zone.intercept(
        new Interceptor() {
          @Override
          public void before(Call call) throws DnsProviderException {
            throw new DnsProviderException(
                DnsProviderException.Cause.RETRY, "slow down", wait, null);
          }
        });
    assertThat(changer.begin(SWITCH, FIRST)).isEqualTo(new Outcome.Retrying("slow down", wait));
  }

  @Test
  void putsTheOtherZoneBackWhenOneCannotBe() throws Exception {
    bed.zone.deploysAtOnce(false);
    changer.begin(SWITCH, FIRST);
    bed.zone.put(set("example.net", A, 60, "192.0.2.66"));
    bed.zone.deploysAtOnce(true);
    assertThat(changer.undo()).isInstanceOf(Outcome.Conflict.class);
    assertThat(bed.zone.served("ns1").get(new RecordKey("example.org", A)))
        .isEqualTo(found.get(new RecordKey("example.org", A)));
    bed.zone.put(set("example.net", A, 60, "203.0.113.10"));
    assertFinishes(changer, changer.advance());
    assertServed(found);
  }

  @Test
  void seesAnOvertakenPublicationThatArrivesLate() throws Exception {
    bed.zone.deploysAtOnce(false);
    changer.begin(SWITCH, FIRST);
    bed.zone.intercept(failing(Call.WRITE, 0));
    assertThat(changer.undo()).isInstanceOf(Outcome.Retrying.class);
    bed.zone.deploy();
    bed.zone.intercept(new Interceptor() {});
    assertThat(changer.advance()).isInstanceOf(Outcome.Published.class);
    bed.clock.advance(AGAIN);
    assertThat(changer.advance()).as("not shown").isInstanceOf(Outcome.Published.class);
    bed.zone.deploy();
    bed.clock.advance(AGAIN);
    assertVerified(changer.advance());
    assertServed(found);
  }

  @Test
  void isIdleWithNothingUnderWay() throws Exception {
    assertThat(changer.advance()).isEqualTo(new Outcome.Idle());
    assertThat(changer.undo()).isEqualTo(new Outcome.Idle());
  }

  private static Interceptor failing(Call which, int after) {
    return new Interceptor() {
      private int left = after;

      @Override
      public void before(Call call) throws DnsProviderException {
        if (call == which && left-- <= 0) {
          throw DnsProviderException.retry("timed out", null);
        }
      }
    };
  }
}
