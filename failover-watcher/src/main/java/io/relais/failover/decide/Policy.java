package io.relais.failover.decide;

import static com.google.common.base.Preconditions.checkArgument;

import java.time.Duration;

/**
 * The limits that the decision keeps to.
 *
 * @param failures failed rounds in a row that make production down, where it failed seldom before;
 *     a production that is known to fail at random needs more ({@link FailureStatistics}); at least
 *     1
 * @param failureShare the share of failed rounds within the window that does so too, once there are
 *     so many rounds that it can't be noise (failures at random, a third as many); over 0, at most
 *     1
 * @param failureWindow how far back the share looks at least; it counts once the window is filled,
 *     with 2 × {@code failures} rounds at least
 * @param successes good rounds in a row that make it up again; at least 1
 * @param minimumStay on the backup before an automatic fail-back, from the verified switch on;
 *     waived while the backup is not ready
 * @param switchesPerDay switches within any 24 hours that no operator asked for; one more halts; at
 *     least 1
 * @param automaticFailback whether it goes back by itself
 * @param failbackAfter production's unbroken health before it does
 * @param maxGap rounds further apart than this are not in a row; what was counted is forgotten
 */
public record Policy(
    int failures,
    double failureShare,
    Duration failureWindow,
    int successes,
    Duration minimumStay,
    int switchesPerDay,
    boolean automaticFailback,
    Duration failbackAfter,
    Duration maxGap) {
  public static final Policy DEFAULT =
      new Policy(
          4,
          0.6,
          Duration.ofMinutes(2),
          3,
          Duration.ofMinutes(10),
          4,
          false,
          Duration.ofMinutes(30),
          Duration.ofMinutes(15));

  public Policy {
    checkArgument(failures >= 1, "failures %s", failures);
    checkArgument(failureShare > 0 && failureShare <= 1, "failure share %s", failureShare);
    checkArgument(failureWindow.isPositive(), "failure window %s", failureWindow);
    checkArgument(successes >= 1, "successes %s", successes);
    checkArgument(!minimumStay.isNegative(), "minimum stay %s", minimumStay);
    checkArgument(switchesPerDay >= 1, "switches a day %s", switchesPerDay);
    checkArgument(failbackAfter.isPositive(), "fail-back after %s", failbackAfter);
    checkArgument(maxGap.isPositive(), "max gap %s", maxGap);
  }
}
