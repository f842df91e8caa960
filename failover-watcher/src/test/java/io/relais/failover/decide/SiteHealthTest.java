package io.relais.failover.decide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.relais.failover.decide.SiteHealth.Verdict;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rounds are written as text, 5 s apart: a dot is a good one, an x one that failed. */
final class SiteHealthTest {
  private static final Policy POLICY = Policy.DEFAULT;
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private Instant now = START;
  private SiteHealth siteHealth = SiteHealth.UNKNOWN;

  @ParameterizedTest
  @CsvSource({
    "'', WELL",
    "., WELL",
    "x, SUSPECT",
    "xxx, SUSPECT",
    "xxxx, DOWN",
    "xxx., SUSPECT",
    "xxx.., SUSPECT",
    "xxx..., WELL",
    "xxxx.., DOWN",
    "xxxx..x.., DOWN",
    "xxxx..., WELL",
    ".........., WELL",
    "..........xxx, SUSPECT",
    "..........xxxx, DOWN",
  })
  void countsRoundsInARow(String rounds, Verdict verdict) {
    see(rounds);
    assertThat(siteHealth.verdict()).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({"0, 4", "1, 5", "2, 6", "3, 6", "6, 8", "12, 10", "20, 13", "40, 30", "60, 1254"})
  void needsMoreInARowWhereFailuresWereScattered(int scattered, int needed) {
    String good = ".".repeat(FailureStatistics.LOOK_BACK - 2 * scattered);
    see("x.".repeat(scattered) + good);
    assertThat(FailureStatistics.rowNeeded(siteHealth.samples(), 0, POLICY)).isEqualTo(needed);
  }

  @Test
  void takesAnOutageThatIsOverForOneFailure() {
    see(".".repeat(60) + "x".repeat(40) + ".".repeat(30));
    assertThat(FailureStatistics.rowNeeded(siteHealth.samples(), 0, POLICY)).isEqualTo(5);
    see("xxxx");
    assertThat(siteHealth.verdict()).isEqualTo(Verdict.SUSPECT);
    see("x");
    assertThat(siteHealth.verdict()).isEqualTo(Verdict.DOWN);
  }

  @Test
  void forgetsFailuresThatLieBeforeTheLookBack() {
    see("x." + ".".repeat(FailureStatistics.LOOK_BACK) + "xxxx");
    assertThat(siteHealth.verdict()).isEqualTo(Verdict.DOWN);
    assertThat(siteHealth.samples()).hasSize(FailureStatistics.LOOK_BACK);
  }

  @ParameterizedTest
  @CsvSource({
    "xxxx., 15, SUSPECT", // 80 % over less than the window
    "xxxx., 25, DOWN",
    "xxx., 24, SUSPECT",
    "xxx., 36, DOWN",
    "xx., 25, SUSPECT", // 67 %, which noise might do in 25 rounds
    "xx., 60, DOWN",
    "xxxx..x., 100, DOWN", // 62 %
    "x., 240, SUSPECT", // 50 % is below the share for ever
    "xx..., 240, WELL",
  })
  void goesDownByTheShareOfFailures(String pattern, int rounds, Verdict verdict) {
    see("x.".repeat(3)); // Known to be flaky: no row of 4 is enough.
    see(pattern.repeat(rounds).substring(0, rounds));
    if (verdict == Verdict.DOWN) {
      see("xxx"); // It goes down in a round that fails.
    }
    assertThat(siteHealth.verdict()).isEqualTo(verdict);
  }

  @Test
  void doesNotGoDownByAShareThatLiesBeforeTheWindow() {
    see("x".repeat(80) + ".".repeat(20));
    assertThat(siteHealth.verdict()).isEqualTo(Verdict.WELL);
    see("xxx");
    assertThat(siteHealth.verdict()).isEqualTo(Verdict.SUSPECT);
  }

  @Test
  void goesDownAtOnceWhenOneFailureIsEnough() {
    Policy one =
        new Policy(
            1,
            0.6,
            Duration.ofMinutes(2),
            3,
            Duration.ZERO,
            1,
            false,
            Duration.ofMinutes(30),
            Duration.ofMinutes(15));
    assertThat(siteHealth.after(false, now, one).verdict()).isEqualTo(Verdict.DOWN);
  }

  @Test
  void keepsTheWindowFilledWhereRoundsAreClose() {
    for (int round = 0; round < 2_000; round++) {
      now = now.plusMillis(500);
      siteHealth = siteHealth.after(true, now, POLICY);
    }
    assertThat(siteHealth.samples()).hasSize(241);
    assertThat(Duration.between(siteHealth.samples().getFirst().at(), now))
        .isEqualTo(POLICY.failureWindow());
  }

  @Test
  void beginsHealthWithTheFirstGoodRoundAndEndsItWithAFailure() {
    see("x.");
    Instant first = now.minusSeconds(5);
    see("....");
    assertThat(siteHealth.healthySince()).contains(first);
    see("x");
    assertThat(siteHealth.healthySince()).isEmpty();
  }

  @Test
  void doesNotTakeATimeOfSilenceForHealth() {
    see("..");
    Instant before = siteHealth.healthySince().orElseThrow();
    assertThat(siteHealth.paused(Duration.ofMinutes(7)).healthySince())
        .contains(before.plus(Duration.ofMinutes(7)));
    see("x");
    assertThat(siteHealth.paused(Duration.ofMinutes(7))).isEqualTo(siteHealth);
  }

  @Test
  void boundsTheChanceOfNoiseFromAbove() {
    assertThat(FailureStatistics.chance(1, 4, 0.2)).isCloseTo(0.0016, within(1e-9));
    for (int rounds = 5; rounds <= 60; rounds++) {
      for (int failed = (int) Math.ceil(rounds * 0.6); failed <= rounds; failed++) {
        assertThat(FailureStatistics.chance((double) failed / rounds, rounds, 0.2))
            .isGreaterThanOrEqualTo(binomialTail(rounds, failed, 0.2) * (1 - 1e-9));
      }
    }
  }

  private static double binomialTail(int rounds, int least, double noise) {
    double sum = 0;
    double term = Math.pow(1 - noise, rounds);
    for (int failed = 0; failed <= rounds; failed++) {
      sum += failed >= least ? term : 0;
      term *= (double) (rounds - failed) / (failed + 1) * noise / (1 - noise);
    }
    return sum;
  }

  private void see(String rounds) {
    for (int round = 0; round < rounds.length(); round++) {
      siteHealth = siteHealth.after(rounds.charAt(round) == '.', now, POLICY);
      now = now.plusSeconds(5);
    }
  }
}
