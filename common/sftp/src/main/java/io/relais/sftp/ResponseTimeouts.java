package io.relais.sftp;

import com.google.common.collect.Comparators;
import java.time.Duration;

/**
 * How long the oldest request of a channel may go unanswered before the connection is made anew.
 *
 * @param usual for what a server does at once
 * @param disk for what is for its disk, which may be slow: a flush of up to 256 MiB (of a larger
 *     file the rest is flushed while it comes), a copy within it, or the removal of a very large
 *     file, behind whatever else that disk has to do; and for all else while one of these is under
 *     way
 */
public record ResponseTimeouts(Duration usual, Duration disk) {
  /** A dead link is found sooner, by the keepalive. */
  public static final ResponseTimeouts DEFAULT =
      new ResponseTimeouts(Duration.ofSeconds(30), Duration.ofMinutes(10));

  /** After so many connections in a row that ended so: a server may be that slow after all. */
  public ResponseTimeouts after(int silences) {
    Duration longer = usual.multipliedBy(1L << Math.min(silences, 10));
    return new ResponseTimeouts(Comparators.min(longer, disk), disk);
  }
}
