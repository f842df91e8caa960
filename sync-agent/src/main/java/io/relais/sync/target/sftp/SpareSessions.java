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
  private int most = ALL;

  @GuardedBy("this")
  private int taken;

  @GuardedBy("this")
  private int broken;

  /** A new connection may have all of them. */
  synchronized void reset() {
    most = ALL;
    taken = 0;
  }

  /** Takes one, if there is any. */
  synchronized boolean take() {
    if (taken >= most) {
      return false;
    }
    taken++;
    return true;
  }

  synchronized void giveBack() {
    taken = Math.max(taken - 1, 0);
  }

  /** The server has refused the one taken last: nobody asks for more on this connection. */
  synchronized void refuse() {
    giveBack();
    most = taken;
  }

  /**
   * The server has refused a mirror its first: no more are given out on this connection.
   *
   * @return whether there are some, which may have been one too many
   */
  synchronized boolean makeRoom() {
    most = 0;
    return taken > 0;
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
