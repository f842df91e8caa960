package io.relais.sync.engine;

import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.stream.Collectors.joining;

import io.relais.sync.certificate.CertificateKeyCheck.Judgement;
import io.relais.sync.certificate.CertificateKeyCheck.Objection;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a consistent mirror waits for its certificates, since when, and for how long yet. Lives
 * as long as the mirror. Pure but for its log: it is told the time. For the owner's thread.
 */
final class CertificateWait {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  /**
   * What may be a renewal under way, or an old copy that nobody uses, is given so long. ACME
   * clients write all of a renewal within seconds.
   */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration FIRST = Duration.ofSeconds(2);
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final String name;

  /** When each doubt was first met; those that were let pass stay, so as to be told once. */
  private final Map<Objection, Instant> doubts = new HashMap<>();

  private final Set<Objection> passed = new HashSet<>();
  private @Nullable Held held;
  private Duration pause = FIRST;

  CertificateWait(String name) {
    this.name = name;
  }

  /**
   * What holds the mirror back.
   *
   * @param why one line
   * @param paths files and symlinks that wait
   * @param nextTry when to look again although nothing has changed
   */
  record Held(Instant since, String why, long paths, Instant nextTry) {}

  /** Takes what was found; why the mirror has to wait, in one line, or null if it may switch. */
  @Nullable String judge(Judgement found, long paths, Instant now) {
    Set<Objection> doubted =
        found.objections().stream().filter(Objection::isDoubt).collect(toImmutableSet());
    doubts.keySet().removeIf(old -> found.covers(old) && !doubted.contains(old));
    passed.retainAll(doubts.keySet());
    for (Objection doubt : doubted) {
      doubts.merge(doubt, now, (first, _) -> first.isAfter(now) ? now : first);
    }
    Optional<Objection> first =
        found.objections().stream()
            .filter(each -> !each.isDoubt() || isYoung(each, now))
            .findFirst();
    if (first.isEmpty()) {
      letPass(doubted);
      clear();
      return null;
    }
    hold(first.get(), paths, now);
    return first.get().why();
  }

  private boolean isYoung(Objection doubt, Instant now) {
    return !passed.contains(doubt) && now.isBefore(ends(doubt));
  }

  private Instant ends(Objection doubt) {
    return doubts.getOrDefault(doubt, Instant.MAX.minus(PATIENCE)).plus(PATIENCE);
  }

  private void letPass(Set<Objection> all) {
    Set<Objection> news = all.stream().filter(passed::add).collect(toImmutableSet());
    if (!news.isEmpty()) {
      LOG.warn(
          "{}: {}: for {} s nothing has changed that, so the mirror goes on with it as it is; delete"
              + " what nobody uses, or exclude it",
          name,
          news.stream().map(Objection::why).sorted().collect(joining("; ")),
          PATIENCE.toSeconds());
    }
  }

  private void hold(Objection objection, long paths, Instant now) {
    Held before = held;
    if (before == null || !before.why().equals(objection.why())) {
      pause = FIRST;
    }
    Instant since = before == null || before.since().isAfter(now) ? now : before.since();
    held = new Held(since, objection.why(), paths, next(now));
  }

  /** When the next doubt ends, if that is before the end of a pause. */
  private Instant next(Instant now) {
    Instant next = now.plus(pause);
    for (Objection doubt : doubts.keySet()) {
      Instant end = ends(doubt);
      if (isYoung(doubt, now) && end.isBefore(next)) {
        next = end;
      }
    }
    return next;
  }

  /** Whether it is time to look again; if so, the next time is later. */
  boolean takeDue(Instant now) {
    Held is = held;
    if (is == null || is.nextTry().isAfter(now)) {
      return false;
    }
    Duration doubled = pause.multipliedBy(2);
    pause = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
    held = new Held(is.since(), is.why(), is.paths(), next(now));
    return true;
  }

  private void clear() {
    held = null;
    pause = FIRST;
  }

  /** Null if nothing holds it back. */
  @Nullable Held held() {
    return held;
  }

  /** When to look again although nothing has changed. */
  Instant due() {
    return held == null ? Instant.MAX : held.nextTry();
  }
}
