package io.relais.failover.probe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ContiguousSet;
import com.google.common.collect.DiscreteDomain;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableRangeSet;
import com.google.common.net.HttpHeaders;
import com.google.common.net.InetAddresses;
import com.google.common.net.MediaType;
import io.relais.common.DurationFormat;
import io.relais.common.Printable;
import io.relais.failover.net.CertificateSummary;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.HttpReply;
import io.relais.failover.net.HttpTimings;
import io.relais.failover.net.Urls;
import io.relais.failover.probe.ProbeResult.Failure;
import io.relais.failover.probe.ProbeResult.Status;
import io.relais.failover.probe.ProbeSpec.Redirects;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.Charset;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Whether a GET is answered as it should be, over at most five redirects. */
final class HttpProbe {
  private static final int MOST_REDIRECTS = 5;

  private final HttpCaller caller;
  private final InstantSource clock;

  HttpProbe(HttpCaller caller, InstantSource clock) {
    this.caller = caller;
    this.clock = clock;
  }

  ProbeResult probe(ProbeSpec.Http spec, Optional<InetAddress> at) throws InterruptedException {
    Trace trace = new Trace(spec, at);
    Optional<Failure> failure = follow(spec, at, trace);
    return trace.result(failure, clock.instant());
  }

  private Optional<Failure> follow(ProbeSpec.Http spec, Optional<InetAddress> at, Trace trace)
      throws InterruptedException {
    Set<URI> seen = new HashSet<>();
    URI url = spec.url();
    while (true) {
      seen.add(url);
      HttpReply reply;
      Duration whole = spec.limits().whole();
      Duration left = seen.size() == 1 ? whole : whole.minus(trace.elapsed());
      if (!left.isPositive()) {
        return late(spec);
      }
      try {
        reply = caller.send(call(spec, url, at, left));
      } catch (HttpException e) {
        trace.saw(e);
        return Optional.of(new Failure(kind(e.reason()), String.valueOf(e.getMessage())));
      }
      trace.saw(reply);
      if (spec.redirects() == Redirects.NONE || !Redirect.is(reply)) {
        return check(spec, reply);
      }
      Optional<URI> next = Redirect.target(url, reply);
      Optional<Failure> refused = refuse(spec, reply, next, seen);
      if (refused.isPresent()) {
        return refused;
      }
      url = next.orElseThrow();
    }
  }

  private static Optional<Failure> refuse(
      ProbeSpec.Http spec, HttpReply reply, Optional<URI> next, Set<URI> seen) {
    if (next.isEmpty()) {
      return failure("answered " + reply.status() + " without saying where to");
    }
    if (spec.redirects() == Redirects.SAME_SITE && !Redirect.isSameSite(spec.url(), next.get())) {
      return failure("redirected off the site, to " + Urls.site(next.get()));
    }
    if (seen.contains(next.get())) {
      return failure("redirected in a circle");
    }
    return seen.size() > MOST_REDIRECTS
        ? failure("redirected more than " + MOST_REDIRECTS + " times")
        : Optional.empty();
  }

  /** A production address says nothing about other hosts, so off the site there is no pin. */
  private static HttpCall call(
      ProbeSpec.Http spec, URI url, Optional<InetAddress> at, Duration left) {
    HttpLimits limits = spec.limits();
    return HttpCall.of(
            "GET", url, new HttpLimits(limits.connect(), limits.tls(), limits.firstByte(), left))
        .withHeaders(ImmutableMap.of(HttpHeaders.USER_AGENT, spec.userAgent()))
        .withPin(at.filter(address -> Redirect.isSameSite(spec.url(), url)))
        .withLargestBody((int) Math.min(spec.maxSize(), Integer.MAX_VALUE - 8))
        .withTrust(new HttpCall.Trust(spec.authorities(), spec.verifyCertificate()));
  }

  private static Optional<Failure> late(ProbeSpec.Http spec) {
    return Optional.of(
        new Failure(
            Status.TIMEOUT,
            "no page within " + DurationFormat.of(spec.limits().whole()) + " of redirects"));
  }

