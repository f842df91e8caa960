package io.relais.sync.index;

/**
 * The index can't be used for now: its disk is full, fails or is read-only, or another process has
 * it. What was asked for did not happen; a batch had no effect at all. The message is for the
 * operator.
 */
public final class IndexException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public IndexException(String message) {
    super(message);
  }

  public IndexException(String message, Throwable cause) {
    super(message, cause);
  }
}
