package io.relais.failover.notify;

import static io.relais.failover.notify.Notices.AT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.failover.notify.Notice.Topic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told once, and what again. */
final class RepeatFilterTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir private Path directory;
  private NoticeStore store;
  private RepeatFilter filter;

  @BeforeEach
  void open() {
    store = new NoticeStore(directory);
    filter = new RepeatFilter(store, HOUR);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private boolean note(String key, Instant now) {
    return filter.note(Notices.of(Topic.SWITCHED, key), now);
  }

  @Test
  void tellsTheSameAgainOnlyAfterTheTimeThatIsSet() {
    assertThat(note("a", AT)).isTrue();
    assertThat(note("a", AT)).isFalse();
    assertThat(note("a", AT.plus(HOUR).minusNanos(1))).isFalse();
    assertThat(note("a", AT.plus(HOUR))).isTrue();
    assertThat(note("a", AT.plus(HOUR).plusSeconds(1))).as("counted from the last").isFalse();
  }

  @Test
  void tellsAnythingElse() {
    assertThat(note("a", AT)).isTrue();
    assertThat(note("b", AT)).isTrue();
    assertThat(filter.note(Notices.of(Topic.FAILED_BACK, "a"), AT)).isTrue();
    assertThat(note("a", AT)).isFalse();
  }

  @Test
  void tellsEveryTest() {
    assertThat(filter.note(Notices.of(Topic.TEST, "t"), AT)).isTrue();
    assertThat(filter.note(Notices.of(Topic.TEST, "t"), AT)).isTrue();
  }

  /** A clock that ran ahead must not silence the watcher for as long as it was ahead. */
  @Test
  void takesATimeInTheFutureForNothing() {
    assertThat(note("a", AT.plus(Duration.ofDays(300)))).isTrue();
    assertThat(note("a", AT)).isTrue();
    assertThat(note("a", AT)).isFalse();
  }

  @Test
  void remembersAcrossARestartWhatWasSaved() {
    note("a", AT);
    filter.save();
    note("b", AT);
    filter = new RepeatFilter(store, HOUR);
    assertThat(note("a", AT.plusSeconds(1))).isFalse();
    assertThat(note("b", AT.plusSeconds(1))).as("it was killed before it was saved").isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{\"switched a\"",
        "{\"switched a\": 1}",
        "{\"switched a\": {\"at\": \"yesterday\"}}",
        "{\"switched a\": {\"at\": \"2026-11-23T04:00:00Z\"}, \"switched b\": {}}"
      })
  void ratherTellsTwiceThanNotAtAllWhereTheFileIsDamaged(String text) throws Exception {
    Files.writeString(directory.resolve("told.json"), text, UTF_8);
    filter = new RepeatFilter(store, HOUR);
    assertThat(note("a", AT.plusSeconds(1))).isTrue();
    filter.save();
    filter = new RepeatFilter(store, HOUR);
    assertThat(note("a", AT.plusSeconds(2))).isFalse();
  }

  @Test
  void forgetsTheOldestWhereThereAreTooMany() {
    for (int i = 0; i <= 10_000; i++) {
      note("key " + i, AT);
    }
    assertThat(note("key 10000", AT)).isFalse();
    assertThat(note("key 1", AT)).isFalse();
    assertThat(note("key 0", AT)).isTrue();
  }
}
