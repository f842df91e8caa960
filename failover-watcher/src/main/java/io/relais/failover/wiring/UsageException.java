package io.relais.failover.wiring;

/** What was asked for does not fit the configuration or the state: for the user to fix. */
public final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  public UsageException(String message) {
    super(message);
  }
}
