package io.relais.sync.remote;

import java.time.Duration;

/**
 * What is being waited for at the other end, as of now.
 *
 * @param what who is to do what, as in "the backup to answer: list directory /data"
 * @param time for how long so far
 */
public record RemoteWait(String what, Duration time) {
  /** One line. */
  public String describe() {
    return "waiting for " + time(time) + " for " + what;
  }

  /** A time as people read it, in whole seconds: {@code 42 s}, {@code 3 min 5 s}. */
  public static String time(Duration time) {
    long seconds = time.toSeconds();
    if (seconds < 120) {
      return seconds + " s";
    }
    return seconds / 60 + " min" + (seconds % 60 == 0 ? "" : " " + seconds % 60 + " s");
  }
}
