package io.relais.failover.alerts;

import com.google.common.collect.ImmutableMap;
import io.relais.common.DurationFormat;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.state.PersistentState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Tells, once a day, of certificates that are about to expire. For one thread. */
public final class CertificateExpiryNotices {
  private static final Duration DAY = Duration.ofDays(1);

  private final Consumer<Notice> out;

  public CertificateExpiryNotices(Consumer<Notice> out) {
    this.out = out;
  }

  /** Looks through results; returns the memory with what has been told. */
  public PersistentState tell(
      PersistentState persistentState, List<ProbeResult> results, Instant now) {
    Map<String, Instant> told = new HashMap<>(persistentState.told().daily());
    told.values().removeIf(at -> at.isAfter(now) || !at.plus(DAY).isAfter(now));
    for (ProbeResult result : results) {
      String thing = "certificate " + result.name() + " at " + result.where();
      if (result.certificateExpiring() && told.putIfAbsent(thing, now) == null) {
        out.accept(notice(thing + " " + now, result, now));
      }
    }
    return persistentState.withTold(persistentState.told().withDaily(ImmutableMap.copyOf(told)));
  }

  private static Notice notice(String key, ProbeResult result, Instant now) {
    String when =
        result
            .certificateExpires()
            .map(
                end ->
                    end.isAfter(now)
                        ? "ends in " + DurationFormat.of(Duration.between(now, end))
                        : "ended " + DurationFormat.of(Duration.between(end, now)) + " ago")
            .orElse("ends soon");
    return new Notice(
        Topic.CERTIFICATE,
        key,
        "The certificate of " + result.name() + " " + when,
        "Seen at %s. Renew it, and see that it reaches the backup.".formatted(result.where()),
        now,
        ImmutableMap.of("probe", result.name(), "where", result.where()));
  }
}
