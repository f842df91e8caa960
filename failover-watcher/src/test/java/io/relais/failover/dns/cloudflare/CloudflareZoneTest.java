package io.relais.failover.dns.cloudflare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Secret;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.Check.Status;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.DnsProviderException.Cause;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import io.relais.failover.net.JdkHttpCaller;
import io.relais.testbed.provider.CloudflareSimulator;
import io.relais.testbed.provider.CloudflareSimulator.Fault;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is Cloudflare's own, and what goes wrong. */
final class CloudflareZoneTest {
  private static final String ZONE = "example.org";
  private static final RecordKey WWW = new RecordKey("www.example.org", RecordType.A);
  private static final RecordKey WWW6 = new RecordKey("www.example.org", RecordType.AAAA);
  private static final RrSet PRODUCTION = set(WWW, 3600, "203.0.113.10");
  private static final RrSet PRODUCTION6 = set(WWW6, 3600, "2001:db8::10");
  private static final RrSet BACKUP = set(WWW, 60, "198.51.100.20");
  private static final String RECORDS = "/dns_records";
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

  private CloudflareSimulator cloudflare;

  @BeforeEach
  void start() throws IOException {
    cloudflare = CloudflareSimulator.start(ZONE);
  }

  @AfterEach
  void stop() {
    cloudflare.close();
  }

  @Test
  void changesARecordByOneCallAndReadsItBack() throws Exception {
    production(false);

    zone().apply(change(PRODUCTION, BACKUP));

    assertThat(cloudflare.changes()).hasSize(1).first().asString().startsWith("PATCH ");
    assertThat(cloudflare.lines()).contains("www.example.org 60 A 198.51.100.20");
  }

  @Test
  void keepsProxiedRecordsProxiedAndTheirTtlAutomatic() throws Exception {
    production(true);
    ImmutableSet<String> before = ImmutableSet.copyOf(cloudflare.lines());
    RrSet found = zone().read(ZONE, ImmutableSet.of(WWW)).getFirst();
    RrSet found6 = zone().read(ZONE, ImmutableSet.of(WWW6)).getFirst();
    assertThat(found).isEqualTo(set(WWW, 0, "203.0.113.10"));
    ZoneChange away =
        new ZoneChange(
            ZONE,
            ImmutableList.of(
                new Replacement(found, BACKUP), new Replacement(found6, RrSet.none(WWW6))));

    zone().apply(away);

    assertThat(cloudflare.lines()).containsExactly("www.example.org 1 A 198.51.100.20 proxied");
    int calls = cloudflare.changes().size();
    zone().apply(away);
    assertThat(cloudflare.changes()).hasSize(calls);
    zone().apply(away.reversed());
    assertThat(cloudflare.lines()).isEqualTo(before);
  }

  @Test
  void knowsWhichNamesItsServersDoNotTell() throws Exception {
    production(true);
    cloudflare.add("api.example.org", "A", "203.0.113.10", 300);
    RecordKey api = new RecordKey("api.example.org", RecordType.A);
    ImmutableSet<RecordKey> keys = ImmutableSet.of(WWW, WWW6, api);

    assertThat(zone().proxied(ZONE, keys)).containsExactly("www.example.org");
    cloudflare.setStatus("active", true);
    assertThat(zone().proxied(ZONE, keys)).isEmpty();
    cloudflare.setStatus("pending", false);
    assertThat(zone().proxied(ZONE, keys)).isEmpty();
  }

  @Test
  void bringsATtlIntoWhatCloudflareTakes() throws Exception {
    production(false);

    zone().apply(change(PRODUCTION, set(WWW, 30, "198.51.100.20")));
    assertThat(cloudflare.lines()).contains("www.example.org 60 A 198.51.100.20");
    zone().apply(change(BACKUP, set(WWW, 0, "203.0.113.10")));
    assertThat(cloudflare.lines()).contains("www.example.org 1 A 203.0.113.10");
  }

