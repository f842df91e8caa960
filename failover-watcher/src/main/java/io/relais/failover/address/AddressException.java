package io.relais.failover.address;

import org.jspecify.annotations.Nullable;

/** A source gave no usable address. The message names the source and what it said. */
public final class AddressException extends Exception {
  private static final long serialVersionUID = 1L;

  public AddressException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
