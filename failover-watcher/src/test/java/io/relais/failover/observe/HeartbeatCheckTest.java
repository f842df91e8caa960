package io.relais.failover.observe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.failover.config.HeartbeatConfig;
import io.relais.failover.observe.HeartbeatCheck.HeartbeatReading;
import io.relais.failover.state.HeartbeatHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the files that sync-agent leaves say, and what others may have put in their place. */
final class HeartbeatCheckTest {
  private static final Instant NOW = Instant.parse("2026-11-23T04:00:00Z");
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir private Path directory;

  private Path file(String mirror) {
    return directory.resolve(Heartbeat.fileName(mirror));
  }

  private HeartbeatConfig mirror(String name, boolean required, boolean vantage) {
    return new HeartbeatConfig(file(name), name, HOUR, required, vantage);
  }

  private void beat(String mirror, long sequence, Instant at, Optional<Instant> inSync)
      throws IOException {
    Heartbeat heartbeat =
        new Heartbeat(mirror, sequence, at, inSync, Optional.empty(), 0, Optional.empty());
    Files.write(file(mirror), HeartbeatFile.toBytes(heartbeat));
  }

  private static HeartbeatReading look(HeartbeatConfig... mirrors) {
    return new HeartbeatCheck(ImmutableList.copyOf(mirrors))
        .look(ImmutableMap.of(), Optional.empty(), NOW);
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, false",
    "PT1H, false",
    "PT1H0.000000001S, true",
    "P2D, true",
    "-PT5M, false", // production's clock is ahead
  })
  void aCopyIsFreshUntilItIsOlderThanAllowed(Duration age, boolean stale) throws Exception {
    beat("site", 1, NOW, Optional.of(NOW.minus(age)));
    HeartbeatReading reading = look(mirror("site", true, false));
    if (stale) {
      assertThat(reading.stale()).startsWith("the mirror site may lack what changed in the last ");
    } else {
      assertThat(reading.stale()).isEmpty();
    }
  }

  /** In an outage nothing newer can arrive. */
  @Test
  void isMeasuredAtTheTimeThatIsAskedFor() throws Exception {
    beat("site", 1, NOW, Optional.of(NOW.minus(Duration.ofHours(3))));
    HeartbeatCheck check = new HeartbeatCheck(ImmutableList.of(mirror("site", true, false)));
    assertThat(
            check.look(ImmutableMap.of(), Optional.of(NOW.minus(Duration.ofHours(2))), NOW).stale())
        .isEmpty();
    assertThat(check.look(ImmutableMap.of(), Optional.empty(), NOW).stale())
        .contains("3 h", "allowed: 1 h");
  }

  @Test
  void onlyARequiredOneIsMissed() {
    assertThat(look(mirror("site", false, true)).stale()).isEmpty();
    assertThat(look(mirror("site", true, true)).stale())
        .isEqualTo("no heartbeat of the mirror site at " + file("site"));
    assertThat(look(mirror("site", true, true)).alive()).isEmpty();
  }

  @Test
  void aMirrorThatWasNeverCompleteIsStale() throws Exception {
    beat("site", 1, NOW, Optional.empty());
    assertThat(look(mirror("site", false, false)).stale())
        .isEqualTo("the mirror site has not been complete yet");
  }

  private String stale(Optional<Instant> applied, Duration silent, Heartbeat.Standing standing)
      throws IOException {
    Heartbeat heartbeat =
        new Heartbeat(
            "site", 1, NOW.minus(silent), Optional.empty(), applied, 3, Optional.of(standing));
    Files.write(file("site"), HeartbeatFile.toBytes(heartbeat));
    return look(mirror("site", false, false)).stale();
  }

  private static Heartbeat.Standing standing(
      String state, long failing, long superfluous, Optional<String> halted) {
    return new Heartbeat.Standing(
        state, failing, 2, superfluous, 0, Optional.empty(), halted, Optional.empty());
  }

  /** What matters is the oldest change that is not applied, and the text says why it is not. */
  @Test
  void saysTheTrueCause() throws Exception {
    Optional<Instant> old = Optional.of(NOW.minus(Duration.ofHours(2)));
    String lacks = "the mirror site may lack what changed in the last 2 h (allowed: 1 h): ";
    assertThat(stale(old, Duration.ZERO, standing("halted", 0, 0, Optional.of("too much goes"))))
        .isEqualTo(lacks + "it is halted: too much goes");
    assertThat(stale(old, Duration.ZERO, standing("failing", 5, 1, Optional.empty())))
        .isEqualTo(lacks + "it is failing, 4 paths can't be made equal, 2 entries are missing");
    assertThat(stale(old, Duration.ZERO, standing("catching-up", 0, 0, Optional.empty())))
        .isEqualTo(lacks + "it is catching-up, 3 paths wait");
    assertThat(stale(old, Duration.ofMinutes(90), standing("in-sync", 0, 0, Optional.empty())))
        .isEqualTo(lacks + "sync-agent has left no heartbeat for 1 h 30 min");
    assertThat(
            stale(Optional.empty(), Duration.ZERO, standing("comparing", 0, 0, Optional.empty())))
        .isEqualTo("the mirror site has not been complete yet: it is comparing, 3 paths wait");
  }

  /** An upload that the web server left at the copy must not bar each later switch. */
  @Test
  void whatCanOnlyNotBeDeletedMakesNothingStale() throws Exception {
    assertThat(stale(Optional.of(NOW), Duration.ZERO, standing("failing", 1, 1, Optional.empty())))
        .isEmpty();
  }

  /** What has to be put right before the copy is needed is told although it is fresh yet. */
  @Test
  void tellsWhatIsWrongWithAFreshCopy() throws Exception {
    assertThat(troubles(standing("in-sync", 0, 0, Optional.empty()))).isEmpty();
    assertThat(troubles(standing("failing", 1, 1, Optional.empty()))).isEmpty();
    assertThat(troubles(standing("halted", 0, 0, Optional.of("too much goes"))))
        .containsExactly("the mirror site: it is halted: too much goes");
    assertThat(troubles(standing("failing", 2, 0, Optional.empty())))
        .containsExactly(
            "the mirror site: it is failing, 2 paths can't be made equal, 2 entries are missing");
    assertThat(
            troubles(
                new Heartbeat.Standing(
                    "in-sync",
                    0,
                    0,
                    0,
                    0,
                    Optional.of(5L << 20),
                    Optional.empty(),
                    Optional.empty())))
        .containsExactly("the mirror site: only 5 MiB are free at the copy; make room there");
  }

  private ImmutableList<String> troubles(Heartbeat.Standing standing) throws IOException {
    assertThat(stale(Optional.of(NOW), Duration.ZERO, standing)).isEmpty();
    return look(mirror("site", false, false)).troubles();
  }

  @Test
  void anAgentThatFellSilentIsATroubleBeforeTheCopyIsStale() throws Exception {
    HeartbeatCheck check = new HeartbeatCheck(ImmutableList.of(mirror("site", true, false)));
    beat("site", 1, NOW, Optional.of(NOW));
    HeartbeatReading first = check.look(ImmutableMap.of(), Optional.empty(), NOW);
    HeartbeatReading later = check.look(first.pulses(), Optional.empty(), NOW.plusSeconds(60));

    assertThat(first.troubles()).isEmpty();
    assertThat(later.stale()).isEmpty();
    assertThat(later.troubles())
        .containsExactly(
            "the mirror site: sync-agent has left no heartbeat for 1 min; see that it runs on production, and reaches the backup");
  }

  @Test
  void oneThatWasSeenIsMissedFromThenOn() {
    HeartbeatHistory known = new HeartbeatHistory(7, NOW, NOW, Duration.ofSeconds(30));
    HeartbeatReading reading =
        new HeartbeatCheck(ImmutableList.of(mirror("site", false, true)))
            .look(ImmutableMap.of("site", known), Optional.empty(), NOW);

    assertThat(reading.stale())
        .isEqualTo(
            "no heartbeat of the mirror site at %s, where there was one: see that sync-agent runs, or take the mirror out of the configuration"
                .formatted(file("site")));
    assertThat(reading.pulses()).containsKey("site");
  }

  /** Of a host that lost power the last heartbeat is young for a while. */
  @Test
  void onlyWhatArrivesAfterTheFailureBeganIsASignOfLife() throws Exception {
    HeartbeatCheck check = new HeartbeatCheck(ImmutableList.of(mirror("site", true, true)));
    beat("site", 1, NOW, Optional.of(NOW));
    HeartbeatReading first = check.look(ImmutableMap.of(), Optional.of(NOW), NOW);
    assertThat(first.alive()).isEmpty();
    assertThat(check.look(first.pulses(), Optional.of(NOW), NOW.plusSeconds(5)).alive()).isEmpty();
    beat("site", 2, NOW.plusSeconds(6), Optional.of(NOW));
    assertThat(check.look(first.pulses(), Optional.of(NOW), NOW.plusSeconds(10)).alive())
        .containsExactly("site");
  }

  @Test
  void anotherMirrorsHeartbeatProvesNothing() throws Exception {
    beat("site", 1, NOW, Optional.of(NOW));
    HeartbeatReading reading = look(new HeartbeatConfig(file("site"), "other", HOUR, false, true));
    assertThat(reading.stale())
        .contains("is the heartbeat of", "site", "not of other", "heartbeat.mirror.file");
    assertThat(reading.alive()).isEmpty();
    assertThat(reading.pulses()).isEmpty();
  }

  /** Required or not: who can't be read may hide a copy that is old. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "not JSON",
        "{\"version\":2}",
        "{\"version\":1,\"mirror\":\"site\",\"sequence\":-1,\"at\":\"2026-11-23T04:00:00Z\",\"pending\":0}",
        "{\"version\":1,\"mirror\":\"site\",\"sequence\":1,\"at\":\"now\",\"pending\":0}",
        "{\"version\":1,\"mirror\":\"\",\"sequence\":1,\"at\":\"2026-11-23T04:00:00Z\",\"pending\":0}"
      })
  void whatIsNoHeartbeatIsStaleAndKeepsWhatWasKnown(String text) throws Exception {
    Files.writeString(file("site"), text, UTF_8);
    HeartbeatHistory known = new HeartbeatHistory(7, NOW, NOW, Duration.ofSeconds(30));
    HeartbeatReading reading =
        new HeartbeatCheck(ImmutableList.of(mirror("site", false, true)))
            .look(ImmutableMap.of("site", known), Optional.empty(), NOW);
    assertThat(reading.stale()).startsWith("the heartbeat of the mirror site can't be read: ");
    assertThat(reading.pulses()).containsExactly(java.util.Map.entry("site", known));
    assertThat(reading.alive()).as("the last is not overdue yet").containsExactly("site");
  }

  @Test
  void aDirectoryInItsPlaceIsStale() throws Exception {
    Files.createDirectory(file("site"));
    assertThat(look(mirror("site", false, false)).stale()).contains("is not a regular file");
  }

  @Test
  void tellsOfEachMirrorThatIsStaleInTheirOrder() throws Exception {
    beat("a", 1, NOW, Optional.empty());
    beat("b", 1, NOW, Optional.of(NOW));
    assertThat(
            look(mirror("a", true, true), mirror("b", true, true), mirror("c", true, true)).stale())
        .isEqualTo(
            "the mirror a has not been complete yet; no heartbeat of the mirror c at " + file("c"));
  }

  /** A period of 30 s, half of one in patience, and 2 s. */
  @Test
  void aMirrorIsAliveUntilItsNextHeartbeatIsOverdue() throws Exception {
    HeartbeatCheck check =
        new HeartbeatCheck(
            ImmutableList.of(mirror("site", true, true), mirror("mute", true, false)));
    beat("site", 1, NOW, Optional.of(NOW));
    beat("mute", 1, NOW, Optional.of(NOW));
    HeartbeatReading first = check.look(ImmutableMap.of(), Optional.empty(), NOW);
    assertThat(first.alive()).as("only where it counts as a vantage").containsExactly("site");
    assertThat(check.look(first.pulses(), Optional.empty(), NOW.plusSeconds(47)).alive())
        .containsExactly("site");
    assertThat(check.look(first.pulses(), Optional.empty(), NOW.plusSeconds(48)).alive()).isEmpty();
    beat("site", 2, NOW.plusSeconds(30), Optional.of(NOW));
    assertThat(check.look(first.pulses(), Optional.empty(), NOW.plusSeconds(48)).alive())
        .containsExactly("site");
  }
}