  private static Optional<Failure> failure(String detail) {
    return Optional.of(new Failure(Status.REDIRECT, detail));
  }

  /** What is wrong with a reply; empty if nothing. */
  private static Optional<Failure> check(ProbeSpec.Http spec, HttpReply reply) {
    if (!spec.status().contains(reply.status())) {
      return failure(
          Status.STATUS, "answered " + reply.status() + ", wanted " + spelled(spec.status()));
    }
    return onSize(spec, reply).or(() -> onText(spec, reply));
  }

  private static Optional<Failure> onSize(ProbeSpec.Http spec, HttpReply reply) {
    int size = reply.body().length;
    if (reply.truncated()) {
      return failure(Status.CONTENT, "the page has more than " + size + " bytes");
    }
    return size < spec.minSize()
        ? failure(
            Status.CONTENT, "the page has " + size + " bytes, wanted at least " + spec.minSize())
        : Optional.empty();
  }

  private static Optional<Failure> onText(ProbeSpec.Http spec, HttpReply reply) {
    String text = new String(reply.body(), charset(reply));
    for (String wanted : spec.contains()) {
      if (!text.contains(wanted)) {
        return failure(Status.CONTENT, "the page lacks " + Printable.quoted(wanted));
      }
    }
    for (String unwanted : spec.lacks()) {
      if (text.contains(unwanted)) {
        return failure(Status.CONTENT, "the page contains " + Printable.quoted(unwanted));
      }
    }
    return Optional.empty();
  }

  /** What Content-Type names; UTF-8 where it names none, or one that Java doesn't know. */
  private static Charset charset(HttpReply reply) {
    try {
      return reply
          .header(HttpHeaders.CONTENT_TYPE)
          .flatMap(type -> MediaType.parse(type).charset().toJavaUtil())
          .orElse(UTF_8);
    } catch (IllegalArgumentException | IllegalStateException e) {
      return UTF_8; // not a media type, not a charset's name, or two of them
    }
  }

  /** As {@code 200} or {@code 200-299 or 401}. */
  private static String spelled(ImmutableRangeSet<Integer> ranges) {
    return ranges.asRanges().stream()
        .map(range -> ContiguousSet.create(range, DiscreteDomain.integers()))
        .filter(codes -> !codes.isEmpty())
        .map(
            codes ->
                codes.first().equals(codes.last())
                    ? codes.first().toString()
                    : codes.first() + "-" + codes.last())
        .collect(joining(" or "));
  }

  private static Optional<Failure> failure(Status kind, String detail) {
    return Optional.of(new Failure(kind, detail));
  }

  private static Status kind(HttpException.Reason reason) {
    return switch (reason) {
      case NAME -> Status.NAME;
      case REFUSED -> Status.REFUSED;
      case UNREACHABLE -> Status.UNREACHABLE;
      case CERTIFICATE -> Status.CERTIFICATE;
      case TLS -> Status.TLS;
      case TIMEOUT -> Status.TIMEOUT;
      case BROKEN -> Status.BROKEN;
    };
  }

  /** What one probe saw on its way, over all redirects; for one thread. */
  private static final class Trace {
    private final ProbeSpec.Http spec;
    private final long start = System.nanoTime();
    private Optional<InetAddress> address;
    private Optional<Integer> status = Optional.empty();
    private Optional<CertificateSummary> shown = Optional.empty();
    private HttpTimings last = HttpTimings.whole(Duration.ZERO);

    Trace(ProbeSpec.Http spec, Optional<InetAddress> at) {
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
          shown,
          shown
              .map(CertificateSummary::validUntil)
              .filter(end -> end.minus(spec.certificateWarning()).isBefore(now))
              .isPresent());
    }

    private void saw(HttpTimings timings, Optional<X509Certificate> certificate) {
      last = timings;
      Optional<CertificateSummary> now = certificate.map(CertificateSummary::of);
      boolean nearer =
          now.isPresent()
              && shown
                  .filter(known -> known.validUntil().isBefore(now.get().validUntil()))
                  .isEmpty();
      if (nearer) {
        shown = now;
      }
    }
  }
}
