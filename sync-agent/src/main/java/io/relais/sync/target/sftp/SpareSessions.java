package io.relais.sync.target.sftp;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * How many more SFTP channels and connections one host may have: channels are scarce, since
 * OpenSSH's servers allow ten in a connection (MaxSessions), and some must be left for mirrors that
 * have none yet. Safe for use by many threads.
 */
final class SpareSessions {
  private static final int ALL = 6;

  /** So many further connections may fail, with none of use between, before there are no more. */
  private static final int MOST_BROKEN = 12;

  @GuardedBy("this")
  private int left = ALL;

  @GuardedBy("this")
  private int broken;

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

  /** Whether another connection to the host may be made. */
  synchronized boolean mayConnect() {
    return broken < MOST_BROKEN;
  }

  /** Such a connection has failed. */
  synchronized void broken() {
    broken++;
  }

  /** Such connections have served their purpose. */
  synchronized void proven() {
    broken = 0;
  }
}
