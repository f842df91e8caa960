package io.relais.failover.cli;

/** What was asked for does not fit the configuration or the state: the user's to mend. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
