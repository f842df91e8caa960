package io.relais.failover.address;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import io.relais.failover.address.AddressFinder.Verdict;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StableAddressTest {
  private static final Instant START = Instant.parse("2026-11-23T04:00:00Z");

  /** One character a round: an address by its last digit, or - for no agreement. */
  private static StableAddress after(StableAddress before, String rounds) {
    StableAddress now = before;
    for (int i = 0; i < rounds.length(); i++) {
      String said = rounds.substring(i, i + 1);
      Optional<InetAddress> address =
          said.equals("-") ? Optional.empty() : Optional.of(address(said));
      now = now.observe(IpFamily.V4, new Verdict(address, ""), START.plusSeconds(i));
    }
    return now;
  }

  private static InetAddress address(String digit) {
    return InetAddresses.forString("8.8.8." + digit);
  }

  private static String shown(Optional<InetAddress> address) {
    return address.map(InetAddress::getHostAddress).map(text -> text.substring(6)).orElse("-");
  }

  @ParameterizedTest
  @CsvSource({
    // needed, rounds, stable, latest, previous
    "1, '',        -, -, ''",
    "1, 1,         1, 1, ''",
    "1, 12,        2, 2, 1",
    "2, 1,         -, 1, ''",
    "2, 11,        1, 1, ''",
    "2, 12,        -, 2, ''",
    "2, 121,       -, 1, ''",
    "2, 1-,        -, 1, ''",
    "2, 1-1,       1, 1, ''",
    "2, -1--1-,    1, 1, ''",
    "2, 112,       1, 2, ''",
    "2, 1121,      1, 1, ''",
    "2, 11212,     1, 2, ''",
    "2, 1122,      2, 2, 1",
    "2, 112-2,     2, 2, 1",
    "2, 112233,    3, 3, 21",
    "2, 112211,    1, 1, 2",
    "2, 11-----,   1, 1, ''",
    "3, 11,        -, 1, ''",
    "3, 111222111, 1, 1, 2"
  })
  void countsAnAddressOnceItWasTheSameSoOften(
      int needed, String rounds, String stable, String latest, String previous) {
    StableAddress known = after(StableAddress.unknown(needed), rounds);

    assertThat(shown(known.stable(IpFamily.V4))).isEqualTo(stable);
    assertThat(shown(known.latest(IpFamily.V4))).isEqualTo(latest);
    assertThat(
            known.previous(IpFamily.V4).stream()
                .map(Optional::of)
                .map(StableAddressTest::shown)
                .reduce("", String::concat))
        .isEqualTo(previous);
  }

  @Test
  void keepsTheFamiliesApart() {
    InetAddress six = InetAddresses.forString("2a01:cb00::1");
    StableAddress known =
        after(StableAddress.unknown(1), "1")
            .observe(IpFamily.V6, new Verdict(Optional.of(six), ""), START);

    assertThat(known.stable(IpFamily.V4)).contains(address("1"));
    assertThat(known.stable(IpFamily.V6)).contains(six);
    assertThat(after(known, "2").stable(IpFamily.V6)).contains(six);
  }

  @Test
  void aRoundWithoutAgreementConfirmsNothing() {
    StableAddress known = after(StableAddress.unknown(2), "11---");

    assertThat(known.confirmedAt(IpFamily.V4)).contains(START.plusSeconds(1));
  }

  @Test
  void aStricterSettingDoesNotTakeBackWhatCounts() {
    StableAddress known = after(StableAddress.unknown(1), "1").withRounds(3);

    assertThat(known.stable(IpFamily.V4)).contains(address("1"));
    assertThat(after(known, "22").stable(IpFamily.V4)).contains(address("1"));
    assertThat(after(known, "222").stable(IpFamily.V4)).contains(address("2"));
  }

  @Test
  void remembersOnlySoManyFormerAddresses() {
    assertThat(after(StableAddress.unknown(1), "1234567890123456").previous(IpFamily.V4))
        .hasSize(8)
        .doesNotContain(address("6"));
  }
}
