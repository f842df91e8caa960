package io.relais.sync.remote.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InterruptedIOException;
import org.junit.jupiter.api.Test;

/** How long who sends has to wait. */
final class RateLimitTest {
  private static final long SECOND = 1_000_000_000;

  private long now = -3 * SECOND;
  private long waited;

  private RateLimit limit(long bytesPerSecond) {
    return new RateLimit(
        bytesPerSecond,
        () -> now,
        nanos -> {
          waited += nanos;
          now += nanos;
        });
  }

  @Test
  void sendsNoMoreInASecondThanItMay() throws InterruptedIOException {
    RateLimit limit = limit(1_000_000);
    for (int i = 0; i < 100; i++) {
      limit.take(100_000);
    }
    assertThat(waited).isBetween(9_900_000_000L, 10_000_000_000L);
  }

  @Test
  void letsALittleGoAtOnceAfterAPause() throws InterruptedIOException {
    RateLimit limit = limit(1_000_000);
    now += 60 * SECOND;
    limit.take(250_000);
    assertThat(waited).isZero();
    limit.take(1_000_000);
    assertThat(waited).isEqualTo(SECOND);
  }

  @Test
  void sendsInPiecesThatTakeNotLong() {
    assertThat(limit(1_000_000).piece(131_072)).isEqualTo(125_000);
    assertThat(limit(1_000).piece(131_072)).isEqualTo(4096);
    assertThat(limit(1L << 40).piece(131_072)).isEqualTo(131_072);
  }

  @Test
  void hasNoLimitWhereNoneIsSet() throws InterruptedIOException {
    RateLimit.NONE.take(Integer.MAX_VALUE);
    assertThat(RateLimit.NONE.piece(131_072)).isEqualTo(131_072);
  }
}
