package io.relais.failover.dns.ovh;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Secret;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.Check.Result;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.testbed.JdkHttpCaller;
import io.relais.failover.testbed.OvhFault;
import io.relais.failover.testbed.OvhReply;
import io.relais.failover.testbed.OvhSimulator;
import io.relais.failover.testbed.OvhSimulatorZone;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class OvhRehearsalTest {
  private static final String RECORDS = "/domain/zone/example.org/record";
  private static final RecordKey WWW = new RecordKey("www.example.org", RecordType.A);

  private OvhSimulator ovh;
  private OvhSimulatorZone zone;

  @BeforeEach
  void start() throws IOException {
    ovh = OvhSimulator.start();
    zone = ovh.zone("example.org");
    zone.add("www", "A", "203.0.113.10", 60L);
    zone.deployNow();
  }

  @AfterEach
  void stop() {
    ovh.close();
  }

  @Test
  void isContentWhenAllIsWell() throws Exception {
    ImmutableList<Check> checks = check(ovh.grantAll(), false);

    assertThat(checks).extracting(Check::result).containsOnly(Result.OK);
    assertThat(detail(checks, "OVH record www.example.org A"))
        .isEqualTo("www.example.org A 203.0.113.10 ttl 60");
    assertThat(ovh.changes()).hasSize(2).last().isEqualTo("POST /domain/zone/example.org/refresh");
  }

  @Test
  void changesNothingInADryRun() throws Exception {
    ImmutableList<Check> checks = check(ovh.grantAll(), true);

    assertThat(ovh.changes()).isEmpty();
    assertThat(detail(checks, "OVH right to publish")).isEqualTo("not tried in a dry run");
    assertThat(detail(checks, "OVH right to change records")).isEqualTo("not tried in a dry run");
  }

  @Test
  void findsThatTheRightToPublishIsMissing() throws Exception {
    ImmutableList<Check> checks = check(ovh.grant("GET *", "PUT " + RECORDS + "/*"), false);

    assertThat(result(checks, "OVH right to publish")).isEqualTo(Result.FAILED);
    assertThat(detail(checks, "OVH right to publish")).contains("ovh-login");
    assertThat(detail(checks, "OVH credential"))
        .contains("lacks POST /domain/zone/example.org/refresh");
  }

  @Test
  void findsThatTheRightToChangeIsMissing() throws Exception {
    ImmutableList<Check> checks = check(ovh.grant("GET *", "POST *"), false);

    assertThat(result(checks, "OVH right to change records")).isEqualTo(Result.FAILED);
    assertThat(result(checks, "OVH right to publish")).isEqualTo(Result.OK);
  }

  @Test
  void wantsNoRightToAddWhereOneAddressTakesThePlaceOfAnother() throws Exception {
    Secret key = ovh.grant("GET *", "PUT " + RECORDS + "/*", "POST /domain/zone/*/refresh");

    assertThat(check(key, false)).extracting(Check::result).containsOnly(Result.OK);
  }

  @Test
  void findsThatTheRightToAddAndRemoveIsMissingWhereItIsNeeded() throws Exception {
    Secret key = ovh.grant("GET *", "PUT " + RECORDS + "/*", "POST /domain/zone/*/refresh");
    zone.add("www", "A", "203.0.113.11", 60L);
    zone.deployNow();

    ImmutableList<Check> checks = check(key, false);

    String name = "OVH right to add and remove records";
    assertThat(result(checks, name)).isEqualTo(Result.WARNING);
    assertThat(detail(checks, name))
        .contains("POST " + RECORDS, "DELETE " + RECORDS + "/*", "ovh-login");
    assertThat(result(check(ovh.grantAll(), false), name)).isEqualTo(Result.OK);
  }

  @Test
  void wantsTheRightToAddAndRemoveForIpv6() throws Exception {
    Secret key = ovh.grant("GET *", "PUT " + RECORDS + "/*", "POST /domain/zone/*/refresh");
    RecordKey six = new RecordKey("www.example.org", RecordType.AAAA);

    ImmutableList<Check> checks = check(ovh.keys(key), false, WWW, six);

    assertThat(result(checks, "OVH right to add and remove records")).isEqualTo(Result.WARNING);
  }

  @Test
  void findsThatTheRightToReadIsMissing() throws Exception {
    ImmutableList<Check> checks = check(ovh.grant("POST *"), false);

    assertThat(result(checks, "OVH record www.example.org A")).isEqualTo(Result.FAILED);
    assertThat(result(checks, "OVH credential")).isEqualTo(Result.WARNING);
  }

  @Test
  void doesNotPublishWhatSomebodyElseBegan() throws Exception {
    zone.add("new", "A", "192.0.2.1", 60L);

    ImmutableList<Check> checks = check(ovh.grantAll(), false);

    assertThat(zone.refreshes()).isZero();
    assertThat(result(checks, "OVH right to publish")).isEqualTo(Result.WARNING);
    assertThat(result(checks, "OVH zone example.org")).isEqualTo(Result.WARNING);
  }

  @Test
  void warnsOfAnEndToTheKeysValidityAndOfALimitToAddresses() throws Exception {
    Secret key = ovh.grantAll();
    ovh.setExpiration(key, Instant.parse("2026-02-03T00:00:00Z"));
    ovh.setAllowedIps(key, "203.0.113.0/24");

    assertThat(detail(check(key, true), "OVH credential"))
        .contains("expires at 2026-02-03T00:00:00Z")
        .contains("only good from [\"203.0.113.0/24\"]");
  }

  @Test
  void doesNotSendTheOwnerOfAServiceAccountToOvhLogin() throws Exception {
    ImmutableList<Check> checks = check(ovh.serviceAccount("dnsZone:apiovh:record/get"), false);

    assertThat(detail(checks, "OVH credential")).startsWith("a service account");
    assertThat(result(checks, "OVH right to change records")).isEqualTo(Result.FAILED);
    assertThat(checks).extracting(Check::detail).noneMatch(text -> text.contains("ovh-login"));
  }

  @Test
  void publishesNothingWhereItCanNotSeeWhatElseThatWouldShow() throws Exception {
    zone.add("draft", "A", "203.0.113.99", 60L);
    Secret key = ovh.grant("GET " + RECORDS, "GET " + RECORDS + "/*", "PUT *", "POST *");

    ImmutableList<Check> checks = check(key, false);

    assertThat(result(checks, "OVH right to publish")).isEqualTo(Result.WARNING);
    assertThat(detail(checks, "OVH right to publish")).startsWith("not tried: ");
    assertThat(ovh.changes()).noneMatch(change -> change.contains("/refresh"));
  }

  @Test
  void stopsAtACredentialThatIsNotGood() throws Exception {
    Secret key = ovh.grantAll();
    ovh.setState(key, "expired");

    ImmutableList<Check> checks = check(key, false);

    assertThat(checks).hasSize(2);
    assertThat(result(checks, "OVH credential")).isEqualTo(Result.FAILED);
  }

  @Test
  void stopsWhenTheApiIsNotThere() throws Exception {
    ovh.injectAlways(request -> true, new OvhFault.Answer(OvhReply.of(200, "<html>Welcome")));

    ImmutableList<Check> checks = check(ovh.grantAll(), false);

    assertThat(checks).hasSize(1);
    assertThat(detail(checks, "OVH API")).contains("captive portal").contains("<html>Welcome");
  }

  @Test
  void warnsOfAClockThatIsWrong() throws Exception {
    ovh.setAhead(Duration.ofMinutes(5));

    ImmutableList<Check> checks = check(ovh.grantAll(), true);

    assertThat(result(checks, "OVH API")).isEqualTo(Result.WARNING);
    assertThat(checks).filteredOn(check -> check.result() == Result.WARNING).hasSize(1);
  }

  private ImmutableList<Check> check(Secret key, boolean dryRun) throws InterruptedException {
    return check(ovh.keys(key), dryRun);
  }

  private ImmutableList<Check> check(OvhSettings.Authentication who, boolean dryRun)
      throws InterruptedException {
    return check(who, dryRun, WWW);
  }

  private ImmutableList<Check> check(
      OvhSettings.Authentication who, boolean dryRun, RecordKey... keys)
      throws InterruptedException {
    OvhSettings settings =
        new OvhSettings(ovh.endpoint(), who, ImmutableMap.of(), Duration.ofSeconds(10));
    return OvhZone.of(settings, new JdkHttpCaller(), InstantSource.system())
        .check("example.org", ImmutableSet.copyOf(keys), dryRun);
  }

  private static Check find(ImmutableList<Check> checks, String name) {
    return checks.stream().filter(check -> check.name().equals(name)).findFirst().orElseThrow();
  }

  private static String detail(ImmutableList<Check> checks, String name) {
    return find(checks, name).detail();
  }

  private static Result result(ImmutableList<Check> checks, String name) {
    return find(checks, name).result();
  }
}
