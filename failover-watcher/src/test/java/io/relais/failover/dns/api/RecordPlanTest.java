package io.relais.failover.dns.api;

import static io.relais.failover.dns.InMemoryZone.set;
import static io.relais.failover.dns.RecordType.A;
import static io.relais.failover.dns.RecordType.AAAA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import io.relais.failover.dns.api.RecordPlan.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The fewest calls that make a set of records another, in an order that is safe. */
final class RecordPlanTest {
  private static final String NAME = "www.example.org";
  private static final RecordKey KEY = new RecordKey(NAME, A);
  private static final String ONE = "192.0.2.1";
  private static final String TWO = "192.0.2.2";
  private static final String THREE = "192.0.2.3";

  /** A provider that takes each TTL as it is given. */
  private static final RecordPlan.TtlRule AS_GIVEN = (_, ttl) -> ttl;

  record Stored(int id, String value, long ttl) implements StoredRecord {}

  private static Stored stored(int id, String value, long ttl) {
    return new Stored(id, value, ttl);
  }

  private static ZoneChange change(RrSet before, RrSet after) {
    return new ZoneChange("example.org", ImmutableList.of(new Replacement(before, after)));
  }

  private static ImmutableList<Step<Stored>> plan(RrSet before, RrSet after, List<Stored> found)
      throws DnsProviderException {
    return RecordPlan.of(
        change(before, after), ImmutableMap.of(KEY, ImmutableList.copyOf(found)), AS_GIVEN);
  }

  static Stream<Arguments> rows() {
    RrSet one = set(NAME, A, 60, ONE);
    RrSet both = set(NAME, A, 60, ONE, TWO);
    RrSet two = set(NAME, A, 60, TWO);
    RrSet none = set(NAME, A, 0);
    Stored first = stored(1, ONE, 60);
    Stored second = stored(2, TWO, 60);
    Stored twin = stored(3, ONE, 60);
    return Stream.of(
        Arguments.of("as it is to be", one, one, List.of(first), List.of()),
        Arguments.of("nothing to nothing", none, none, List.of(), List.of()),
        Arguments.of(
            "another address",
            one,
            two,
            List.of(first),
            List.of(new Step.Overwrite<>(KEY, first, TWO, 60))),
        Arguments.of(
            "another time to live",
            one,
            set(NAME, A, 300, ONE),
            List.of(first),
            List.of(new Step.Overwrite<>(KEY, first, ONE, 300))),
        Arguments.of("one more", one, both, List.of(first), List.of(new Step.Add<>(KEY, TWO, 60))),
        Arguments.of("one less", both, one, List.of(first, second), List.of(remove(second))),
        Arguments.of("the first", none, one, List.of(), List.of(new Step.Add<>(KEY, ONE, 60))),
        Arguments.of("the last", one, none, List.of(first), List.of(remove(first))),
        Arguments.of("a record twice", one, one, List.of(first, twin), List.of(remove(twin))),
        Arguments.of(
            "the second of a pair becomes the other",
            one,
            both,
            List.of(first, twin),
            List.of(new Step.Overwrite<>(KEY, twin, TWO, 60))),
        Arguments.of("done before, by us", one, two, List.of(second), List.of()),
        Arguments.of("half done, by us", one, two, List.of(first, second), List.of(remove(first))));
  }

