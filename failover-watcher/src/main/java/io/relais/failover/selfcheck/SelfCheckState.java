package io.relais.failover.selfcheck;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.Check.Status;
import io.relais.failover.state.StandingProblem;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the self-check found, and what people were told of it. A plain value.
 *
 * @param version of this form
 * @param looked when it was last looked
 * @param findings by what was looked at
 */
public record SelfCheckState(
    int version, Optional<Instant> looked, ImmutableMap<String, Finding> findings) {
  static final int VERSION = 1;

  /** By this name it says that it could not look to its end. */
  static final String ITSELF = "self-check";

  static final SelfCheckState NOTHING =
      new SelfCheckState(VERSION, Optional.empty(), ImmutableMap.of());

  private static final Duration DAY = Duration.ofDays(1);

  /** A passing state, as that of a zone which somebody has just published, is looked at twice. */
  private static final Duration CONFIRM = Duration.ofMinutes(10);

  /** A provider that does not answer may be out for a while; beyond that a switch would fail. */
  private static final Duration SILENCE = Duration.ofHours(1);

  /** A fix should be noticed soon. */
  private static final Duration FIXING = Duration.ofHours(1);

  /**
   * How one thing is.
   *
   * @param since when it became good, or bad in this way
   * @param told when people were last told that it is bad; empty while they were not
   */
  public record Finding(Status result, String detail, Instant since, Optional<Instant> told) {
    boolean isBad() {
      return SelfCheckState.isBad(result);
    }

    Finding toldAt(Instant now) {
      return new Finding(result, detail, since, Optional.of(now));
    }

    /** Whether a change of the records would fail on it, as far as is known for sure. */
    public boolean wouldFail() {
      return result == Status.FAILED || (result == Status.UNANSWERED && told.isPresent());
    }
  }

  /**
   * What came of a look.
   *
   * @param tell all that is bad, as it was told before, if people are to be told now; otherwise
   *     empty
   * @param good what people were told and is good again
   * @param unseen what can't be seen, since this look
   */
  record Next(
      SelfCheckState state,
      ImmutableMap<String, Finding> tell,
      ImmutableMap<String, Finding> good,
      ImmutableMap<String, Finding> unseen) {}

  private static boolean isBad(Status result) {
    return switch (result) {
      case FAILED, WARNING, UNANSWERED -> true;
      case OK, UNKNOWN -> false;
    };
  }

  /**
   * Takes in what a look found.
   *
   * @param interval between two looks while all is well; shorter than our patience it is that
   */
  Next after(ImmutableList<Check> checks, Instant now, Duration interval) {
    Map<String, Finding> next = new LinkedHashMap<>();
    checks.forEach(check -> next.put(check.name(), found(check, now)));
    // Where a look ended early, or nobody answered, what it did not come to is as it was.
    if (next.containsKey(ITSELF) || !ZoneCheck.wentThrough(checks)) {
      findings.entrySet().stream()
          .filter(known -> !known.getKey().equals(ITSELF))
          .forEach(known -> next.putIfAbsent(known.getKey(), known.getValue()));
    }
    Map<String, Finding> good = new LinkedHashMap<>();
    findings.forEach(
        (name, before) -> {
          Optional<Finding> after = Optional.ofNullable(next.get(name));
          if (before.told().isPresent() && after.filter(Finding::isBad).isEmpty()) {
            good.put(name, after.orElse(new Finding(Status.OK, "", now, Optional.empty())));
          }
        });
    Map<String, Finding> ready = new LinkedHashMap<>();
    next.forEach(
        (name, finding) -> {
          if (finding.isBad() && !finding.since().plus(patience(finding, interval)).isAfter(now)) {
            ready.put(name, finding);
          }
        });
    boolean due = ready.values().stream().anyMatch(finding -> isDue(finding, now));
    if (due) {
      ready.forEach((name, finding) -> next.put(name, finding.toldAt(now)));
    }
    Map<String, Finding> unseen = new HashMap<>(next);
    unseen
        .entrySet()
        .removeIf(
            entry ->
                entry.getValue().result() != Status.UNKNOWN
                    || Optional.ofNullable(findings.get(entry.getKey()))
                        .filter(before -> before.result() == Status.UNKNOWN)
                        .isPresent());
    return new Next(
        new SelfCheckState(VERSION, Optional.of(now), ImmutableMap.copyOf(next)),
        due ? ImmutableMap.copyOf(ready) : ImmutableMap.of(),
        ImmutableMap.copyOf(good),
        ImmutableMap.copyOf(unseen));
  }

  private static boolean isDue(Finding finding, Instant now) {
    return finding.told().filter(at -> !at.isAfter(now) && at.plus(DAY).isAfter(now)).isEmpty();
  }

  private Finding found(Check check, Instant now) {
    Optional<Finding> before = Optional.ofNullable(findings.get(check.name()));
    Status status = check.result();
    if (status == Status.UNANSWERED) {
      // No answer says nothing against what was known to be bad.
      Optional<Finding> known = before.filter(Finding::isBad);
      if (known.isPresent() && known.get().result() != Status.UNANSWERED) {
        return known.get();
      }
    }
    boolean same = before.filter(known -> isSame(known.result(), status)).isPresent();
    return new Finding(
        status,
        check.detail(),
        same ? before.orElseThrow().since() : now,
        same && isBad(status) && isSameReason(before.orElseThrow(), check)
            ? before.orElseThrow().told()
            : Optional.empty());
  }

  /** Bad in another way, it is told again. */
  private static boolean isSameReason(Finding before, Check check) {
    return StandingProblem.isSameReason(before.detail(), check.detail());
  }

  private static boolean isSame(Status one, Status other) {
    return one == other || (!isBad(one) && !isBad(other));
  }

  private static Duration patience(Finding finding, Duration interval) {
    Duration patience =
        switch (finding.result()) {
          case FAILED, OK, UNKNOWN -> Duration.ZERO;
          case WARNING -> CONFIRM;
          case UNANSWERED -> SILENCE;
        };
    return patience.compareTo(interval) < 0 ? patience : interval;
  }

  /** Whether it is time to look again; sooner where something is open, or has to be fixed. */
  boolean isLookDue(Instant now, Duration interval) {
    if (looked.isEmpty() || looked.get().isAfter(now)) {
      return true;
    }
    Duration wait = interval;
    if (findings.containsKey(ITSELF) && CONFIRM.compareTo(wait) < 0) {
      wait = CONFIRM;
    }
    for (Finding finding : findings.values()) {
      boolean open =
          (finding.isBad() && finding.told().isEmpty()) || finding.result() == Status.UNANSWERED;
      Duration limit = open ? CONFIRM : finding.isBad() ? FIXING : interval;
      wait = limit.compareTo(wait) < 0 ? limit : wait;
    }
    return !looked.get().plus(wait).isAfter(now);
  }
}
