package io.relais.sync.transfer;

import java.io.IOException;

/** The agent is stopping: what was under way is dropped cleanly. */
public final class StoppedException extends IOException {
  private static final long serialVersionUID = 1L;

  public StoppedException() {
    super("stopped");
  }
}
