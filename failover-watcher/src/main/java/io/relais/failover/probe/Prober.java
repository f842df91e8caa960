package io.relais.failover.probe;

import java.net.InetAddress;
import java.util.Optional;

/** Carries out probes. For any number of threads. */
public interface Prober {
  /**
   * Probes once. Blocks for at most the probe's own limits; whatever goes wrong is in the result.
   *
   * @param at the address to ask instead of the one that the name leads to; Host and SNI stay
   * @throws InterruptedException if the thread was interrupted
   */
  ProbeResult probe(ProbeSpec spec, Optional<InetAddress> at) throws InterruptedException;
}
