package io.relais.failover.probe;

import io.relais.failover.net.HttpTimings;
import io.relais.failover.probe.ProbeResult.Failure;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Whether a TCP connection is accepted; it is closed at once. */
final class TcpProbe {
  ProbeResult probe(ProbeSpec.Tcp spec, Optional<InetAddress> at) throws InterruptedException {
    long start = System.nanoTime();
    TcpAttempt attempt = new TcpAttempt(spec.target(), at, spec.timeout());
    Optional<Failure> failure = failure(spec, attempt);
    HttpTimings timings = attempt.timings(Duration.ofNanos(System.nanoTime() - start));
    return new ProbeResult(
        spec.name(), attempt.where(), failure, timings, Optional.empty(), Optional.empty(), false);
  }

  private static Optional<Failure> failure(ProbeSpec.Tcp spec, TcpAttempt attempt)
      throws InterruptedException {
    try {
      return Bounded.run("tcp " + spec.target(), spec.timeout(), attempt::connect);
    } catch (TimeoutException e) {
      return Optional.of(attempt.late());
    } catch (ExecutionException e) {
      throw new IllegalStateException("probe " + spec.name(), e.getCause());
    }
  }
}
