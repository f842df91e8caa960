package io.relais.failover.dns.ovh;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Secret;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.Check.Status;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.net.JdkHttpCaller;
import io.relais.testbed.provider.OvhFault;
import io.relais.testbed.provider.OvhReply;
import io.relais.testbed.provider.OvhRequest;
import io.relais.testbed.provider.OvhSimulator;
import io.relais.testbed.provider.OvhSimulatorZone;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OvhSelfCheckTest {
  private static final String ZONE = "/domain/zone/example.org";
  private static final String RECORDS = ZONE + "/record";
  private static final RecordKey WWW = new RecordKey("www.example.org", RecordType.A);
  private static final RecordKey WWW6 = new RecordKey("www.example.org", RecordType.AAAA);
  private static final Instant NOW = Instant.parse("2026-02-03T00:00:00Z");
  private static final String CHANGE = "OVH right to change records";
  private static final String COME_AND_GO = "OVH right to add and remove records";
  private static final String PUBLISH = "OVH right to publish";

  private OvhSimulator ovh;
  private OvhSimulatorZone zone;
  private OvhSimulatorZone.Entry www;

  @BeforeEach
  void start() throws IOException {
    ovh = OvhSimulator.start(InstantSource.fixed(NOW));
    zone = ovh.zone("example.org");
    www = zone.add("www", "A", "203.0.113.10", 60L);
    zone.deployNow();
  }

  @AfterEach
  void stop() {
    ovh.close();
  }

  @Test
  void isContentWhenAllIsWell() throws Exception {
    ImmutableList<Check> checks = check(ovh.grantAll());

    assertThat(checks).extracting(Check::result).containsOnly(Status.OK);
    assertThat(detail(checks, "OVH record www.example.org A"))
        .isEqualTo("www.example.org A 203.0.113.10 ttl 60");
    assertThat(detail(checks, "OVH clock")).isEqualTo("this host's clock agrees with OVH's");
  }

  /** A refresh would publish somebody else's edit, which nothing in the API gives away. */
  @Test
  void changesNothingAndPublishesNothing() throws Exception {
    zone.add("draft", "A", "203.0.113.99", 60L);
    ImmutableList<OvhSimulatorZone.Entry> served = zone.published();

    check(ovh.grantAll());

    assertThat(ovh.changes()).isEmpty();
    assertThat(zone.refreshes()).isZero();
    assertThat(zone.published()).isEqualTo(served);
  }

  @Test
  void findsThatTheRightToPublishIsMissing() throws Exception {
    ImmutableList<Check> checks = check(ovh.grant("GET /*", "PUT " + RECORDS + "/*"));

    assertThat(result(checks, PUBLISH)).isEqualTo(Status.FAILED);
    assertThat(detail(checks, PUBLISH))
        .isEqualTo(
            "the key lacks POST /domain/zone/example.org/refresh; make a new one: failover-watcher"
                + " ovh-login");
    assertThat(result(checks, CHANGE)).isEqualTo(Status.OK);
  }

  @Test
  void findsThatTheRightToChangeIsMissing() throws Exception {
    ImmutableList<Check> checks = check(ovh.grant("GET /*", "POST /*"));

    assertThat(result(checks, CHANGE)).isEqualTo(Status.FAILED);
    assertThat(detail(checks, CHANGE)).contains("PUT " + RECORDS + "/" + www.id());
    assertThat(result(checks, PUBLISH)).isEqualTo(Status.OK);
  }

  /** By OVH's rules: a star is anything, slashes too; without one it is the very path. */
  @ParameterizedTest
  @CsvSource({
    "/*, true",
    "*, true",
    "/domain/*, true",
    "/domain/zone/example.org/*, true",
    "/domain/zone/*/refresh, true",
    "/domain/zone/example.org/refresh, true",
    "/domain/zone/example.org, false",
    "/domain/zone/example.org/, false",
    "/domain/zone/example.org/refresh/*, false",
    "/domain/zone/example.com/*, false",
    "/domain/zone/exampleXorg/refresh, false",
    "/domain/zone/example.org/record/*, false",
  })
  void readsTheRulesAsOvhDoes(String rule, boolean covers) throws Exception {
    Secret key = ovh.grant("GET /*", "PUT /*", "POST " + rule);

    assertThat(result(check(key), PUBLISH)).isEqualTo(covers ? Status.OK : Status.FAILED);
    assertThat(ovh.refuses(key, "POST", ZONE + "/refresh")).isEqualTo(!covers);
  }

  @Test
  void takesAKeyThatWasMadeForOneRecord() throws Exception {
    Secret key =
        ovh.grant(
            "GET /auth/currentCredential",
            "GET " + ZONE + "/*",
            "PUT " + RECORDS + "/" + www.id(),
            "POST " + ZONE + "/refresh");

    assertThat(check(key)).extracting(Check::result).containsOnly(Status.OK);
    zone.remove(www.id());
    zone.add("www", "A", "203.0.113.10", 60L);
    assertThat(result(check(key), CHANGE)).isEqualTo(Status.FAILED);
  }

  @Test
  void wantsNoRightToAddWhereOneAddressTakesThePlaceOfAnother() throws Exception {
    Secret key = ovh.grant("GET /*", "PUT " + RECORDS + "/*", "POST /domain/zone/*/refresh");

    assertThat(check(key)).extracting(Check::result).containsOnly(Status.OK);
  }

  @Test
  void findsThatTheRightToAddAndRemoveIsMissingWhereItIsNeeded() throws Exception {
    Secret key = ovh.grant("GET /*", "PUT " + RECORDS + "/*", "POST /domain/zone/*/refresh");
    zone.add("www", "A", "203.0.113.11", 60L);
    zone.deployNow();

    ImmutableList<Check> checks = check(key);

    assertThat(result(checks, COME_AND_GO)).isEqualTo(Status.FAILED);
    assertThat(detail(checks, COME_AND_GO))
        .contains("POST " + RECORDS, "DELETE " + RECORDS + "/", "ovh-login");
    assertThat(result(check(ovh.grantAll()), COME_AND_GO)).isEqualTo(Status.OK);
  }

  /** Where both sides have IPv6, or neither, no record comes or goes. */
  @Test
  void warnsThatIpv6MayNeedTheRightToAddAndRemove() throws Exception {
    Secret key = ovh.grant("GET /*", "PUT " + RECORDS + "/*", "POST /domain/zone/*/refresh");

    ImmutableList<Check> checks = check(SimulatedLogin.keys(ovh, key), WWW, WWW6);

    assertThat(result(checks, COME_AND_GO)).isEqualTo(Status.WARNING);
  }

  @Test
  void findsThatTheRightToReadIsMissing() throws Exception {
    ImmutableList<Check> checks = check(ovh.grant("POST /*"));

    assertThat(result(checks, "OVH record www.example.org A")).isEqualTo(Status.FAILED);
  }

  @Test
  void saysHonestlyThatAKeyMayNotSeeItsOwnRights() throws Exception {
    Secret key = ovh.grant("GET " + ZONE + "/*", "PUT " + ZONE + "/*", "POST " + ZONE + "/*");

    ImmutableList<Check> checks = check(key);

    assertThat(result(checks, "OVH credential")).isEqualTo(Status.UNKNOWN);
    assertThat(detail(checks, "OVH credential")).contains("GET /auth/currentCredential");
    assertThat(result(checks, PUBLISH)).isEqualTo(Status.UNKNOWN);
    assertThat(detail(checks, PUBLISH)).contains("drill --name");
    assertThat(checks).extracting(Check::result).doesNotContain(Status.FAILED, Status.UNANSWERED);
  }

  @ParameterizedTest
  @CsvSource({"-1, FAILED", "1, WARNING", "13, WARNING", "15, OK", "300, OK"})
  void tellsOfTheKeysEndTwoWeeksAhead(int days, Status expected) throws Exception {
    Secret key = ovh.grantAll();
    ovh.setExpiration(key, NOW.plus(Duration.ofDays(days)).plusSeconds(60));

    assertThat(result(check(key), "OVH credential")).isEqualTo(expected);
  }

  @Test
  void saysThatTheKeyIsOnlyGoodFromSomeAddresses() throws Exception {
    Secret key = ovh.grantAll();
    ovh.setAllowedIps(key, "203.0.113.0/24");

    ImmutableList<Check> checks = check(key);

    assertThat(result(checks, "OVH credential's networks")).isEqualTo(Status.UNKNOWN);
    assertThat(detail(checks, "OVH credential's networks"))
        .contains("only good from [\"203.0.113.0/24\"]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"expired", "refused", "pendingValidation"})
  void stopsAtACredentialThatIsNotGood(String state) throws Exception {
    Secret key = ovh.grantAll();
    ovh.setState(key, state);

    ImmutableList<Check> checks = check(key);

    assertThat(checks).last().extracting(Check::name).isEqualTo("OVH credential");
    assertThat(result(checks, "OVH credential")).isEqualTo(Status.FAILED);
  }

  /** What a proxy, an outage at OVH or too many calls answer is no word on the key. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/auth/time",
        "/auth/currentCredential",
        "/domain/zone/example.org/record",
        "/domain/zone/example.org/status"
      })
  void tellsAnApiThatDoesNotAnswerFromARightThatIsMissing(String path) throws Exception {
    for (OvhFault fault :
        ImmutableList.of(
            new OvhFault.Answer(OvhReply.of(200, "<html>Welcome")),
            new OvhFault.Answer(OvhReply.of(403, "<html>Blocked by your proxy")),
            new OvhFault.Answer(OvhReply.of(503, "{\"message\":\"Internal error\"}")),
            new OvhFault.Answer(OvhReply.of(429, "")),
            new OvhFault.CloseBefore())) {
      ovh.clearFaults();
      ovh.injectAlways(request -> request.path().equals(path), fault);

      ImmutableList<Check> checks = check(ovh.grantAll());

      assertThat(checks).extracting(Check::result).contains(Status.UNANSWERED);
      assertThat(checks).extracting(Check::result).doesNotContain(Status.FAILED);
    }
  }

  @Test
  void seesTheRightsOfAServiceAccount() throws Exception {
    ImmutableList<Check> checks =
        check(
            SimulatedLogin.serviceAccount(
                ovh,
                "dnsZone:apiovh:get",
                "dnsZone:apiovh:status/get",
                "dnsZone:apiovh:record/get",
                "dnsZone:apiovh:record/edit"),
            WWW);

    assertThat(result(checks, CHANGE)).isEqualTo(Status.OK);
    assertThat(result(checks, PUBLISH)).isEqualTo(Status.FAILED);
    assertThat(detail(checks, PUBLISH)).contains("dnsZone:apiovh:refresh");
    assertThat(checks).extracting(Check::detail).noneMatch(text -> text.contains("ovh-login"));
    assertThat(ovh.changes()).noneMatch(change -> !change.contains("/authorization/check"));
  }

  @Test
  void saysHonestlyThatAServiceAccountsRightsCanNotBeSeen() throws Exception {
    ImmutableList<Check> checks =
        check(SimulatedLogin.serviceAccount(ovh, "dnsZone:apiovh:record/get"), WWW);

    assertThat(result(checks, "OVH credential")).isEqualTo(Status.UNKNOWN);
    assertThat(detail(checks, "OVH credential")).contains("dnsZone:apiovh:get");
    assertThat(result(checks, CHANGE)).isEqualTo(Status.UNKNOWN);
    assertThat(result(checks, "OVH zone example.org")).isEqualTo(Status.UNKNOWN);
  }

  @Test
  void findsThatTheNameBecameAnAlias() throws Exception {
    zone.remove(www.id());
    zone.add("www", "CNAME", "example.github.io.", 60L);

    ImmutableList<Check> checks = check(ovh.grantAll());

    assertThat(result(checks, "OVH record www.example.org A")).isEqualTo(Status.FAILED);
    assertThat(detail(checks, "OVH record www.example.org A")).contains("CNAME");
  }

  @Test
  void findsWhatOvhSaysAgainstTheZone() throws Exception {
    zone.setErrors("a record is invalid");
    assertThat(result(check(ovh.grantAll()), "OVH zone example.org")).isEqualTo(Status.FAILED);
    zone.setErrors();
    zone.deployAfter(Optional.empty());
    zone.refreshByAnother();
    assertThat(result(check(ovh.grantAll()), "OVH zone example.org")).isEqualTo(Status.WARNING);
  }

  @ParameterizedTest
  @CsvSource({"300, 300 s behind OVH's", "-300, 300 s ahead of OVH's"})
  void warnsOfAClockThatIsWrong(int seconds, String said) throws Exception {
    ovh.setAhead(Duration.ofSeconds(seconds));

    ImmutableList<Check> checks = check(ovh.grantAll());

    assertThat(result(checks, "OVH clock")).isEqualTo(Status.WARNING);
    assertThat(detail(checks, "OVH clock")).startsWith("this host's clock is " + said);
    assertThat(checks).filteredOn(check -> check.result() != Status.OK).hasSize(1);
  }

  @Test
  void onlyReads() throws Exception {
    check(ovh.grantAll());

    assertThat(ovh.requests()).extracting(OvhRequest::method).containsOnly("GET");
  }

  private ImmutableList<Check> check(Secret key) throws InterruptedException {
    return check(SimulatedLogin.keys(ovh, key), WWW);
  }

  private ImmutableList<Check> check(OvhSettings.Authentication who, RecordKey... keys)
      throws InterruptedException {
    OvhSettings settings =
        new OvhSettings(ovh.endpoint(), who, ImmutableMap.of(), Duration.ofSeconds(10));
    return OvhZone.of(settings, new JdkHttpCaller(), InstantSource.fixed(NOW))
        .check("example.org", ImmutableSet.copyOf(keys), false);
  }

  private static Check find(ImmutableList<Check> checks, String name) {
    return checks.stream().filter(check -> check.name().equals(name)).findFirst().orElseThrow();
  }

  private static String detail(ImmutableList<Check> checks, String name) {
    return find(checks, name).detail();
  }

  private static Status result(ImmutableList<Check> checks, String name) {
    return find(checks, name).result();
  }
}
