package io.relais.sync.remote;

import java.io.IOException;

/** A file changed while it was sent: what was sent is dropped, and the file is tried again. */
public final class SourceChangedException extends IOException {
  private static final long serialVersionUID = 1L;

  public SourceChangedException(String message) {
    super(message);
  }
}
