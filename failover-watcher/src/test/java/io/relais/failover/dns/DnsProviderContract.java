package io.relais.failover.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import io.relais.failover.dns.DnsProviderException.Cause;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link DnsProvider} keeps to. A subclass gives a zone {@value #ZONE} of its own to
 * each test; the zone holds some records that are nobody's business, of every kind that its server
 * takes, and none at the names used here.
 */
public abstract class DnsProviderContract {
  protected static final String ZONE = "example.org";

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static final RecordKey WWW = new RecordKey("www.example.org", RecordType.A);
  private static final RecordKey WWW6 = new RecordKey("www.example.org", RecordType.AAAA);
  private static final RecordKey APEX = new RecordKey("example.org", RecordType.A);
  private static final RecordKey APEX6 = new RecordKey("example.org", RecordType.AAAA);

  private static final RrSet PRODUCTION = set(WWW, HOUR, "203.0.113.10");
  private static final RrSet PRODUCTION6 = set(WWW6, HOUR, "2001:db8::10");
  private static final RrSet BACKUP = set(WWW, MINUTE, "198.51.100.20");
  private static final RrSet BACKUP6 = set(WWW6, MINUTE, "2001:db8:b::20");
  private static final RrSet FOREIGN = set(WWW, HOUR, "192.0.2.99");

  private TestZone zone;
  private DnsProvider provider;

  /** A fresh zone for one test. */
  protected abstract TestZone zone() throws Exception;

  @BeforeEach
  void startWithProduction() throws Exception {
    zone = zone();
    provider = zone.provider();
    zone.put(PRODUCTION);
    zone.put(PRODUCTION6);
    zone.put(set(APEX, HOUR, "203.0.113.10"));
  }

  @Test
  void readsEachSetAndAnEmptyOneWhereThereIsNone() throws Exception {
    assertThat(provider.read(ZONE, ImmutableSet.of(WWW, WWW6, APEX, APEX6)))
        .containsExactlyInAnyOrder(
            PRODUCTION, PRODUCTION6, set(APEX, HOUR, "203.0.113.10"), RrSet.none(APEX6));
  }

  @Test
  void readsANameThatDoesNotExist() throws Exception {
    RecordKey key = new RecordKey("nowhere.example.org", RecordType.A);

    assertThat(provider.read(ZONE, ImmutableSet.of(key))).containsExactly(RrSet.none(key));
  }

  @Test
  void movesBothFamiliesOfSeveralNamesAtOnceAndNothingElse() throws Exception {
    Set<String> before = zone.served();

    change(
        new Replacement(PRODUCTION, BACKUP),
        new Replacement(PRODUCTION6, BACKUP6),
        new Replacement(set(APEX, HOUR, "203.0.113.10"), set(APEX, MINUTE, "198.51.100.20")));

    assertThat(Sets.difference(before, zone.served()))
        .containsExactlyInAnyOrder(
            "www.example.org 3600 A 203.0.113.10",
            "www.example.org 3600 AAAA 2001:db8::10",
            "example.org 3600 A 203.0.113.10");
    assertThat(Sets.difference(zone.served(), before))
        .containsExactlyInAnyOrder(
            "www.example.org 60 A 198.51.100.20",
            "www.example.org 60 AAAA 2001:db8:b::20",
            "example.org 60 A 198.51.100.20");
  }

  @Test
  void takesOutTheAaaaAndPutsBackExactlyWhatWasThere() throws Exception {
    Set<String> before = zone.served();
    ZoneChange away =
        changeOf(
            new Replacement(PRODUCTION, BACKUP), new Replacement(PRODUCTION6, RrSet.none(WWW6)));

    change(away);
    assertThat(read(WWW, WWW6)).containsExactlyInAnyOrder(BACKUP, RrSet.none(WWW6));
    change(away.reversed());

    assertThat(zone.served()).isEqualTo(before);
  }

  @Test
  void makesASetWhereThereWasNone() throws Exception {
    RrSet made = set(APEX6, MINUTE, "2001:db8:b::20");

    change(new Replacement(RrSet.none(APEX6), made));

    assertThat(read(APEX6)).containsExactly(made);
  }

  @Test
  void replacesSeveralValuesByOneAndBack() throws Exception {
    RrSet several = set(WWW, HOUR, "203.0.113.10", "203.0.113.11", "203.0.113.12");
    zone.put(several);
    Set<String> before = zone.served();
    ZoneChange away = changeOf(new Replacement(several, BACKUP));

    change(away);
    assertThat(read(WWW)).containsExactly(BACKUP);
    change(away.reversed());

    assertThat(zone.served()).isEqualTo(before);
  }

  @Test
  void keepsAValueThatIsInBoth() throws Exception {
    RrSet before = set(WWW, HOUR, "203.0.113.10", "198.51.100.20");
    zone.put(before);

    change(new Replacement(before, BACKUP));

    assertThat(read(WWW)).containsExactly(BACKUP);
  }

  @Test
  void setsTheTtlAlone() throws Exception {
    RrSet shorter = set(WWW, MINUTE, "203.0.113.10");

    change(new Replacement(PRODUCTION, shorter));

    assertThat(read(WWW)).containsExactly(shorter);
  }

  @Test
  void convergesThoughSomebodyChangedTheTtlOnly() throws Exception {
    zone.put(set(WWW, Duration.ofMinutes(5), "203.0.113.10"));

    change(new Replacement(PRODUCTION, BACKUP));

    assertThat(read(WWW)).containsExactly(BACKUP);
  }

  @Test
  void setsTheTtlOfValuesThatAreThereAlready() throws Exception {
    zone.put(set(WWW, HOUR, "198.51.100.20"));

    change(new Replacement(PRODUCTION, BACKUP));

    assertThat(read(WWW)).containsExactly(BACKUP);
  }

  @Test
  void repeatsAreHarmless() throws Exception {
    ZoneChange away = changeOf(new Replacement(PRODUCTION, BACKUP));
    change(away);
    Set<String> once = zone.served();

    change(away);

    assertThat(zone.served()).isEqualTo(once);
  }

  @Test
  void goesOnFromAnyMixtureOfBeforeAndAfter() throws Exception {
    RrSet before = set(WWW, HOUR, "203.0.113.10", "203.0.113.11");
    RrSet after = set(WWW, MINUTE, "198.51.100.20", "198.51.100.21");

    for (Set<String> mixture : Sets.powerSet(Sets.union(before.values(), after.values()))) {
      zone.put(
          mixture.isEmpty()
              ? RrSet.none(WWW)
              : RrSet.of(WWW, HOUR, ImmutableSortedSet.copyOf(mixture)));
      change(new Replacement(before, after));
      assertThat(read(WWW)).as("from %s", mixture).containsExactly(after);
    }
  }

  @Test
  void goesOnWhenOneSetIsDoneAndTheOtherIsNot() throws Exception {
    zone.put(BACKUP);

    change(new Replacement(PRODUCTION, BACKUP), new Replacement(PRODUCTION6, BACKUP6));

    assertThat(read(WWW, WWW6)).containsExactlyInAnyOrder(BACKUP, BACKUP6);
  }

  @Test
  void leavesSomebodyElsesValueAndEverythingWithIt() throws Exception {
    zone.put(FOREIGN);
    Set<String> before = zone.served();

    DnsProviderException refusal =
        failure(
            () ->
                change(new Replacement(PRODUCTION6, BACKUP6), new Replacement(PRODUCTION, BACKUP)));

    assertThat(refusal.kind()).isEqualTo(Cause.CONFLICT);
    assertThat(refusal).hasMessageContaining("www.example.org").hasMessageContaining("192.0.2.99");
    assertThat(zone.served()).isEqualTo(before);
  }

  @Test
  void leavesAForeignValueBesideOurOwn() throws Exception {
    zone.put(set(WWW, HOUR, "203.0.113.10", "192.0.2.99"));
    Set<String> before = zone.served();

    assertThat(failure(() -> change(new Replacement(PRODUCTION, BACKUP))).kind())
        .isEqualTo(Cause.CONFLICT);
    assertThat(zone.served()).isEqualTo(before);
  }

  @Test
  void doesNotAddToARecordThatAppearedWhereThereWasNone() throws Exception {
    zone.put(set(APEX6, HOUR, "2001:db8:f::1"));
    Set<String> before = zone.served();
    RrSet ours = set(APEX6, MINUTE, "2001:db8:b::20");

    assertThat(failure(() -> change(new Replacement(RrSet.none(APEX6), ours))).kind())
        .isEqualTo(Cause.CONFLICT);
    assertThat(zone.served()).isEqualTo(before);
  }

  @Test
  void refusesToReadOrReplaceAnAlias() throws Exception {
    RecordKey key = new RecordKey("shop.example.org", RecordType.A);
    zone.alias("shop.example.org", "www.example.org");
    Set<String> before = zone.served();

    DnsProviderException reading = failure(() -> read(key));
    assertThat(reading.kind()).isEqualTo(Cause.CONFLICT);
    assertThat(reading).hasMessageContaining("shop.example.org").hasMessageContaining("CNAME");
    assertThat(
            failure(
                    () ->
                        change(new Replacement(RrSet.none(key), set(key, MINUTE, "198.51.100.20"))))
                .kind())
        .isEqualTo(Cause.CONFLICT);
    assertThat(zone.served()).isEqualTo(before);
  }

  @Test
  void refusesAZoneThatItDoesNotHold() {
    RecordKey key = new RecordKey("www.example.net", RecordType.A);

    assertThat(failure(() -> provider.read("example.net", ImmutableSet.of(key))).kind())
        .isEqualTo(Cause.REFUSED);
  }

  @Test
  void checksEverythingWithoutAChange() throws Exception {
    Set<String> before = zone.served();

    for (boolean dryRun : new boolean[] {true, false}) {
      assertThat(provider.check(ZONE, ImmutableSet.of(WWW, WWW6, APEX, APEX6), dryRun))
          .isNotEmpty()
          .allSatisfy(check -> assertThat(check.result()).isNotEqualTo(Check.Status.FAILED));
    }

    assertThat(zone.served()).isEqualTo(before);
  }

  @Test
  void saysInACheckThatANameIsAnAlias() throws Exception {
    RecordKey key = new RecordKey("shop.example.org", RecordType.A);
    zone.alias("shop.example.org", "www.example.org");

    assertThat(provider.check(ZONE, ImmutableSet.of(key), true))
        .anySatisfy(
            check -> {
              assertThat(check.result()).isEqualTo(Check.Status.FAILED);
              assertThat(check.detail()).contains("shop.example.org");
            });
  }

  /** For subclasses: a set with values in any valid text. */
  protected static RrSet set(RecordKey key, Duration ttl, String... values) {
    return RrSet.of(key, ttl, Arrays.asList(values));
  }

  private void change(Replacement... replacements) throws Exception {
    change(changeOf(replacements));
  }

  private void change(ZoneChange change) throws Exception {
    provider.apply(change);
    provider.publish(ZONE);
  }

  private static ZoneChange changeOf(Replacement... replacements) {
    return new ZoneChange(ZONE, ImmutableList.copyOf(replacements));
  }

  private List<RrSet> read(RecordKey... keys) throws Exception {
    return provider.read(ZONE, ImmutableSet.copyOf(keys));
  }

  private static DnsProviderException failure(ThrowingCallable action) {
    return catchThrowableOfType(DnsProviderException.class, action);
  }
}
