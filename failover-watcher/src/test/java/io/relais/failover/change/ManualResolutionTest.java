package io.relais.failover.change;

import static io.relais.failover.change.ChangeBed.AGAIN;
import static io.relais.failover.change.ChangeBed.FIRST;
import static io.relais.failover.decide.ChangeKind.FAIL_BACK;
import static io.relais.failover.decide.ChangeKind.SWITCH;
import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;
import static io.relais.failover.dns.RecordType.AAAA;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.dns.InMemoryZone.Interceptor;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person did by hand, and what is left of a change that can't go on. */
final class ManualResolutionTest {
  @TempDir private Path directory;
  private ChangeBed bed;
  private ImmutableMap<RecordKey, RrSet> found;

  @BeforeEach
  void start() {
    bed = new ChangeBed(directory);
    found = bed.zone.stored();
  }

  private void configure(String... names) {
    bed.settings =
        new ChangeSettings(
            ImmutableList.copyOf(names), bed.settings.production(), bed.settings.ttl(), AGAIN);
  }

  private RecordPlace stands() throws Exception {
    return bed.open().location(Optional.of(FIRST)).place();
  }

  @Test
  void forgetsANameThatAPersonTookOutAndPointedElsewhere() throws Exception {
    bed.open().begin(SWITCH, FIRST);
    bed.zone.put(set("example.net", A, 60, "192.0.2.66"));
    configure("www.example.org", "example.org");
    assertThat(stands()).isEqualTo(RecordPlace.FOREIGN);
    assertThat(bed.open().forgetResolved()).isTrue();
    assertThat(stands()).isEqualTo(RecordPlace.BACKUP);
    assertThat(bed.open().begin(FAIL_BACK, FIRST)).isInstanceOf(Outcome.Verified.class);
    assertThat(bed.zone.stored())
        .containsEntry(
            new RecordKey("www.example.org", AAAA),
            found.get(new RecordKey("www.example.org", AAAA)))
        .containsEntry(new RecordKey("example.net", A), set("example.net", A, 60, "192.0.2.66"));
  }

  @Test
  void remembersANameThatWasTakenOutAndIsStillAtTheBackup() throws Exception {
    bed.open().begin(SWITCH, FIRST);
    configure("www.example.org", "example.org");
    assertThat(bed.open().forgetResolved()).isFalse();
    bed.open().begin(FAIL_BACK, FIRST);
    assertThat(bed.zone.stored()).isEqualTo(found);
  }

  @Test
  void forgetsWhatToRestoreOnceAllIsBackByHand() throws Exception {
    bed.open().begin(SWITCH, FIRST);
    found.values().forEach(bed.zone::put);
    bed.zone.put(set("www.example.org", A, 60, "203.0.113.11"));
    bed.zone.put(set("example.net", AAAA, 60));
    assertThat(bed.open().forgetResolved()).isTrue();
    assertThat(bed.open().switched()).isFalse();
    assertThat(bed.open().forgetResolved()).isFalse();
  }

  @Test
  void forgetsAChangeInWhosePlaceAPersonMovedProduction() throws Exception {
    bed.zone.deploysAtOnce(false);
    bed.open().begin(SWITCH, FIRST);
    bed.zone.deploysAtOnce(true);
    for (String name : bed.settings.names()) {
      bed.zone.put(set(name, A, 60, "203.0.113.99"));
      bed.zone.put(set(name, AAAA, 60));
    }
    bed.settings = ChangeBed.settings(bed.settings.ttl(), "203.0.113.99");
    bed.clock.advance(AGAIN);
    assertThat(bed.open().advance()).isInstanceOf(Outcome.Conflict.class);
    assertThat(bed.open().undo()).as("no way back either").isInstanceOf(Outcome.Conflict.class);
    assertThat(bed.open().forgetResolved()).isTrue();
    assertThat(bed.open().underWay()).isEmpty();
    assertThat(bed.open().begin(SWITCH, FIRST)).isInstanceOf(Outcome.Verified.class);
  }

  @Test
  void keepsAChangeThatIsHalfDone() throws Exception {
    bed.zone.deploysAtOnce(false);
    bed.open().begin(SWITCH, FIRST);
    bed.zone.put(set("www.example.org", A, 60, "192.0.2.66"));
    assertThat(bed.open().forgetResolved()).isFalse();
    assertThat(bed.open().underWay()).contains(SWITCH);
  }

  @Test
  void forgetsNothingWhenTheProviderIsSilent() throws Exception {
    bed.open().begin(SWITCH, FIRST);
    found.values().forEach(bed.zone::put);
    bed.zone.intercept(refusing(Call.READ, 0));
    assertThat(bed.open().forgetResolved()).isFalse();
    assertThat(bed.open().switched()).isTrue();
  }

  @Test
  void leavesNothingHalfWrittenThatWaitsForAPerson() throws Exception {
    RecordChanger changer = bed.open();
    bed.zone.intercept(refusing(Call.WRITE, 2));
    assertThat(changer.begin(SWITCH, FIRST)).isInstanceOf(Outcome.Refused.class);
    assertThat(bed.zone.stored()).as("for whoever publishes next").isEqualTo(found);
    assertThat(changer.underWay()).contains(SWITCH);
    bed.zone.intercept(new Interceptor() {});
    assertThat(bed.open().advance()).as("resumed").isInstanceOf(Outcome.Verified.class);
  }

  @Test
  void saysWhereItCouldNotTakeBackWhatItWrote() throws Exception {
    RecordChanger changer = bed.open();
    bed.zone.intercept(
        new Interceptor() {
          private int left = 2;

          @Override
          public void before(Call call) throws DnsProviderException {
            if (call == Call.WRITE && left-- <= 0) {
              throw DnsProviderException.refused("no right to write", null);
            }
          }
        });
    assertThat(changer.begin(SWITCH, FIRST))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            out -> assertThat(out.detail()).contains("no right to write; ", "can't be taken back"));
  }

  /** Refuses one call, the one after so many of its kind. */
  private static Interceptor refusing(Call which, int after) {
    return new Interceptor() {
      private int left = after;

      @Override
      public void before(Call call) throws DnsProviderException {
        if (call == which && left-- == 0) {
          throw DnsProviderException.refused("no right to do that", null);
        }
      }
    };
  }
}
