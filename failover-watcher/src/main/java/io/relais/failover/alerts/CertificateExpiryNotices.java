package io.relais.failover.alerts;

import com.google.common.collect.ImmutableMap;
import io.relais.common.DurationFormat;
import io.relais.failover.alerts.ProblemNotices.Ending;
import io.relais.failover.alerts.ProblemNotices.Words;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.state.NoticeHistory;
import io.relais.failover.state.PersistentState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Tells of certificates that are about to expire: once a day, when one has expired, and when it was
 * renewed. For one thread.
 */
public final class CertificateExpiryNotices {
  private static final String PREFIX = "certificate of ";

  /** Several servers at one address may be renewed one after the other. */
  private static final Duration SETTLE = Duration.ofMinutes(1);

  private final Function<ProbeResult, Optional<String>> advice;
  private final Consumer<Notice> out;

  /**
   * Makes one.
   *
   * @param advice what to do about a certificate that was seen, where it is not to renew it
   */
  public CertificateExpiryNotices(
      Function<ProbeResult, Optional<String>> advice, Consumer<Notice> out) {
    this.advice = advice;
    this.out = out;
  }

  /** Looks through results; returns the memory with what has been told. */
  public PersistentState tell(
      PersistentState persistentState, List<ProbeResult> results, Instant now) {
    NoticeHistory told = persistentState.told();
    for (ProbeResult result : results) {
      String thing = PREFIX + result.name() + " at " + result.where();
      ProblemNotices notices =
          notices(thing, ImmutableMap.of("probe", result.name(), "where", result.where()));
      if (result.certificateExpiring()) {
        told = notices.stands(told, words(result, now), now, now);
      } else if (result.certificateExpires().isPresent() && told.problem(thing).isPresent()) {
        told = notices.isGone(told, renewed(thing), now);
      }
    }
    // The backup is not looked at in each round.
    for (String thing : told.problems().keySet()) {
      if (thing.startsWith(PREFIX)) {
        told = notices(thing, ImmutableMap.of()).settled(told, renewed(thing), now);
      }
    }
    return persistentState.withTold(told);
  }

  private ProblemNotices notices(String thing, ImmutableMap<String, String> fields) {
    return new ProblemNotices(
        thing,
        Topic.CERTIFICATE,
        Topic.CERTIFICATE,
        SETTLE,
        Optional.of(Duration.ofDays(1)),
        fields,
        out);
  }

  private Words words(ProbeResult result, Instant now) {
    return new Words(
        "The certificate of " + result.name() + " " + when(result, now),
        "Seen at %s. %s"
            .formatted(
                result.where(),
                advice.apply(result).orElse("Renew it, and see that it reaches the backup.")));
  }

  private static Ending renewed(String thing) {
    return new Ending("The " + thing + " is well again", "It was about to end, or had ended,", "");
  }

  private static String when(ProbeResult result, Instant now) {
    return result
        .certificateExpires()
        .map(
            end ->
                end.isAfter(now)
                    ? "ends in " + DurationFormat.of(Duration.between(now, end))
                    : "ended " + DurationFormat.of(Duration.between(end, now)) + " ago")
        .orElse("ends soon");
  }
}
