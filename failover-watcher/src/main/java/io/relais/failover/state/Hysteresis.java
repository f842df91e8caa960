package io.relais.failover.state;

import java.time.Instant;

/**
 * Up or down of one thing that is only watched, by rounds in a row. A plain value.
 *
 * @param failures bad rounds in a row
 * @param successes good rounds in a row
 * @param since when it became what it is
 */
public record Hysteresis(boolean up, int failures, int successes, Instant since) {
  /** Up, and perhaps no longer: the last rounds were bad. */
  public boolean isDoubtful() {
    return up && failures > 0;
  }

  public static Hysteresis initial(Instant now) {
    return new Hysteresis(true, 0, 0, now);
  }

  /** After one more round: down after so many failures, up after so many successes in a row. */
  public Hysteresis after(boolean ok, int failuresNeeded, int successesNeeded, Instant now) {
    int bad = ok ? 0 : failures + 1;
    int good = ok ? successes + 1 : 0;
    if (up && bad >= failuresNeeded) {
      return new Hysteresis(false, bad, good, now);
    }
    if (!up && good >= successesNeeded) {
      return new Hysteresis(true, bad, good, now);
    }
    return new Hysteresis(up, bad, good, since);
  }
}
