package io.relais.failover.dns.ovh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Secret;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.DnsProviderException.Cause;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OvhZoneTest {
  private static final String ZONE = "example.org";
  private static final RecordKey WWW = new RecordKey("www.example.org", RecordType.A);
  private static final RecordKey WWW6 = new RecordKey("www.example.org", RecordType.AAAA);
  private static final RecordKey APEX = new RecordKey("example.org", RecordType.A);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final RrSet PRODUCTION = set(WWW, HOUR, "203.0.113.10");
  private static final RrSet BACKUP = set(WWW, MINUTE, "198.51.100.20");

  /** Two addresses become one, one becomes two, and an AAAA record goes: every kind of call. */
  private static final ZoneChange ALL_KINDS =
      change(
          new Replacement(set(WWW, HOUR, "203.0.113.10", "203.0.113.11"), BACKUP),
          new Replacement(set(WWW6, HOUR, "2001:db8::10"), RrSet.none(WWW6)),
          new Replacement(
              set(APEX, HOUR, "203.0.113.10"),
              set(APEX, MINUTE, "198.51.100.20", "198.51.100.21")));

  private OvhSimulator ovh;
  private OvhSimulatorZone zone;

  @BeforeEach
  void start() throws IOException {
    ovh = OvhSimulator.start();
    zone = ovh.zone(ZONE);
    zone.add("", "MX", "1 mail.example.org.", 3600L);
    zone.add("mail", "A", "203.0.113.25", null);
    zone.deployNow();
  }

  @AfterEach
  void stop() {
    ovh.close();
  }

  @Test
  void tellsNamesApartThatOvhsSearchTakesForTheSame() throws Exception {
    RecordKey under = new RecordKey("w_w.example.org", RecordType.A);
    zone.add("w_w", "A", "203.0.113.10", 3600L);
    zone.add("wxw", "A", "192.0.2.1", 3600L);
    zone.add("W_W", "A", "203.0.113.11", 3600L);

    assertThat(read(zone(ovh.grantAll()), under))
        .containsExactly(set(under, HOUR, "203.0.113.10", "203.0.113.11"));
  }

  @Test
  void findsTheZonesOwnNameWhetherOvhWritesItNullOrEmpty() throws Exception {
    zone.add(null, "A", "203.0.113.10", 3600L);
    zone.add("", "A", "203.0.113.11", 3600L);

    assertThat(read(zone(ovh.grantAll()), APEX))
        .containsExactly(set(APEX, HOUR, "203.0.113.10", "203.0.113.11"));
  }

  @Test
  void keepsTheIdOfARecordThatItRepoints() throws Exception {
    long id = zone.add("www", "A", "203.0.113.10", 3600L).id();

    zone(ovh.grantAll()).apply(change(new Replacement(PRODUCTION, BACKUP)));

    assertThat(ovh.changes()).containsExactly("PUT /domain/zone/example.org/record/" + id);
    assertThat(zone.published()).as("not before it is published").noneMatch(OvhZoneTest::isBackup);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 30, 59})
  void isContentWithTheMinuteThatOvhMakesOfAShorterTtl(long seconds) throws Exception {
    zone.add("www", "A", "203.0.113.10", 3600L);
    ZoneChange change =
        change(new Replacement(PRODUCTION, set(WWW, Duration.ofSeconds(seconds), "198.51.100.20")));
    OvhZone ours = zone(ovh.grantAll());

    ours.apply(change);
    ovh.forgetRequests();
    ours.apply(change);

    assertThat(ovh.changes()).isEmpty();
    assertThat(read(ours, WWW)).containsExactly(BACKUP);
  }

  @Test
  void takesNoTtlForTheZonesDefaultAndPutsItBack() throws Exception {
    RrSet before = set(WWW, Duration.ZERO, "203.0.113.10");
    zone.add("www", "A", "203.0.113.10", null);
    OvhZone ours = zone(ovh.grantAll());
    assertThat(read(ours, WWW)).containsExactly(before);
    ZoneChange away = change(new Replacement(before, BACKUP));

    ours.apply(away);
    ours.apply(away.reversed());

    assertThat(read(ours, WWW)).containsExactly(before);
  }

  @Test
  void removesADuplicateThatALateCallLeft() throws Exception {
    zone.add("www", "A", "198.51.100.20", 60L);
    zone.add("www", "A", "198.51.100.20", 60L);

    zone(ovh.grantAll()).apply(change(new Replacement(PRODUCTION, BACKUP)));

    assertThat(zone.stored()).filteredOn(OvhZoneTest::isBackup).hasSize(1);
  }

  @Test
  void neverLeavesANameWithoutARecordOnTheWay() throws Exception {
    putBefore();
    Set<String> gone = new TreeSet<>();
    ovh.injectAlways(
        OvhRequest::changes,
        new OvhFault.Run(
            () -> {},
            () -> {
              if (zone.stored().stream().noneMatch(e -> "www".equals(e.subDomain()))) {
                gone.add("www");
              }
              if (zone.stored().stream()
                  .noneMatch(e -> "".equals(e.subDomain()) && e.fieldType().equals("A"))) {
                gone.add("apex");
              }
            }));

    zone(ovh.grantAll()).apply(ALL_KINDS);

    assertThat(gone).isEmpty();
    assertThat(ovh.changes()).hasSizeGreaterThan(4);
  }

  @Test
  void endsRightWhereverACallFails() throws Exception {
    for (OvhFault fault : faults()) {
      int n = 1;
      while (failsAtCall(n, fault)) {
        n++;
      }
      assertThat(n).as("%s hit every call", fault).isGreaterThan(10);
    }
  }

  private static ImmutableList<OvhFault> faults() {
    return ImmutableList.of(
        new OvhFault.CloseBefore(),
        new OvhFault.LoseReply(),
        new OvhFault.Answer(OvhReply.of(502, "<html><h1>Bad Gateway</h1></html>")),
        new OvhFault.Answer(OvhReply.error(429, "TOO_MANY", "slow down")),
        new OvhFault.Answer(OvhReply.error(400, "QUERY_TIME_OUT", "Query out of time")));
  }

  /** Whether there was an nth request; a fresh zone and a new process each time. */
  private boolean failsAtCall(int n, OvhFault fault) throws Exception {
    for (OvhSimulatorZone.Entry entry : zone.stored()) {
      zone.remove(entry.id());
    }
    zone.add("", "MX", "1 mail.example.org.", 3600L);
    zone.add("mail", "A", "203.0.113.25", null);
    putBefore();
    zone.deployNow();
    Secret key = ovh.grantAll();
    ovh.forgetRequests();
    ovh.clearFaults();
    ovh.inject(n, request -> true, fault);
    try {
      applyAndPublish(zone(key));
    } catch (DnsProviderException e) {
      assertThat(e.kind()).as("%s", e.getMessage()).isEqualTo(Cause.RETRY);
    }
    boolean hit = ovh.requests().size() >= n;
    ovh.clearFaults();
    applyAndPublish(zone(key));
    assertThat(served())
        .as("after %s at call %s", fault, n)
        .containsExactlyInAnyOrder(
            "example.org 3600 MX 1 mail.example.org.",
            "mail.example.org 3600 A 203.0.113.25",
            "www.example.org 60 A 198.51.100.20",
            "example.org 60 A 198.51.100.20",
            "example.org 60 A 198.51.100.21");
    return hit;
  }

  private void applyAndPublish(OvhZone ours) throws Exception {
    ours.apply(ALL_KINDS);
    ours.publish(ZONE);
  }

  private void putBefore() {
    zone.add("www", "A", "203.0.113.10", 3600L);
    zone.add("www", "A", "203.0.113.11", 3600L);
    zone.add("www", "AAAA", "2001:db8::10", 3600L);
    zone.add("", "A", "203.0.113.10", 3600L);
  }

  private List<String> served() {
    return zone.published().stream().map(entry -> entry.line(ZONE)).toList();
  }

  @Test
  void convergesThoughALostPostIsCarriedOutAfterItsRepetition() throws Exception {
    CountDownLatch latch = new CountDownLatch(1);
    ovh.inject(1, isA("POST", "/record"), new OvhFault.ApplyLate(latch));
    ZoneChange change = change(new Replacement(RrSet.none(WWW), BACKUP));
    OvhZone ours = zone(ovh.grantAll());

    assertThat(failure(() -> ours.apply(change)).kind()).isEqualTo(Cause.RETRY);
    ours.apply(change);
    latch.countDown();
    ovh.awaitLate();
    assertThat(zone.stored()).filteredOn(OvhZoneTest::isBackup).hasSize(2);
    ours.apply(change);

    assertThat(zone.stored()).filteredOn(OvhZoneTest::isBackup).hasSize(1);
  }

  @Test
  void sendsNoSecondPostInTheSameBreath() throws Exception {
    ovh.injectAlways(isA("POST", "/record"), new OvhFault.LoseReply());

    failure(() -> zone(ovh.grantAll()).apply(change(new Replacement(RrSet.none(WWW), BACKUP))));

    assertThat(ovh.changes()).containsExactly("POST /domain/zone/example.org/record");
  }

  @Test
  void triesAgainWhenARecordVanishesBetweenReadingAndWriting() throws Exception {
    long id = zone.add("www", "A", "203.0.113.10", 3600L).id();
    ovh.inject(1, isA("PUT", "/record/" + id), new OvhFault.Run(() -> zone.remove(id), () -> {}));
    ZoneChange change = change(new Replacement(PRODUCTION, BACKUP));
    OvhZone ours = zone(ovh.grantAll());

    assertThat(failure(() -> ours.apply(change)).kind()).isEqualTo(Cause.RETRY);
    ours.apply(change);

    assertThat(read(ours, WWW)).containsExactly(BACKUP);
  }

  @Test
  void noticesThatSomebodyWroteWhileItDid() throws Exception {
    long id = zone.add("www", "A", "203.0.113.10", 3600L).id();
    ovh.inject(
        1,
        isA("PUT", "/record/" + id),
        new OvhFault.Run(() -> {}, () -> zone.add("www", "A", "192.0.2.99", 60L)));

    assertThat(
            failure(() -> zone(ovh.grantAll()).apply(change(new Replacement(PRODUCTION, BACKUP))))
                .kind())
        .isEqualTo(Cause.CONFLICT);
  }

  @Test
  void givesUpAnAnswerThatDoesNotCome() {
    ovh.injectAlways(request -> true, new OvhFault.Hang());
    OvhZone ours =
        OvhZone.of(
            new OvhSettings(
                ovh.endpoint(),
                SimulatedLogin.keys(ovh, ovh.grantAll()),
                ImmutableMap.of(),
                Duration.ofMillis(200)),
            new JdkHttpCaller(),
            InstantSource.system());

    DnsProviderException failure = failure(() -> read(ours, WWW));

    assertThat(failure.kind()).isEqualTo(Cause.RETRY);
    assertThat(failure).hasMessageContaining("GET /1.0/auth/time: no answer in time");
  }

  @ParameterizedTest
  @ValueSource(strings = {"P400D", "-P400D", "PT0S"})
  void signsByOvhsClock(Duration ahead) throws Exception {
    ovh.setAhead(ahead);
    zone.add("www", "A", "203.0.113.10", 3600L);

    assertThat(read(zone(ovh.grantAll()), WWW)).containsExactly(PRODUCTION);
    assertThat(asked("/auth/time")).isEqualTo(1);
  }

  @Test
  void looksAtOvhsClockAgainWhenTheDifferenceHasChanged() throws Exception {
    zone.add("www", "A", "203.0.113.10", 3600L);
    OvhZone ours = zone(ovh.grantAll());
    assertThat(read(ours, WWW)).containsExactly(PRODUCTION);
    ovh.setAhead(Duration.ofHours(1));

    assertThat(read(ours, WWW)).containsExactly(PRODUCTION);
    assertThat(asked("/auth/time")).isEqualTo(2);
  }

  @Test
  void asksForTheTimeOnlyOnceMoreBeforeItGivesUp() {
    ovh.injectAlways(
        request -> !request.path().equals("/auth/time"),
        new OvhFault.Answer(OvhReply.classic(400, "Client::BadRequest", "Query out of time")));

    DnsProviderException failure = failure(() -> read(zone(ovh.grantAll()), WWW));

    assertThat(failure.kind()).isEqualTo(Cause.RETRY);
    assertThat(failure).hasMessageContaining("check the clock");
    assertThat(asked("/auth/time")).isEqualTo(2);
  }

  // ---- ids

  @Test
  void needsOnlyTheIdWhereTheKeyMayNotList() throws Exception {
    long id = zone.add("www", "A", "203.0.113.10", 3600L).id();
    Secret narrow =
        ovh.grant(
            "GET /domain/zone/example.org/record/" + id,
            "PUT /domain/zone/example.org/record/" + id,
            "POST /domain/zone/example.org/refresh");
    OvhZone ours = zone(narrow, ImmutableMap.of(WWW, id));

    ours.apply(change(new Replacement(PRODUCTION, BACKUP)));
    ours.publish(ZONE);

    assertThat(served()).contains("www.example.org 60 A 198.51.100.20");
  }

  @Test
  void refusesAnIdOfAnotherRecordWhereTheKeyMayNotList() {
    long id = zone.add("mail", "A", "203.0.113.10", 3600L).id();
    Secret narrow = ovh.grant("GET /domain/zone/example.org/record/*");

    DnsProviderException failure = failure(() -> read(zone(narrow, ImmutableMap.of(WWW, id)), WWW));

    assertThat(failure.kind()).isEqualTo(Cause.REFUSED);
    assertThat(failure).hasMessageContaining("lacks this right");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 5_301_234_568L})
  void findsTheRecordByNameThoughTheIdIsStale(long stale) throws Exception {
    long id = zone.add("www", "A", "203.0.113.10", 3600L).id();

    zone(ovh.grantAll(), ImmutableMap.of(WWW, stale))
        .apply(change(new Replacement(PRODUCTION, BACKUP)));

    assertThat(ovh.changes()).containsExactly("PUT /domain/zone/example.org/record/" + id);
  }

  @Test
  void seesASecondRecordBesideTheOneOfTheId() {
    long id = zone.add("www", "A", "203.0.113.10", 3600L).id();
    zone.add("www", "A", "192.0.2.99", 3600L);

    assertThat(
            failure(
                    () ->
                        zone(ovh.grantAll(), ImmutableMap.of(WWW, id))
                            .apply(change(new Replacement(PRODUCTION, BACKUP))))
                .kind())
        .isEqualTo(Cause.CONFLICT);
    assertThat(ovh.changes()).isEmpty();
  }

  // ---- service accounts

  @Test
  void getsOneTokenForManyCalls() throws Exception {
    zone.add("www", "A", "203.0.113.10", 3600L);
    OvhZone ours = account("get", "edit");

    ours.apply(change(new Replacement(PRODUCTION, BACKUP)));
    ours.publish(ZONE);

    assertThat(served()).contains("www.example.org 60 A 198.51.100.20");
    assertThat(asked("/auth/oauth2/token")).isEqualTo(1);
  }

  @Test
  void getsAnotherTokenWhenTheFirstIsNotGoodAnyMore() throws Exception {
    zone.add("www", "A", "203.0.113.10", 3600L);
    OvhZone ours = account("get", "edit");
    assertThat(read(ours, WWW)).containsExactly(PRODUCTION);
    ovh.dropTokens();

    assertThat(read(ours, WWW)).containsExactly(PRODUCTION);
    assertThat(asked("/auth/oauth2/token")).isEqualTo(2);
  }

  @Test
  void getsAnotherTokenBeforeTheFirstRunsOut() throws Exception {
    List<Instant> now = new ArrayList<>(List.of(Instant.parse("2026-01-02T03:04:05Z")));
    OvhSettings.ServiceAccount account =
        SimulatedLogin.serviceAccount(ovh, "dnsZone:apiovh:record/get");
    zone.add("www", "A", "203.0.113.10", 3600L);
    OvhZone ours =
        OvhZone.of(
            new OvhSettings(ovh.endpoint(), account, ImmutableMap.of(), Duration.ofSeconds(10)),
            new JdkHttpCaller(),
            now::getLast);
    read(ours, WWW);
    now.add(now.getLast().plus(Duration.ofMinutes(58)));
    read(ours, WWW);
    assertThat(asked("/auth/oauth2/token")).isEqualTo(1);
    now.add(now.getLast().plus(Duration.ofSeconds(61)));
    read(ours, WWW);

    assertThat(asked("/auth/oauth2/token")).isEqualTo(2);
  }

  @Test
  void namesTheActionThatAServiceAccountLacks() {
    zone.add("www", "A", "203.0.113.10", 3600L);

    DnsProviderException failure =
        failure(() -> account("get").apply(change(new Replacement(PRODUCTION, BACKUP))));

    assertThat(failure.kind()).isEqualTo(Cause.REFUSED);
    assertThat(failure).hasMessageContaining("(not allowed: dnsZone:apiovh:record/edit)");
  }

  @Test
  void refusesAWrongClientSecretWithoutShowingIt() {
    OvhSettings.ServiceAccount right = SimulatedLogin.serviceAccount(ovh);
    Secret wrong = Secret.of("wr0ng-secret");
    OvhSettings.ServiceAccount account =
        new OvhSettings.ServiceAccount(right.clientId(), wrong, right.tokenUrl());

    DnsProviderException failure = failure(() -> read(zone(account, ImmutableMap.of()), WWW));

    assertThat(failure.kind()).isEqualTo(Cause.REFUSED);
    assertThat(failure)
        .hasMessageContaining("check client_id and client_secret")
        .hasMessageNotContaining("wr0ng");
  }

  // ---- helpers

  private OvhZone account(String... verbs) {
    List<String> actions = new ArrayList<>(List.of("dnsZone:apiovh:refresh"));
    for (String verb : verbs) {
      actions.add("dnsZone:apiovh:record/" + verb);
    }
    return zone(
        SimulatedLogin.serviceAccount(ovh, actions.toArray(String[]::new)), ImmutableMap.of());
  }

  private OvhZone zone(Secret consumerKey) {
    return zone(consumerKey, ImmutableMap.of());
  }

  private OvhZone zone(Secret consumerKey, ImmutableMap<RecordKey, Long> ids) {
    return zone(SimulatedLogin.keys(ovh, consumerKey), ids);
  }

  private OvhZone zone(
      OvhSettings.Authentication authentication, ImmutableMap<RecordKey, Long> ids) {
    return OvhZone.of(
        new OvhSettings(ovh.endpoint(), authentication, ids, Duration.ofSeconds(10)),
        new JdkHttpCaller(),
        InstantSource.system());
  }

  private long asked(String path) {
    return ovh.requests().stream().filter(request -> request.path().equals(path)).count();
  }

  private static Predicate<OvhRequest> isA(String method, String end) {
    return request -> request.method().equals(method) && request.path().endsWith(end);
  }

  private static boolean isBackup(OvhSimulatorZone.Entry entry) {
    return entry.target().equals("198.51.100.20");
  }

  private static List<RrSet> read(OvhZone zone, RecordKey... keys) throws Exception {
    return zone.read(ZONE, ImmutableSet.copyOf(keys));
  }

  private static ZoneChange change(Replacement... replacements) {
    return new ZoneChange(ZONE, ImmutableList.copyOf(replacements));
  }

  private static RrSet set(RecordKey key, Duration ttl, String... values) {
    return RrSet.of(key, ttl, Arrays.asList(values));
  }

  private static DnsProviderException failure(ThrowingCallable action) {
    return catchThrowableOfType(DnsProviderException.class, action);
  }
}
