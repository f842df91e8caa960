package io.relais.failover.dns;

/** The process is gone: nothing of it may run on, so no test's subject may catch this. */
public final class Killed extends Error {
  private static final long serialVersionUID = 1L;

  public Killed() {
    super("killed", null, false, false);
  }
}
