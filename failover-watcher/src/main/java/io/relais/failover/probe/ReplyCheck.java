package io.relais.failover.probe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ContiguousSet;
import com.google.common.collect.DiscreteDomain;
import com.google.common.collect.ImmutableRangeSet;
import com.google.common.net.HttpHeaders;
import com.google.common.net.MediaType;
import io.relais.common.Printable;
import io.relais.failover.net.HttpReply;
import io.relais.failover.probe.ProbeResult.Failure;
import io.relais.failover.probe.ProbeResult.Status;
import java.nio.charset.Charset;
import java.util.Optional;

/** Whether a reply is as it should be. */
final class ReplyCheck {
  private ReplyCheck() {}

  /** What is wrong with it; empty if nothing. */
  static Optional<Failure> on(ProbeSpec.Http spec, HttpReply reply) {
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
}
