package io.relais.failover.dyndns;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import io.relais.common.Secret;
import io.relais.failover.address.JdkCaller;
import io.relais.failover.dyndns.DynDns.Status;
import io.relais.failover.dyndns.DynDns.Update;
import io.relais.failover.dyndns.DynDns2Updater.Service;
import io.relais.testbed.ManualClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DynDnsByUpdateTest {
  private static final Optional<InetAddress> NONE = Optional.empty();
  private static final Optional<InetAddress> FOUR = address("93.184.216.34");
  private static final Optional<InetAddress> OTHER = address("93.184.216.35");
  private static final Optional<InetAddress> SIX = address("2a01:cb00::1");

  private final ManualClock clock = new ManualClock();
  private final JdkCaller http = new JdkCaller();
  private DynDnsState state = DynDnsState.unknown();
  private Service behaviour = Service.OTHER;
  private String password = "p:s";
  private String user = "me";
  private String path = "/nic/update";

  @SuppressWarnings("NullAway.Init")
  private FakeUpdateService service;

  @BeforeEach
  void start() throws IOException {
    service = new FakeUpdateService();
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private static Optional<InetAddress> address(String text) {
    return Optional.of(InetAddresses.forString(text));
  }

  private Update update(Optional<InetAddress> v4, Optional<InetAddress> v6)
      throws InterruptedException {
    // Anew each time, as after a restart.
    var settings =
        new DynDnsSettings.ByUpdate(
            "backup.example.org", service.url(path), user, Secret.of(password));
    Update result =
        new DynDns(new DynDns2Updater(settings, http, behaviour), clock).update(v4, v6, state);
    state = result.state();
    return result;
  }

  private int asked() {
    return service.requests.size();
  }

  @Test
  void asksAsTheProtocolHasIt() throws Exception {
    assertThat(update(FOUR, NONE).status()).isEqualTo(Status.UPDATED);

    FakeUpdateService.Request request = service.requests.getFirst();
    assertThat(request.method()).isEqualTo("GET");
    assertThat(request.uri())
        .isEqualTo("/nic/update?system=dyndns&hostname=backup.example.org&myip=93.184.216.34");
    assertThat(request.headers().getFirst("Authorization")).isEqualTo("Basic bWU6cDpz");
    assertThat(request.headers().getFirst("User-Agent"))
        .matches("Relais failover-watcher/Linux-.+");
  }

  @Test
  void addsToAQueryThatTheUrlHas() throws Exception {
    path = "/update?zone=1";
    update(FOUR, NONE);

    assertThat(service.requests.getFirst().uri()).startsWith("/update?zone=1&system=dyndns&");
  }

  @Test
  void sendsBothFamiliesInOneRequest() throws Exception {
    update(FOUR, SIX);

    assertThat(asked()).isEqualTo(1);
    assertThat(service.requests.getFirst().uri()).endsWith("&myip=93.184.216.34,2a01:cb00::1");
  }

  @Test
  void namesTheUnchangedFamilyTooWhereOnlyOneHasChanged() throws Exception {
    update(FOUR, SIX);
    update(OTHER, SIX);

    assertThat(service.requests.getLast().uri()).endsWith("&myip=93.184.216.35,2a01:cb00::1");
  }

  @Test
  void sendsOneRequestForEachFamilyToOvhAndOnlyForWhatHasChanged() throws Exception {
    behaviour = Service.OVH;
    update(FOUR, SIX);
    assertThat(service.requests)
        .extracting(FakeUpdateService.Request::uri)
        .element(0)
        .asString()
        .endsWith("&myip=93.184.216.34");
    assertThat(service.requests.get(1).uri()).endsWith("&myip=2a01:cb00::1");
    update(OTHER, SIX);

    assertThat(asked()).isEqualTo(3);
    assertThat(service.requests.getLast().uri()).endsWith("&myip=93.184.216.35");
  }

  @Test
  void asksNobodyWhileNothingHasChanged() throws Exception {
    update(FOUR, SIX);

    assertThat(update(FOUR, SIX).status()).isEqualTo(Status.UNCHANGED);
    clock.advance(Duration.ofDays(27));
    assertThat(update(FOUR, SIX).status()).isEqualTo(Status.UNCHANGED);
    assertThat(asked()).isEqualTo(1);
  }

  @Test
  void setsTheNameAgainBeforeItRunsOut() throws Exception {
    update(FOUR, NONE);
    clock.advance(Duration.ofDays(28));
    service.says(200, "nochg 93.184.216.34");

    assertThat(update(FOUR, NONE).status()).isEqualTo(Status.UPDATED);
    assertThat(update(FOUR, NONE).status()).isEqualTo(Status.UNCHANGED);
    assertThat(asked()).isEqualTo(2);
  }

  @Test
  void doesNotSetItAgainAtOvhWhereNamesDoNotRunOut() throws Exception {
    behaviour = Service.OVH;
    update(FOUR, NONE);
    clock.advance(Duration.ofDays(400));

    assertThat(update(FOUR, NONE).status()).isEqualTo(Status.UNCHANGED);
  }

  @ParameterizedTest
  @CsvSource({
    "200, good",
    "200, good 93.184.216.34",
    "200, GOOD 93.184.216.34",
    "200, nochg 93.184.216.34",
    "200, '\r\ngood 93.184.216.34\r\n'"
  })
  void takesTheWordsForDone(int status, String body) throws Exception {
    service.says(status, body);

    assertThat(update(FOUR, NONE).status()).isEqualTo(Status.UPDATED);
  }

  @ParameterizedTest
  @CsvSource({
    "200, badauth, password",
    "401, badauth, password",
    "401, '', password",
    "401, <html>Unauthorized</html>, password",
    "200, nohost, no such name",
    "200, !yours, another account",
    "200, notfqdn, domain",
    "200, numhost, several records",
    "200, abuse, unblock",
    "200, badagent, support",
    "200, badsys, system",
    "200, badip, IPv6",
    "403, !donator, paid",
    "200, good 127.0.0.1, ignores"
  })
  void stopsUntilTheConfigurationChanges(int status, String body, String advice) throws Exception {
    service.says(status, body);
    Update result = update(FOUR, NONE);

    assertThat(result.status()).isEqualTo(Status.REFUSED);
    assertThat(result.detail()).contains(advice).contains("backup.example.org");
    clock.advance(Duration.ofDays(365));
    assertThat(update(OTHER, SIX).status()).isEqualTo(Status.HELD);
    assertThat(asked()).isEqualTo(1);
  }

  @Test
  void goesOnOnceThePasswordIsMended() throws Exception {
    service.says(200, "badauth");
    update(FOUR, NONE);
    service.says(200, "good");
    password = "right";

    assertThat(update(FOUR, NONE).status()).isEqualTo(Status.UPDATED);
  }

  @Test
  void goesOnOnceTheUserOrTheUrlIsMended() throws Exception {
    service.says(200, "nohost");
    update(FOUR, NONE);
    user = "you";
    assertThat(update(FOUR, NONE).status()).isEqualTo(Status.REFUSED);
    path = "/v3/update";
    assertThat(update(FOUR, NONE).status()).isEqualTo(Status.REFUSED);
    path = "/v3/update?zone=2";
    assertThat(update(FOUR, NONE).status()).isEqualTo(Status.REFUSED);
    assertThat(asked()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource({
    "200, 911, ''",
    "200, dnserr, ''",
    "200, interval, ''",
    "500, 911, ''",
    "429, '', 60",
    "503, busy, ''",
    "302, '', ''",
    "404, not found, ''",
    "500, good, ''",
    "200, '', ''",
    "200, <html>Please log in to the hotel</html>, ''",
    "200, goodbye, ''"
  })
  void comesBackInHalfAnHourAndNotBefore(int status, String body, String retryAfter)
      throws Exception {
    service.says(status, body);
    service.asksToWait(retryAfter);
    assertThat(update(FOUR, NONE).status()).isEqualTo(Status.FAILED);
    clock.advance(Duration.ofMinutes(30).minusSeconds(1));
    assertThat(update(OTHER, NONE).status()).isEqualTo(Status.HELD);
    assertThat(asked()).isEqualTo(1);
    clock.advance(Duration.ofSeconds(1));
    service.says(200, "good");

    assertThat(update(FOUR, NONE).status()).isEqualTo(Status.UPDATED);
  }

  @Test
  void waitsLongerWhereTheServiceAsksForIt() throws Exception {
    service.says(429, "");
    service.asksToWait("7200");
    update(FOUR, NONE);
    clock.advance(Duration.ofMinutes(119));
    assertThat(update(FOUR, NONE).status()).isEqualTo(Status.HELD);
    clock.advance(Duration.ofMinutes(1));
    assertThat(update(FOUR, NONE).status()).isEqualTo(Status.FAILED);
  }

  @Test
  void keepsWhatWasSetWhereTheOtherFamilyFails() throws Exception {
    behaviour = Service.OVH;
    update(FOUR, NONE);
    service.says(200, "911");
    assertThat(update(FOUR, SIX).status()).isEqualTo(Status.FAILED);
    assertThat(service.requests.getLast().uri()).endsWith("&myip=2a01:cb00::1");
    clock.advance(Duration.ofMinutes(30));
    service.says(200, "good");
    update(FOUR, SIX);

    assertThat(asked()).isEqualTo(3);
  }

  @Test
  void comesBackInMinutesWhereTheLineIsTheTrouble() throws Exception {
    service.close();
    Update result = update(FOUR, NONE);

    assertThat(result.status()).isEqualTo(Status.FAILED);
    assertThat(result.detail()).contains("no answer");
    assertThat(result.state().notBefore()).contains(clock.instant().plus(Duration.ofMinutes(5)));
  }

  @Test
  void tellsThePasswordToNobodyButTheService() throws Exception {
    password = "very-secret";
    service.says(200, "badauth very");
    Update result = update(FOUR, NONE);

    assertThat(result.toString()).doesNotContain("very-secret");
    assertThat(service.requests.getFirst().uri()).doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource({
    "https://dns.eu.ovhapis.com/nic/update, false",
    "https://www.ovh.com/nic/update, false",
    "https://DNS.EU.OVHAPIS.COM/nic/update, false",
    "https://dynupdate.no-ip.com/nic/update, true",
    "https://notovh.com/nic/update, true",
    "https://update.dedyn.io/, true"
  })
  void knowsOvhByItsHost(String url, boolean together) {
    assertThat(Service.of(URI.create(url)).together()).isEqualTo(together);
  }
}
