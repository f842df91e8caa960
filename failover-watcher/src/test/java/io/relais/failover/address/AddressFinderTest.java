package io.relais.failover.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.failover.address.AddressFinder.Verdict;
import io.relais.failover.address.AddressSettings.Source;
import io.relais.failover.dns.DnsQuestion;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AddressFinderTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(200);

  /** Says one thing; "!" and a reason for none. */
  private record Says(String name, boolean authoritative, String what) implements AddressSource {
    @Override
    public boolean supports(IpFamily family) {
      return family == IpFamily.V4;
    }

    @Override
    public InetAddress find(IpFamily family) throws AddressException {
      if (what.startsWith("!")) {
        throw new AddressException(what.substring(1), null);
      }
      return InetAddresses.forString(what);
    }
  }

  private static Verdict find(int agree, List<AddressSource> sources) throws InterruptedException {
    return new AddressFinder(agree, sources, LONG).find(IpFamily.V4);
  }

  private static ImmutableList<AddressSource> sources(String said) {
    ImmutableList.Builder<AddressSource> sources = ImmutableList.builder();
    int number = 0;
    for (String what : said.split(" ")) {
      sources.add(new Says("s" + number++, false, what));
    }
    return sources.build();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 8.8.8.8,                         8.8.8.8, s0: 8.8.8.8",
    "2, 8.8.8.8 8.8.8.8,                 8.8.8.8, s1: 8.8.8.8",
    "2, 8.8.8.8 8.8.8.8 9.9.9.9,         8.8.8.8, s2: 9.9.9.9",
    "2, 8.8.8.8 9.9.9.9 8.8.8.8,         8.8.8.8, s1: 9.9.9.9",
    "2, 8.8.8.8 !gone 8.8.8.8,           8.8.8.8, s1: gone",
    "2, 8.8.8.8,                         none,    1 agree and 2 must",
    "2, 8.8.8.8 9.9.9.9,                 none,    1 agree and 2 must",
    "2, 8.8.8.8 !gone,                   none,    s1: gone",
    "3, 8.8.8.8 8.8.8.8 9.9.9.9,         none,    2 agree and 3 must",
    "1, 8.8.8.8 9.9.9.9,                 none,    contradict",
    "2, 8.8.8.8 9.9.9.9 8.8.8.8 9.9.9.9, none,    contradict",
    "2, 8.8.8.8 8.8.8.8 8.8.8.8 9.9.9.9 9.9.9.9, none, contradict",
    "1, !gone !away,                     none,    no source gave an address (s0: gone; s1: away)"
  })
  void needsSoManyThatAgree(int agree, String said, String expected, String detail)
      throws Exception {
    Verdict verdict = find(agree, sources(said));

    assertThat(verdict.address().map(InetAddress::getHostAddress).orElse("none"))
        .isEqualTo(expected);
    assertThat(verdict.detail()).contains(detail);
  }

  @Test
  void believesAnAuthoritativeSourceAloneAndAsksNoOther() throws Exception {
    AtomicBoolean asked = new AtomicBoolean();
    AddressSource certain = new Says("fixed", true, "8.8.8.8");

    Verdict verdict = find(2, List.of(certain, other(() -> asked.set(true))));

    assertThat(verdict.address()).isEqualTo(Optional.of(InetAddresses.forString("8.8.8.8")));
    assertThat(asked).isFalse();
  }

  @Test
  void findsNothingWhereAuthoritativeSourcesContradictEachOther() throws Exception {
    Verdict verdict =
        find(1, List.of(new Says("a", true, "8.8.8.8"), new Says("b", true, "9.9.9.9")));

    assertThat(verdict.address()).isEmpty();
    assertThat(verdict.detail()).contains("contradict", "a: 8.8.8.8", "b: 9.9.9.9");
  }

  @Test
  void doesNotFallBackOnOthersWhereTheAuthoritativeSourceFails() throws Exception {
    List<AddressSource> mixed =
        ImmutableList.<AddressSource>builder()
            .add(new Says("eth0", true, "!it has none"))
            .addAll(sources("8.8.8.8 8.8.8.8"))
            .build();

    assertThat(find(2, mixed).address()).isEmpty();
  }

  @Test
  void saysThatNoSourceKnowsTheFamily() throws Exception {
    Verdict verdict = new AddressFinder(1, sources("8.8.8.8"), LONG).find(IpFamily.V6);

    assertThat(verdict.address()).isEmpty();
    assertThat(verdict.detail()).contains("IPv6");
  }

  /** Each waits until the other one has been asked. */
  @Test
  void asksAllAtOnce() throws Exception {
    CountDownLatch asked = new CountDownLatch(2);
    AddressSource meeting = other(() -> meet(asked));

    assertThat(find(2, List.of(meeting, meeting)).address()).isPresent();
  }

  @Test
  void doesNotWaitForAHangingSourceBeyondTheDeadline() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    AddressSource hanging =
        other(
            () -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
              }
            });
    List<AddressSource> all =
        ImmutableList.<AddressSource>builder()
            .add(hanging)
            .addAll(sources("8.8.8.8 8.8.8.8"))
            .build();

    Verdict verdict = new AddressFinder(2, all, SHORT).find(IpFamily.V4);

    assertThat(verdict.address()).isPresent();
    assertThat(verdict.detail()).contains("other: no answer within");
    interrupted.await();
  }

  @Test
  void aDefectOfASourceIsNotTakenForASilentOne() {
    AddressSource broken =
        other(
            () -> {
              throw new IllegalStateException("bug");
            });

    assertThatThrownBy(() -> find(1, List.of(broken)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("other");
  }

  @Test
  void countsTheSameSourceOnce() throws Exception {
    JdkCaller http = new JdkCaller();
    Source page = new Source.Http(URI.create("http://127.0.0.1:1/"));
    AddressSettings settings =
        new AddressSettings(ImmutableList.of(page, page), 2, ImmutableSet.of(IpFamily.V4));

    Verdict verdict = new AddressFinder(settings, http, NO_DNS).find(IpFamily.V4);

    assertThat(verdict.address()).isEmpty();
    assertThat(http.calls).hasSize(1);
  }

  @Test
  void checksThatAFixedAddressIsPublic() throws Exception {
    assertThat(fixed("192.168.1.2").detail()).contains("private, RFC 1918");
    assertThat(fixed("192.168.1.2").address()).isEmpty();
    assertThat(fixed("93.184.216.34").address()).isPresent();
  }

  private static Verdict fixed(String address) throws InterruptedException {
    Source source = new Source.Fixed(InetAddresses.forString(address));
    AddressSettings settings =
        new AddressSettings(ImmutableList.of(source), 2, ImmutableSet.of(IpFamily.V4));
    return new AddressFinder(settings, new JdkCaller(), NO_DNS).find(IpFamily.V4);
  }

  private static final DnsQuestion NO_DNS =
      (server, name, type, timeout) -> {
        throw new AssertionError("no DNS here");
      };

  private interface Action {
    void run() throws InterruptedException;
  }

  private static void meet(CountDownLatch asked) throws InterruptedException {
    asked.countDown();
    asked.await();
  }

  private static AddressSource other(Action action) {
    return new AddressSource() {
      @Override
      public String name() {
        return "other";
      }

      @Override
      public boolean supports(IpFamily family) {
        return true;
      }

      @Override
      public boolean authoritative() {
        return false;
      }

      @Override
      public InetAddress find(IpFamily family) throws InterruptedException {
        action.run();
        return InetAddresses.forString("8.8.8.8");
      }
    };
  }
}
