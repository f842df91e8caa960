package io.relais.sync.ssh;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * How many more SFTP channels and connections one host may have: channels are scarce, since
 * OpenSSH's servers allow ten in a connection (MaxSessions), and each mirror needs one. Safe for
 * use by many threads.
 */
public final class SessionBudget {
  /** As many as have been seen to make a first sync faster. */
  public static final int MOST = 6;

  private static final int ALLOWED = 10;

  /**
   * Connections in place of channels: each costs a login, and hosting providers allow few. One is
   * for large files, so that they are in nobody's way.
   */
  private static final int MOST_CONNECTIONS = 2;

  /** So many further connections may fail, with none of use between, before there are no more. */
  private static final int MOST_BROKEN = 12;

  @GuardedBy("this")
  private int mirrors;

  @GuardedBy("this")
  private int most;

  @GuardedBy("this")
  private int taken;

  @GuardedBy("this")
  private int broken;

  SessionBudget() {
    this(MOST);
  }

  private SessionBudget(int most) {
    this.most = most;
  }

  /** For one mirror whose channels each have a connection of their own. */
  static SessionBudget ofConnections() {
    return new SessionBudget(MOST_CONNECTIONS);
  }

  /** There is one more mirror, whose first channel is no spare one. */
  synchronized void leaveOne() {
    mirrors++;
    most = Math.min(most, all());
  }

  @GuardedBy("this")
  private int all() {
    return Math.clamp(ALLOWED - mirrors, 0, MOST);
  }

  /** A new connection may have all of them. */
  synchronized void reset() {
    most = all();
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
    most = Math.min(most, taken);
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
