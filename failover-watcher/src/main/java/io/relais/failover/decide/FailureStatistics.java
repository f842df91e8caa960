package io.relais.failover.decide;

import com.google.common.collect.ImmutableList;
import io.relais.failover.decide.WatchState.Sample;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Tells an outage from probes that fail at random. A site is down when what was seen has a
 * probability below {@link #CHANCE} for every round if failures were noise: at a round each 5 s,
 * once in 160 years.
 *
 * <p><b>In a row.</b> If a round fails with probability p, and rounds are independent, then r in a
 * row fail with probability p<sup>r</sup>. p is estimated from the look-back, the rounds before the
 * row: how many good rounds (and the start) were followed by a failed one. So an outage that is
 * over, however long, counts once, and only scattered failures count much. Where the look-back has
 * no failure at all, p is taken for 0 and {@link Policy#failures} rounds are enough; a site known
 * to be flaky needs the r at which p<sup>r</sup> ≤ {@link #CHANCE}. With 4 failures set and a full
 * look-back of 120 rounds:
 *
 * <table>
 * <caption>Rounds in a row that make it down</caption>
 * <tr><th>rows of failures in the look-back</th><td>0</td><td>1</td><td>2</td><td>3</td><td>6</td>
 *     <td>12</td><td>20 (noise of 20 %)</td></tr>
 * <tr><th>rounds needed</th><td>4</td><td>5</td><td>6</td><td>6</td><td>8</td><td>10</td>
 *     <td>13</td></tr>
 * </table>
 *
 * <p>What remains is noise that begins after a clean look-back: the very first row of failures is
 * long enough in p<sup>3</sup> of the cases, 0.8 % at 20 %. No rule that takes the fourth failure
 * for an outage can do better. The caller probes again before it acts, and each further probe
 * multiplies the chance by p.
 *
 * <p><b>The share.</b> A site that fails mostly, but not in a row, is down when the share of failed
 * rounds over the filled window is at least {@link Policy#failureShare}, and so it is, over the
 * window or farther back, in so many rounds that a site which fails a third as often (20 % where
 * the share is 60 %) would do so with a probability below {@link #CHANCE}. The probability is bound
 * by Chernoff's inequality: at least k of m rounds fail with at most exp(−m·D), where D is the
 * relative entropy of k/m to p. So, at a round each 5 s and with the default window of 2 min: 80 %
 * are enough over 2 min (20 of 25 rounds), 70 % over 3 min and 60 % over 4.5 min.
 */
final class FailureStatistics {
  /** The rounds that are kept at least. */
  static final int LOOK_BACK = 120;

  static final double CHANCE = 1e-9;

  private FailureStatistics() {}

  /** How many failed rounds in a row make production down, if the last {@code row} failed. */
  static int rowNeeded(List<Sample> samples, int row, Policy policy) {
    List<Sample> before = samples.subList(0, Math.max(0, samples.size() - row));
    double noise = noise(before);
    int needed = noise == 0 ? 0 : (int) Math.ceil(Math.log(CHANCE) / Math.log(noise));
    return Math.max(policy.failures(), needed);
  }

  /** Below 1: the last round before a row was good, so there are at most as many rows as those. */
  private static double noise(List<Sample> before) {
    int good = 0;
    int rows = 0;
    boolean inRow = false;
    for (Sample sample : before) {
      good += sample.ok() ? 1 : 0;
      rows += !sample.ok() && !inRow ? 1 : 0;
      inRow = !sample.ok();
    }
    return (double) rows / (good + 1);
  }

  /** Whether the share of failed rounds makes production down. */
  static boolean failsMostly(List<Sample> samples, Instant now, Policy policy) {
    double noise = policy.failureShare() / 3;
    int failed = 0;
    boolean inWindow = true;
    for (int rounds = 1; rounds <= samples.size(); rounds++) {
      Sample sample = samples.get(samples.size() - rounds);
      failed += sample.ok() ? 0 : 1;
      if (!isFilled(rounds, Duration.between(sample.at(), now), policy)) {
        continue;
      }
      double share = (double) failed / rounds;
      if (inWindow && share < policy.failureShare()) {
        return false; // It failed once, and does no longer.
      }
      inWindow = false;
      if (share >= policy.failureShare() && chance(share, rounds, noise) <= CHANCE) {
        return true;
      }
    }
    return false;
  }

  private static boolean isFilled(int rounds, Duration span, Policy policy) {
    return rounds >= 2 * policy.failures() && span.compareTo(policy.failureWindow()) >= 0;
  }

  /** At most so probable is this share of failed rounds, or a greater one, if it is noise. */
  static double chance(double share, int rounds, double noise) {
    double good = 1 - share;
    double entropy =
        share * Math.log(share / noise) + (good == 0 ? 0 : good * Math.log(good / (1 - noise)));
    return Math.exp(-rounds * entropy);
  }

  /** What is worth keeping: the look-back, and a filled window. */
  static ImmutableList<Sample> keep(ImmutableList<Sample> samples, Instant now, Duration window) {
    return samples.subList(surplus(samples, now.minus(window)), samples.size());
  }

  private static int surplus(List<Sample> samples, Instant windowBegins) {
    int surplus = 0;
    while (samples.size() - surplus > LOOK_BACK
        && !samples.get(surplus + 1).at().isAfter(windowBegins)) {
      surplus++;
    }
    return surplus;
  }
}
