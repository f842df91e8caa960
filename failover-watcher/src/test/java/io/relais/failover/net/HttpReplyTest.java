package io.relais.failover.net;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableListMultimap;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpReplyTest {
  private static final Instant NOW = Instant.parse("2026-11-23T04:00:00Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | PT0S",
        "17 | PT17S",
        "0.25 | PT0.25S",
        "Mon, 23 Nov 2026 04:10:00 GMT | PT10M",
        "Mon, 23 Nov 2026 03:50:00 GMT | PT0S"
      })
  void asksToWaitForSecondsOrUntilADate(String header, Duration wait) {
    assertThat(reply(ImmutableListMultimap.of("retry-after", header)).retryAfter(NOW))
        .contains(wait);
  }

  @Test
  void aDateIsCountedFromTheServersOwnClock() {
    HttpReply reply =
        reply(
            ImmutableListMultimap.of(
                "retry-after", "Mon, 23 Nov 2026 05:00:30 GMT",
                "date", "Mon, 23 Nov 2026 05:00:00 GMT"));
    assertThat(reply.retryAfter(NOW)).contains(Duration.ofSeconds(30));
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "-1", "", "1e3", "9999999999"})
  void anotherFormAsksForNothing(String header) {
    assertThat(reply(ImmutableListMultimap.of("retry-after", header)).retryAfter(NOW)).isEmpty();
  }

  @Test
  void asksForNothingWithoutTheHeader() {
    assertThat(reply(ImmutableListMultimap.of()).retryAfter(NOW)).isEmpty();
  }

  private static HttpReply reply(ImmutableListMultimap<String, String> headers) {
    return new HttpReply(
        503,
        headers,
        new byte[0],
        false,
        HttpTimings.whole(Duration.ZERO),
        Optional.empty(),
        Optional.empty());
  }
}
