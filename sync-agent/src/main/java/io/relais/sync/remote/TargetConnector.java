package io.relais.sync.remote;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Opens the target of one mirror. Safe for use by many threads. */
public interface TargetConnector {
  /**
   * Connects, or uses the connection that is there already. Blocks for the connection's time limit
   * at most.
   *
   * @param onLost called once, from any thread, when the connection is lost; must not block
   * @throws TargetUnavailableException if it can't be reached now
   * @throws TargetRefusedException if it may not be used
   */
  SyncTarget open(Runnable onLost) throws IOException;

  /**
   * What the other end has been owing for longest, whether the connection is still being made or is
   * in use; null for nothing. May be called at any time, also while {@link #open} blocks.
   */
  default @Nullable RemoteWait waiting() {
    return null;
  }

  /** What it leads to, for messages. */
  default String destination() {
    return "the backup";
  }
}
