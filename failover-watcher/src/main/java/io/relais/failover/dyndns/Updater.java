package io.relais.failover.dyndns;

import com.google.common.collect.ImmutableList;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;

/** How a name is set. For one thread. */
interface Updater {
  /** Which name at whom: what is remembered of another is of no use. No secrets. */
  String about();

  /** Whether setting it publishes the zone, with whatever else is stored there. */
  boolean publishes();

  /** How long after the last time it is set again though nothing has changed; empty for never. */
  Optional<Duration> refreshAfter();

  /** Tells whether the password is still the same, without telling the password. */
  String passwordMark();

  /**
   * The requests to make, one after the other, for these addresses: each holds those of its
   * elements.
   *
   * @param addresses one for each family at most
   * @param changed those of them that are not what is remembered
   */
  ImmutableList<ImmutableList<InetAddress>> requests(
      ImmutableList<InetAddress> addresses, ImmutableList<InetAddress> changed);

  /**
   * Makes one request. Blocks, with a deadline.
   *
   * @param confirmed whether they are what is remembered as set
   */
  Response set(ImmutableList<InetAddress> addresses, boolean confirmed) throws InterruptedException;

  /** What came of a request; the details are for people. */
  sealed interface Response {
    String detail();

    /** The name now has these addresses. */
    record Done(boolean changed, String detail) implements Response {}

    /** It may work later, and not before. */
    record Later(Duration pause, String detail) implements Response {}

    /** It will not work before an operator changes the configuration. */
    record Never(String detail) implements Response {}
  }
}
