package io.relais.failover.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RrSetTest {
  private static final RecordKey A = new RecordKey("www.example.org", RecordType.A);
  private static final RecordKey AAAA = new RecordKey("www.example.org", RecordType.AAAA);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void writesAddressesInOneWay() {
    assertThat(RrSet.of(AAAA, MINUTE, List.of("2001:0DB8:0:0::0001", "2001:db8::1")).values())
        .containsExactly("2001:db8::1");
  }

  @Test
  void doesNotDependOnTheOrderOfValues() {
    assertThat(RrSet.of(A, MINUTE, List.of("192.0.2.1", "192.0.2.2")))
        .isEqualTo(RrSet.of(A, MINUTE, List.of("192.0.2.2", "192.0.2.1")));
  }

  @Test
  void refusesAnAddressOfTheOtherFamilyOrNone() {
    for (String text : List.of("2001:db8::1", "www.example.net", "")) {
      assertThatIllegalArgumentException().isThrownBy(() -> RrSet.of(A, MINUTE, List.of(text)));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RrSet.of(AAAA, MINUTE, List.of("192.0.2.1")));
  }

  @Test
  void refusesATtlThatIsNoNumberOfSeconds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RrSet.of(A, Duration.ofMillis(1), List.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RrSet.of(A, Duration.ofSeconds(-1), List.of()));
  }

  @Test
  void saysWhatItHolds() {
    assertThat(RrSet.of(A, MINUTE, List.of("192.0.2.1", "192.0.2.2")))
        .hasToString("www.example.org A 192.0.2.1, 192.0.2.2 ttl 60");
    assertThat(RrSet.none(A)).hasToString("www.example.org A (none)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "www.example.org.", "WWW.example.org"})
  void aKeysNameIsInLowerCaseAndWithoutADotAtItsEnd(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> new RecordKey(name, RecordType.A));
  }

  @Test
  void keysAreOrderedByNameThenType() {
    RecordKey first = new RecordKey("a.example.org", RecordType.AAAA);

    assertThat(ImmutableList.sortedCopyOf(ImmutableList.of(AAAA, A, first)))
        .containsExactly(first, A, AAAA);
  }

  @Test
  void theWayBackOfTheWayBackIsTheWay() {
    RrSet before = RrSet.of(A, MINUTE, List.of("192.0.2.1"));
    var change =
        new ZoneChange("example.org", ImmutableList.of(new Replacement(before, RrSet.none(A))));

    assertThat(change.reversed().replacements())
        .containsExactly(new Replacement(RrSet.none(A), before));
    assertThat(change.reversed().reversed()).isEqualTo(change);
  }

  @Test
  void strangersAreInNeitherBeforeNorAfter() {
    var replacement =
        new Replacement(
            RrSet.of(A, MINUTE, List.of("192.0.2.1")), RrSet.of(A, MINUTE, List.of("192.0.2.2")));

    assertThat(
            replacement.strangers(
                RrSet.of(A, MINUTE, List.of("192.0.2.1", "192.0.2.2", "192.0.2.3"))))
        .containsExactly("192.0.2.3");
  }

  @Test
  void aReplacementIsOfOneKey() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Replacement(RrSet.none(A), RrSet.none(AAAA)));
  }
}