  @Test
  void readsAllPages() throws Exception {
    String[] many = new String[20];
    for (int i = 0; i < many.length; i++) {
      many[i] = "203.0.113." + i;
      cloudflare.add("www.example.org", "A", many[i], 3600);
    }

    assertThat(zone().read(ZONE, ImmutableSet.of(WWW))).containsExactly(set(WWW, 3600, many));
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"CLOSE_BEFORE", "LOSE_REPLY", "LATE"})
  void goesOnAfterALostAnswerAndLeavesNoSecondRecord(Fault fault) throws Exception {
    cloudflare.add("www.example.org", "A", "203.0.113.10", 3600);
    RrSet six = set(WWW6, 60, "2001:db8:b::20");
    ZoneChange away =
        new ZoneChange(
            ZONE,
            ImmutableList.of(
                new Replacement(PRODUCTION, BACKUP), new Replacement(RrSet.none(WWW6), six)));
    for (String method : List.of("PATCH ", "POST ")) {
      cloudflare.inject(line -> line.startsWith(method), fault);
      DnsProviderException e = failure(() -> zone().apply(away));
      assertThat(e.kind()).isEqualTo(Cause.RETRY);
      assertThat(e).hasMessageContaining("whether the call was carried out is looked up first");
    }

    zone().apply(away);
    cloudflare.carryOutLate();

    assertThat(cloudflare.lines())
        .containsExactly(
            "www.example.org 60 A 198.51.100.20", "www.example.org 60 AAAA 2001:db8:b::20");
    assertThat(zone().read(ZONE, ImmutableSet.of(WWW6))).containsExactly(six);
  }

  @Test
  void doesNotWaitForAnAnswerForEver() throws Exception {
    production(false);
    cloudflare.inject(line -> line.startsWith("PATCH "), Fault.HANG);

    DnsProviderException e =
        failure(
            () ->
                zone(ImmutableMap.of(), Duration.ofMillis(500)).apply(change(PRODUCTION, BACKUP)));

    assertThat(e.kind()).isEqualTo(Cause.RETRY);
    assertThat(e).hasMessageContaining("no answer in time");
  }

  @Test
  void aQuestionWithoutAnAnswerLeavesNothingToLookUp() throws Exception {
    production(false);
    cloudflare.inject(line -> line.startsWith("GET "), Fault.HANG);

    DnsProviderException e =
        failure(
            () -> zone(ImmutableMap.of(), Duration.ofMillis(500)).read(ZONE, ImmutableSet.of(WWW)));

    assertThat(e).hasMessageContaining("no answer in time");
    assertThat(e.getMessage()).doesNotContain("looked up first", "tried again");
  }

  @Test
  void goesOnWhereItWasCutOffInTheMiddle() throws Exception {
    production(false);
    RrSet six = set(WWW6, 60, "2001:db8:b::20");
    ZoneChange away =
        new ZoneChange(
            ZONE,
            ImmutableList.of(
                new Replacement(PRODUCTION, BACKUP), new Replacement(PRODUCTION6, six)));
    cloudflare.answer(line -> line.startsWith("PATCH "), 502, "<html>Bad gateway</html>");
    assertThat(failure(() -> zone().apply(away)).kind()).isEqualTo(Cause.RETRY);

    zone().apply(away);

    assertThat(cloudflare.lines())
        .containsExactly(
            "www.example.org 60 A 198.51.100.20", "www.example.org 60 AAAA 2001:db8:b::20");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          400 | 6003  | REFUSED | not the Global API Key
          401 | 1000  | REFUSED | the token must be active
          403 | 9109  | REFUSED | Zone / DNS / Edit
          403 | 10000 | REFUSED | Zone / DNS / Edit
          404 | 7003  | REFUSED | zone_ids
          400 | 9005  | REFUSED | CF-Ray
          409 | 0     | RETRY   | read again
          429 | 971   | RETRY   | too many calls
          500 | 0     | RETRY   | cloudflarestatus.com
          """)
  void saysWhatAFailureMeans(int status, int code, Cause cause, String advice) throws Exception {
    production(false);
    cloudflare.answer(
        line -> line.contains(RECORDS), status, CloudflareSimulator.errorBody(code, "as said"));

    DnsProviderException e = failure(() -> zone().read(ZONE, ImmutableSet.of(WWW)));

    assertThat(e.kind()).isEqualTo(cause);
    assertThat(e).hasMessageContaining("as said [" + code + "]").hasMessageContaining(advice);
  }

  @Test
  void waitsAsLongAsCloudflareAsks() throws Exception {
    production(false);
    cloudflare.answer(
        line -> line.startsWith("PATCH "),
        429,
        CloudflareSimulator.errorBody(971, "throttled"),
        "Retry-After",
        "77");

    assertThat(failure(() -> zone().apply(change(PRODUCTION, BACKUP))).retryAfter())
        .contains(Duration.ofSeconds(77));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          <html>Sign in to the hotel's network</html>
          {"success":true,"result":"none"}
          {"result":[]}
          []
          """)
  void doesNotBelieveSomebodyElsesAnswer(String body) throws Exception {
    production(false);
    cloudflare.answer(line -> line.contains(RECORDS), 200, body);

    assertThat(failure(() -> zone().read(ZONE, ImmutableSet.of(WWW))).kind())
        .isEqualTo(Cause.RETRY);
  }

  @Test
  void neverShowsTheToken() throws Exception {
    production(false);
    cloudflare.answer(
        line -> line.contains(RECORDS),
        400,
        CloudflareSimulator.errorBody(1, "bad header " + cloudflare.token().value()));

    assertThat(failure(() -> zone().read(ZONE, ImmutableSet.of(WWW))))
        .hasMessageContaining("bad header ***");
  }

  @Test
  void findsTheZoneByItsIdWithoutTheRightToSeeZones() throws Exception {
    production(true);
    cloudflare.setRights(true, false, true);

    assertThat(failure(() -> zone().read(ZONE, ImmutableSet.of(WWW))))
        .hasMessageContaining("shows no zone example.org to this token")
        .hasMessageContaining("zone_ids");
    CloudflareZone byId = zone(ImmutableMap.of(ZONE, cloudflare.zoneId()), Duration.ofSeconds(10));
    assertThat(byId.read(ZONE, ImmutableSet.of(WWW))).hasSize(1);
    assertThat(byId.proxied(ZONE, ImmutableSet.of(WWW))).containsExactly("www.example.org");
  }

  // ---- the self-check

  @Test
  void isContentWhenAllIsWellAndChangesNothing() throws Exception {
    production(true);

    ImmutableList<Check> checks = checks(false);

    assertThat(checks).extracting(Check::result).containsOnly(Status.OK);
    assertThat(check(checks, "Cloudflare record www.example.org A").detail())
        .contains("proxied: Cloudflare's servers answer with its own addresses");
    assertThat(cloudflare.changes()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          active   | 2027-11-30T12:00:00Z | OK      | active until
          active   | 2026-12-10T12:00:00Z | WARNING | expires at
          active   | 2026-11-30T11:00:00Z | FAILED  | expired at
          disabled |                      | FAILED  | 'disabled'
          expired  |                      | FAILED  | 'expired'
          """)
  void saysWhenTheTokenEnds(String status, String end, Status result, String text)
      throws Exception {
    production(false);
    cloudflare.setToken(status, Optional.ofNullable(end).map(Instant::parse));

    Check token = check(checks(false), "Cloudflare token");

    assertThat(token.result()).isEqualTo(result);
    assertThat(token.detail()).contains(text);
  }

  @Test
  void knowsATokenOfAnAccount() throws Exception {
    production(false);
    cloudflare.ownByAccount();
    cloudflare.setToken("active", Optional.of(NOW.plus(Duration.ofDays(3))));

    Check token = check(checks(false), "Cloudflare token");

    assertThat(token.result()).isEqualTo(Status.WARNING);
    assertThat(token.detail()).contains("expires at");
  }

  @Test
  void findsThatTheTokenMayNotEdit() throws Exception {
    production(false);
    cloudflare.setRights(false, true, true);

    Check right = check(checks(false), "Cloudflare right to change records");

    assertThat(right.result()).isEqualTo(Status.FAILED);
    assertThat(right.detail()).contains("Zone / DNS / Edit");
    assertThat(check(checks(true), right.name()).result()).isEqualTo(Status.UNKNOWN);
  }

  @Test
  void overwritesARecordWithWhatItHeldOnlyWhereNothingElseTellsTheRight() throws Exception {
    production(false);
    cloudflare.setRights(true, true, false);
    ImmutableSet<String> before = ImmutableSet.copyOf(cloudflare.lines());

    assertThat(check(checks(true), "Cloudflare right to change records").result())
        .isEqualTo(Status.UNKNOWN);
    assertThat(cloudflare.changes()).isEmpty();
    assertThat(check(checks(false), "Cloudflare right to change records").result())
        .isEqualTo(Status.OK);
    assertThat(cloudflare.changes()).hasSize(1);
    assertThat(cloudflare.lines()).isEqualTo(before);
  }

  @Test
  void findsThatTheZoneIsNotServedOrPaused() throws Exception {
    production(false);
    cloudflare.setStatus("pending", false);
    assertThat(check(checks(false), "Cloudflare zone example.org").result())
        .isEqualTo(Status.FAILED);
    cloudflare.setStatus("active", true);
    assertThat(check(checks(false), "Cloudflare zone example.org").result())
        .isEqualTo(Status.WARNING);
  }

  @Test
  void tellsAnApiThatDoesNotAnswerFromOneThatRefuses() throws Exception {
    production(false);
    cloudflare.answer(line -> line.contains("verify"), 503, "<html>");

    assertThat(check(checks(false), "Cloudflare token").result()).isEqualTo(Status.UNANSWERED);
  }

  private void production(boolean proxied) {
    cloudflare.add("www.example.org", "A", "203.0.113.10", proxied ? 1 : 3600, proxied);
    cloudflare.add("www.example.org", "AAAA", "2001:db8::10", proxied ? 1 : 3600, proxied);
  }

  private ImmutableList<Check> checks(boolean questionsOnly) throws Exception {
    return zone().check(ZONE, ImmutableSet.of(WWW, WWW6), questionsOnly);
  }

  private static Check check(List<Check> checks, String name) {
    return checks.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }

  private CloudflareZone zone() {
    return zone(ImmutableMap.of(), Duration.ofSeconds(10));
  }

  private CloudflareZone zone(ImmutableMap<String, String> ids, Duration timeout) {
    Secret token = cloudflare.token();
    return CloudflareZone.of(
        new CloudflareSettings(cloudflare.endpoint(), token, ids, timeout),
        new JdkHttpCaller(),
        InstantSource.fixed(NOW));
  }

  private static ZoneChange change(RrSet before, RrSet after) {
    return new ZoneChange(ZONE, ImmutableList.of(new Replacement(before, after)));
  }

  private static DnsProviderException failure(ThrowingCallable action) {
    return catchThrowableOfType(DnsProviderException.class, action);
  }

  private static RrSet set(RecordKey key, long ttl, String... values) {
    return RrSet.of(key, Duration.ofSeconds(ttl), List.of(values));
  }
}
