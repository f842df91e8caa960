package io.relais.failover.selfcheck;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.Check.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Random looks against a model that only remembers what people were told. */
final class SelfCheckStateTest {
  private static final Duration INTERVAL = Duration.ofHours(6);
  private static final Duration DAY = Duration.ofDays(1);
  private static final ImmutableList<String> NAMES =
      ImmutableList.of("API", "key", "right", "zone");

  private static final ImmutableList<Status> RESULTS = ImmutableList.copyOf(Status.values());

  private final long seed = Long.getLong("relais.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /** Who was told that a thing is bad, and when last. */
  private final Map<String, Instant> bad = new HashMap<>();

  /** What it was when that was told. */
  private final Map<String, Status> as = new HashMap<>();

  @Test
  void tellsWhatIsNewsAndNothingElse() {
    SelfCheckState state = SelfCheckState.NOTHING;
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    for (int look = 0; look < 5_000; look++) {
      ImmutableList<Check> checks = checks();
      SelfCheckState.Next next = state.after(checks, now, INTERVAL);
      String what = "seed %d, look %d: %s".formatted(seed, look, checks);
      judge(checks, next, now, what);
      state = next.state();
      now = now.plus(Duration.ofMinutes(1 + random.nextInt(random.nextBoolean() ? 15 : 900)));
    }
  }

  private ImmutableList<Check> checks() {
    List<Check> checks = new ArrayList<>();
    for (String name : NAMES) {
      Status status = RESULTS.get(random.nextInt(RESULTS.size()));
      if (random.nextInt(4) > 0) {
        checks.add(new Check(name, random.nextInt(3) > 0 ? Status.OK : status, "as it is"));
      }
    }
    return ImmutableList.copyOf(checks);
  }

  private void judge(
      ImmutableList<Check> checks, SelfCheckState.Next next, Instant now, String what) {
    Map<String, Status> seen = new HashMap<>();
    checks.forEach(check -> seen.put(check.name(), check.result()));
    boolean whole = !seen.containsValue(Status.FAILED) && !seen.containsValue(Status.UNANSWERED);

    // What people were told is taken back at once when it is seen to be good, and only then.
    Set<String> good = new HashSet<>();
    for (String name : bad.keySet()) {
      Status status = seen.getOrDefault(name, whole ? Status.OK : Status.UNANSWERED);
      if (status == Status.OK || status == Status.UNKNOWN) {
        good.add(name);
      }
    }
    assertThat(next.good().keySet()).as(what).isEqualTo(good);
    good.forEach(bad::remove);

    // A change would fail on it: that is told at once, unless it is known for less than a day.
    seen.forEach(
        (name, status) -> {
          boolean known =
              bad.containsKey(name)
                  && as.get(name) == Status.FAILED
                  && bad.get(name).plus(DAY).isAfter(now);
          if (status == Status.FAILED && !known) {
            assertThat(next.tell()).as(what).containsKey(name);
          }
        });

    // Nobody is told what is good, nor of a day's old news alone.
    next.tell()
        .forEach((name, finding) -> assertThat(finding.isBad()).as("%s: %s", what, name).isTrue());
    if (!next.tell().isEmpty()) {
      assertThat(next.tell().values())
          .as(what)
          .anyMatch(
              finding -> finding.told().isEmpty() || !finding.told().get().plus(DAY).isAfter(now));
    }
    next.tell()
        .forEach(
            (name, finding) -> {
              bad.put(name, now);
              as.put(name, finding.result());
            });
    // What turned bad in another way is as good as not told.
    next.state()
        .findings()
        .forEach(
            (name, finding) -> {
              if (finding.told().isEmpty()) {
                bad.remove(name);
              }
            });
  }
}
