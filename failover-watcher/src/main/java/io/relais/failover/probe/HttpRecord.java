package io.relais.failover.probe;

import com.google.common.net.InetAddresses;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpReply;
import io.relais.failover.net.HttpTimings;
import io.relais.failover.probe.ProbeResult.Failure;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What one HTTP probe saw on its way, over all redirects; for one thread. */
final class HttpRecord {
  private final ProbeSpec.Http spec;
  private final long start = System.nanoTime();
  private Optional<InetAddress> address;
  private Optional<Integer> status = Optional.empty();
  private Optional<Instant> expires = Optional.empty();
  private HttpTimings last = HttpTimings.whole(Duration.ZERO);

  HttpRecord(ProbeSpec.Http spec, Optional<InetAddress> at) {
    this.spec = spec;
    address = at;
  }

  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  void saw(HttpReply reply) {
    status = Optional.of(reply.status());
    address = reply.address().or(() -> address);
    saw(reply.timings(), reply.certificate());
  }

  void saw(HttpException failure) {
    status = Optional.empty();
    address = failure.address().or(() -> address);
    saw(failure.timings(), failure.certificate());
  }

  /** The parts are the last request's, the whole is that of all. */
  ProbeResult result(Optional<Failure> failure, Instant now) {
    return new ProbeResult(
        spec.name(),
        address.map(InetAddresses::toAddrString).orElse(spec.url().getHost()),
        failure,
        new HttpTimings(last.name(), last.connect(), last.tls(), last.firstByte(), elapsed()),
        status,
        expires,
        expires.filter(end -> end.minus(spec.certificateWarning()).isBefore(now)).isPresent());
  }

  @SuppressWarnings("JavaUtilDate") // what X509Certificate gives
  private void saw(HttpTimings timings, Optional<X509Certificate> certificate) {
    last = timings;
    Optional<Instant> end = certificate.map(shown -> shown.getNotAfter().toInstant());
    if (end.isPresent() && expires.filter(nearer -> nearer.isBefore(end.get())).isEmpty()) {
      expires = end;
    }
  }
}
