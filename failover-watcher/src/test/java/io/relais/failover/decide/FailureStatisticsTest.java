package io.relais.failover.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.failover.decide.Decision.Action;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Production that fails at random, as the caller sees it: it probes three times more before it
 * carries out a switch, and drops the switch if one of them succeeds. A seed that fails is printed;
 * {@code -Drelais.seed=N} uses it.
 */
final class FailureStatisticsTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration ROUND = Duration.ofSeconds(5);
  private static final int MONTH = 365 * 24 * 720 / 12;

  private final long seed =
      Long.getLong("relais.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));
  private final Random random = new Random(seed);
  private final Decider decider = new Decider(Policy.DEFAULT);

  private WatchState state = WatchState.initial(START);
  private Instant now = START;

  /** Wanted but for the caller's probes. */
  private int wanted;

  private int switches;

  @ParameterizedTest
  @CsvSource({"0.2, 12", "0.1, 2", "0.05, 2", "0.01, 2"})
  void switchesNeverWhileProbesFailAtRandom(double noise, int months) {
    for (int round = 0; round < 240; round++) {
      round(0);
    }
    for (int round = 0; round < months * MONTH; round++) {
      round(noise);
    }
    report("%d months at %s".formatted(months, noise));
    assertThat(switches).as(named()).isZero();
    assertThat(wanted).as(named()).isLessThanOrEqualTo(2);
  }

  /** What no rule that takes the fourth failure for an outage can do without the caller. */
  @Test
  void leavesToTheCallersProbesWhatNoiseOutOfTheBlueLooksLike() {
    int onsets = 4_000;
    for (int onset = 0; onset < onsets; onset++) {
      state = WatchState.initial(now);
      for (int round = 0; round < 150; round++) {
        round(0);
      }
      for (int round = 0; round < 300; round++) {
        round(0.2);
      }
    }
    report(onsets + " onsets at 0.2");
    assertThat((double) wanted / onsets).as(named()).isLessThan(0.02);
    assertThat((double) switches / onsets).as(named()).isLessThan(0.002);
  }

  @Test
  void switchesInTheRoundOfTheFourthFailureOfAnOutage() {
    for (int round = 0; round < 1000; round++) {
      round(0);
    }
    assertThat(roundsToSwitch(1)).isEqualTo(4);
  }

  @Test
  void switchesInTheFourthRoundAfterTheStart() {
    assertThat(roundsToSwitch(1)).isEqualTo(4);
  }

  @Test
  void switchesWithinTwoMinutesWhenANoisySiteDies() {
    for (int outage = 0; outage < 200; outage++) {
      state = WatchState.initial(now);
      for (int round = 0; round < 150; round++) {
        round(0.2);
      }
      assertThat(roundsToSwitch(1)).as(named()).isBetween(1, 24);
    }
  }

  /** The median, for what fails at random can also fail seldom for a while. */
  @ParameterizedTest
  @ValueSource(doubles = {0.6, 0.7, 0.8, 0.9})
  void switchesWithinMinutesWhenASiteIsHalfDead(double failing) {
    int[] rounds = new int[201];
    for (int run = 0; run < rounds.length; run++) {
      state = WatchState.initial(now);
      for (int round = 0; round < 150; round++) {
        round(0.02);
      }
      rounds[run] = roundsToSwitch(failing);
    }
    Arrays.sort(rounds);
    System.out.printf(
        "half dead %s: median %d s, 90 %% within %d s%n",
        failing, rounds[100] * 5, rounds[180] * 5);
    assertThat(Duration.ofSeconds(rounds[100] * 5L))
        .as(named())
        .isLessThan(failing > 0.65 ? Duration.ofMinutes(5) : Duration.ofMinutes(10));
  }

  private int roundsToSwitch(double failing) {
    int before = switches;
    int rounds = 0;
    while (switches == before) {
      round(failing);
      rounds++;
    }
    return rounds;
  }

  /** A switch ends the story: it begins anew. */
  private void round(double failing) {
    now = now.plus(ROUND);
    boolean fails = random.nextDouble() < failing;
    Decision decision = decider.decide(state, fails ? Observations.down() : Observations.up(), now);
    if (decision.action() != Action.SWITCH) {
      state = decision.next();
      return;
    }
    wanted++;
    if (failsAgain(failing)) {
      switches++;
      state = WatchState.initial(now);
    } else {
      state = decider.decide(state, Observations.up(), now).next();
    }
  }

  private boolean failsAgain(double failing) {
    return random.doubles(3).allMatch(drawn -> drawn < failing);
  }

  private void report(String what) {
    System.out.printf(
        "%s: %d switches wanted, %d carried out (%s)%n", what, wanted, switches, named());
  }

  private String named() {
    return "-Drelais.seed=" + seed;
  }
}
