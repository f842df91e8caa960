package io.relais.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  /** Always the largest number that is allowed. */
  private static final RandomGenerator LONGEST =
      new RandomGenerator() {
        @Override
        public long nextLong() {
          throw new AssertionError("unbounded");
        }

        @Override
        public long nextLong(long bound) {
          return bound - 1;
        }
      };

  @Test
  void theLimitDoublesUpToTheLongest() {
    Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(5), LONGEST);

    assertThat(backoff.next()).isEqualTo(Duration.ofSeconds(1));
    assertThat(backoff.next()).isEqualTo(Duration.ofSeconds(2));
    assertThat(backoff.next()).isEqualTo(Duration.ofSeconds(4));
    assertThat(backoff.next()).isEqualTo(Duration.ofSeconds(5));
    assertThat(backoff.next()).isEqualTo(Duration.ofSeconds(5));
    assertThat(backoff.failures()).isEqualTo(5);
  }

  @Test
  void successStartsAnew() {
    Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(1), LONGEST);
    backoff.next();
    backoff.next();

    backoff.reset();

    assertThat(backoff.failures()).isZero();
    assertThat(backoff.next()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void neverOverflows() {
    Backoff backoff = new Backoff(Duration.ofNanos(1), Duration.ofDays(50_000), LONGEST);
    for (int i = 0; i < 1_000; i++) {
      assertThat(backoff.next()).isBetween(Duration.ofNanos(1), Duration.ofDays(50_000));
    }
  }

  @Test
  void spreadsOverTheWholeRange() {
    Random random = new Random(1);
    Duration longest = Duration.ofSeconds(10);
    long sum = 0;
    for (int i = 0; i < 1_000; i++) {
      Duration wait = new Backoff(longest, longest, random).next();
      assertThat(wait).isBetween(Duration.ZERO, longest);
      sum += wait.toMillis();
    }
    assertThat(sum / 1_000).isBetween(4_500L, 5_500L);
  }

  @Test
  void refusesDurationsThatMakeNoSense() {
    assertThatThrownBy(() -> new Backoff(Duration.ZERO, Duration.ofSeconds(1), LONGEST))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1), LONGEST))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
