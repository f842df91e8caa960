package io.relais.sync.ssh;

import io.relais.sync.remote.RemoteWait;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * What a connection that is being made waits for, from a moment on.
 *
 * @param what as in {@link RemoteWait#what}
 * @param since {@link System#nanoTime}
 */
record ConnectStage(Supplier<String> what, long since) {
  static ConnectStage of(String what) {
    return new ConnectStage(() -> what, System.nanoTime());
  }

  /** First the keys are exchanged, then comes the login. */
  static ConnectStage ofLogin(Hop hop) {
    return new ConnectStage(
        () ->
            hop.label()
                + (hop.secured().get()
                    ? " to accept the login of " + hop.host().user()
                    : " to complete the key exchange"),
        System.nanoTime());
  }

  RemoteWait waiting() {
    return new RemoteWait(what.get(), Duration.ofNanos(System.nanoTime() - since));
  }
}
