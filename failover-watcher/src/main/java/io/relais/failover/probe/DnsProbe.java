package io.relais.failover.probe;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.common.DurationFormat;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsQuestion;
import io.relais.failover.net.HttpTimings;
import io.relais.failover.probe.ProbeResult.Failure;
import io.relais.failover.probe.ProbeResult.Status;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Whether a name server answers with the addresses that it should. */
final class DnsProbe {
  private static final int DNS_PORT = 53;

  private final DnsQuestion question;

  DnsProbe(DnsQuestion question) {
    this.question = question;
  }

  ProbeResult probe(ProbeSpec.Dns spec, Optional<InetAddress> at) throws InterruptedException {
    long start = System.nanoTime();
    Optional<HostAndPort> server =
        spec.server()
            .map(named -> named.withDefaultPort(DNS_PORT))
            .or(() -> at.map(DnsProbe::server));
    Optional<Failure> failure =
        server.isPresent()
            ? ask(spec, server.get())
            : Optional.of(new Failure(Status.NAME, "no name server to ask: set 'server'"));
    HttpTimings timings = HttpTimings.whole(Duration.ofNanos(System.nanoTime() - start));
    return new ProbeResult(
        spec.name(),
        server.map(HostAndPort::toString).orElse(spec.question()),
        failure,
        timings,
        Optional.empty(),
        Optional.empty(),
        false);
  }

  private static HostAndPort server(InetAddress address) {
    return HostAndPort.fromParts(InetAddresses.toAddrString(address), DNS_PORT);
  }

  private Optional<Failure> ask(ProbeSpec.Dns spec, HostAndPort server)
      throws InterruptedException {
    try {
      return judge(
          spec,
          server,
          TimeLimited.run(
              "dns " + server,
              spec.timeout(),
              () -> question.ask(server, spec.question(), spec.type(), spec.timeout())));
    } catch (TimeoutException e) {
      return Optional.of(
          new Failure(
              Status.TIMEOUT,
              "no answer from " + server + " within " + DurationFormat.of(spec.timeout())));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DnsLookupException asked) {
        return Optional.of(new Failure(Status.ANSWER, String.valueOf(asked.getMessage())));
      }
      throw new IllegalStateException("probe " + spec.name(), e.getCause());
    }
  }

  private static Optional<Failure> judge(
      ProbeSpec.Dns spec, HostAndPort server, ImmutableSet<InetAddress> answer) {
    ImmutableSet<InetAddress> wanted =
        spec.expect().stream().map(InetAddresses::forString).collect(ImmutableSet.toImmutableSet());
    boolean well = wanted.isEmpty() ? !answer.isEmpty() : answer.equals(wanted);
    return well
        ? Optional.empty()
        : Optional.of(
            new Failure(
                Status.ANSWER,
                server
                    + " answered "
                    + list(answer)
                    + ", wanted "
                    + (wanted.isEmpty() ? "any" : list(wanted))));
  }

  private static String list(Set<InetAddress> addresses) {
    return addresses.isEmpty()
        ? "no address"
        : addresses.stream().map(InetAddresses::toAddrString).sorted().collect(joining(", "));
  }
}
