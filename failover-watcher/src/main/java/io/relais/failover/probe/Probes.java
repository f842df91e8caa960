package io.relais.failover.probe;

import io.relais.failover.dns.DnsQuestion;
import io.relais.failover.net.HttpCaller;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.Optional;

/** Carries out probes of each kind. */
public final class Probes implements Prober {
  private final HttpProbe http;
  private final TcpProbe tcp;
  private final DnsProbe dns;

  /** The clock tells how near a certificate's end is. */
  public Probes(HttpCaller caller, DnsQuestion question, InstantSource clock) {
    http = new HttpProbe(caller, clock);
    tcp = new TcpProbe();
    dns = new DnsProbe(question);
  }

  @Override
  public ProbeResult probe(ProbeSpec spec, Optional<InetAddress> at) throws InterruptedException {
    return switch (spec) {
      case ProbeSpec.Http asked -> http.probe(asked, at);
      case ProbeSpec.Tcp asked -> tcp.probe(asked, at);
      case ProbeSpec.Dns asked -> dns.probe(asked, at);
    };
  }
}
