package io.relais.sync.remote.sftp;

import java.time.Duration;

/**
 * What has to be under way for small files to come as fast over a long round trip as over a short
 * one. Each is under way for three round trips at most: opened ahead, written, renamed.
 *
 * @param roundTrip as measured when nothing else was under way
 */
record RoundTripBudget(Duration roundTrip) {
  private static final Duration FAR = Duration.ofMillis(20);

  /**
   * Three round trips of the 8,000 files a second that two cores manage would be 24; with that,
   * 100,000 files of 1 KB took 15.9 s at 30 ms, and 12.9 s with this.
   */
  private static final int FILES_PER_MILLI = 80;

  private static final int AHEAD = 160;
  private static final int AHEAD_WHEN_FAR = 320;

  /** With what is opened ahead, fewer than the thousand that OpenSSH allows on one channel. */
  private static final int FILES_ON_A_CHANNEL = 600;

  boolean isFar() {
    return roundTrip.compareTo(FAR) >= 0;
  }

  /** Files that a busy channel opens ahead; the first has other handles to spare. */
  int filesAhead(boolean first) {
    return isFar() && !first ? AHEAD_WHEN_FAR : AHEAD;
  }

  /**
   * How many files may be on their way.
   *
   * @param alone what one channel takes by itself
   * @param others how many channels share the load by now
   */
  int filesAtOnce(int alone, int others) {
    long wanted = roundTrip.toMillis() * FILES_PER_MILLI;
    int most = Math.max(alone, others * Math.min(alone, FILES_ON_A_CHANNEL));
    return Math.clamp(wanted, alone, most);
  }
}
