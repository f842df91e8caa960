package io.relais.failover.dns;

import org.jspecify.annotations.Nullable;

/** A name could not be looked up; a retry may help. The message says what was asked of whom. */
public final class DnsLookupException extends Exception {
  private static final long serialVersionUID = 1L;

  public DnsLookupException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
