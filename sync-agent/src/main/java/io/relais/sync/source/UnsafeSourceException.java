package io.relais.sync.source;

import java.io.IOException;

/**
 * The way to a source is not safe: an account without privileges has a say in where it leads, and
 * it leads to what another one owns. Nothing there was read. The operator's to decide.
 */
public final class UnsafeSourceException extends IOException {
  private static final long serialVersionUID = 1;

  private final String remedy;

  UnsafeSourceException(String message, String remedy) {
    super(message);
    this.remedy = remedy;
  }

  /** What the operator can do; a part of a sentence. */
  public String remedy() {
    return remedy;
  }
}
