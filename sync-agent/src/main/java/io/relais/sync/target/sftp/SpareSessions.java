package io.relais.sync.target.sftp;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * How many more SFTP channels one connection may have: OpenSSH's servers allow ten (MaxSessions),
 * and some must be left for mirrors that have none yet. Safe for use by many threads.
 */
final class SpareSessions {
  private static final int ALL = 6;

  @GuardedBy("this")
  private int left = ALL;

  /** A new connection has all of them. */
  synchronized void reset() {
    left = ALL;
  }

  /** Takes one, if there is any. */
  synchronized boolean take() {
    return left > 0 && left-- > 0;
  }

  synchronized void giveBack() {
    left = Math.min(left + 1, ALL);
  }

  /** The server has refused one: nobody asks for more on this connection. */
  synchronized void refuse() {
    left = 0;
  }
}