  private static Step<Stored> remove(Stored record) {
    return new Step.Remove<>(record);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void findsTheCalls(
      String name, RrSet before, RrSet after, List<Stored> found, List<Step<Stored>> calls)
      throws Exception {
    assertThat(plan(before, after, found)).containsExactlyElementsOf(calls);
  }

  /** From IPv6 to IPv4: the name has an address at any moment. */
  @Test
  void takesAwayLast() throws Exception {
    RecordKey v6 = new RecordKey(NAME, AAAA);
    Stored old = stored(1, "2001:db8::1", 60);
    ZoneChange change =
        new ZoneChange(
            "example.org",
            ImmutableList.of(
                new Replacement(set(NAME, AAAA, 60, "2001:db8::1"), set(NAME, AAAA, 0)),
                new Replacement(set(NAME, A, 0), set(NAME, A, 60, ONE))));
    assertThat(RecordPlan.of(change, ImmutableMap.of(v6, ImmutableList.of(old)), AS_GIVEN))
        .containsExactly(new Step.Add<>(KEY, ONE, 60), remove(old));
  }

  @Test
  void touchesNothingWhereARecordIsNeitherOfBeforeNorOfAfter() {
    List<Stored> found = List.of(stored(1, ONE, 60), stored(2, THREE, 60));
    assertThatThrownBy(() -> plan(set(NAME, A, 60, ONE), set(NAME, A, 60, TWO), found))
        .isInstanceOfSatisfying(
            DnsProviderException.class,
            e -> assertThat(e.kind()).isEqualTo(DnsProviderException.Cause.CONFLICT))
        .hasMessageContaining("www.example.org A holds " + THREE + ", expected was only ")
        .hasMessageContaining("somebody else changed it");
  }

  /** What a provider makes of a TTL is no difference. */
  @Test
  void comparesTimesToLiveAsTheProviderHasThem() throws Exception {
    RrSet one = set(NAME, A, 10, ONE);
    ImmutableMap<RecordKey, ImmutableList<Stored>> found =
        ImmutableMap.of(KEY, ImmutableList.of(stored(1, ONE, 60)));
    assertThat(RecordPlan.of(change(one, one), found, (_, ttl) -> Math.max(60, ttl))).isEmpty();
    assertThat(RecordPlan.of(change(one, one), found, AS_GIVEN)).hasSize(1);
  }

  @Test
  void holdsOnlyWhereEachValueIsThereOnceAndNoOther() {
    ZoneChange change = change(set(NAME, A, 60, THREE), set(NAME, A, 60, ONE, TWO));
    assertThat(holds(change, ONE, TWO)).isTrue();
    assertThat(holds(change, TWO, ONE)).isTrue();
    assertThat(holds(change, ONE)).isFalse();
    assertThat(holds(change, ONE, TWO, TWO)).isFalse();
    assertThat(holds(change, ONE, TWO, THREE)).isFalse();
    assertThat(holds(change)).isFalse();
    assertThat(holds(change(set(NAME, A, 60, ONE), set(NAME, A, 0)))).isTrue();
  }

  private static boolean holds(ZoneChange change, String... values) {
    ImmutableList<Stored> records =
        Stream.of(values)
            .map(value -> stored(0, value, 60))
            .collect(ImmutableList.toImmutableList());
    return RecordPlan.holds(change, ImmutableMap.of(KEY, records));
  }

  /**
   * From any of our own states to any other: it arrives, a second plan is empty, and a name that is
   * to have an address and has one never lacks one in between.
   */
  @Test
  void arrivesFromAnywhereWithoutAGap() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      RrSet before = random(random);
      RrSet after = random(random);
      List<Stored> records = new ArrayList<>();
      for (String value :
          Stream.concat(before.values().stream(), after.values().stream()).toList()) {
        if (random.nextInt(3) > 0) {
          records.add(stored(records.size(), value, random.nextBoolean() ? 60 : 300));
        }
      }
      String what = "seed " + seed + ": " + records + ", " + before + " to " + after;
      boolean had = !records.isEmpty();
      for (Step<Stored> step : plan(before, after, records)) {
        apply(step, records);
        assertThat(had && !after.isEmpty() && records.isEmpty()).as(what).isFalse();
      }
      assertThat(
              RecordPlan.holds(
                  change(before, after), ImmutableMap.of(KEY, ImmutableList.copyOf(records))))
          .as(what)
          .isTrue();
      assertThat(plan(before, after, records)).as(what).isEmpty();
    }
  }

  private static RrSet random(Random random) {
    String[] values =
        Stream.of(ONE, TWO, THREE).filter(_ -> random.nextBoolean()).toArray(String[]::new);
    return set(NAME, A, random.nextBoolean() ? 60 : 300, values);
  }

  private static void apply(Step<Stored> step, List<Stored> records) {
    switch (step) {
      case Step.Add<Stored>(var _, var value, var ttl) ->
          records.add(stored(records.size() + 100, value, ttl));
      case Step.Overwrite<Stored>(var _, var record, var value, var ttl) ->
          records.set(records.indexOf(record), stored(record.id(), value, ttl));
      case Step.Remove<Stored>(var record) -> records.remove(record);
    }
  }
}
