package io.relais.common.logging;

import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LineFormatTest {
  private static final String OURS = "io.relais.sync.Thing";

  @Test
  void aTerminalShowsTheTimeOfDay() {
    assertThat(format(Destination.TERMINAL, OURS, Level.INFO, "in sync", null))
        .isEqualTo("09:08:07.006 INFO in sync\n");
  }

  @Test
  void aFileShowsTheDateAndTheZone() {
    assertThat(format(Destination.FILE, OURS, Level.WARN, "in sync", null))
        .isEqualTo("2026-03-04T09:08:07+02:00 WARN in sync\n");
  }

  @ParameterizedTest
  @CsvSource({"ERROR, <3>", "WARN, <4>", "INFO, <6>", "DEBUG, <7>", "TRACE, <7>"})
  void theJournalGetsThePriorityAndNoTime(String level, String prefix) {
    assertThat(format(Destination.JOURNAL, OURS, Level.valueOf(level), "in sync", null))
        .isEqualTo(prefix + "in sync\n");
  }

  @Test
  void aMessageCanNotForgeAnotherLine() {
    String message = "can't read 'a\n<0>all is well\r\u001b[2J\u0085\u2028b'";

    assertThat(format(Destination.JOURNAL, OURS, Level.WARN, message, null))
        .isEqualTo("<4>can't read 'a\\n<0>all is well\\r\\u001b[2J\\u0085\\u2028b'\n");
  }

  @Test
  void aMessageOfAnyLengthStaysOneLine() {
    assertThat(format(Destination.JOURNAL, OURS, Level.INFO, "x".repeat(100_000), null))
        .hasSizeLessThan(10_000)
        .endsWith("xxx...\n");
  }

  @Test
  void aMessageThatIsNotThereIsStillALine() {
    assertThat(format(Destination.JOURNAL, OURS, Level.INFO, null, null)).isEqualTo("<6>null\n");
  }

  @Test
  void anErrorOfOursHasItsStackTraceWithThePriorityOnEachLine() {
    Exception cause = new IOException("disk\n<0>full");
    Exception thrown = new IllegalStateException("no index", cause);
    thrown.addSuppressed(new IOException("and not closed"));

    String lines = format(Destination.JOURNAL, OURS, Level.ERROR, "a bug", thrown);

    assertThat(lines.lines()).allMatch(line -> line.startsWith("<3>"));
    assertThat(lines.lines().filter(line -> !line.matches("<3>\t+(at |\\.\\.\\. ).*")))
        .containsExactly(
            "<3>a bug",
            "<3>java.lang.IllegalStateException: no index",
            "<3>\tSuppressed: java.io.IOException: and not closed",
            "<3>Caused by: java.io.IOException: disk\\n<0>full");
    assertThat(lines.lines().collect(toList()).get(2))
        .startsWith("<3>\tat " + LineFormatTest.class.getName() + ".anErrorOfOurs");
  }

  @Test
  void aStackTraceThatContainsItselfEnds() {
    Exception thrown = new IOException("one");
    thrown.initCause(new IOException("two", thrown));

    assertThat(format(Destination.FILE, OURS, Level.ERROR, "a bug", thrown))
        .contains("Caused by: java.io.IOException: two\n")
        .contains("Caused by: java.io.IOException: one (again)\n");
  }

  @Test
  void anExpectedFailureIsTextAtTheEndOfTheLine() {
    assertThat(format(Destination.JOURNAL, OURS, Level.WARN, "offline", new IOException("cut\n")))
        .isEqualTo("<4>offline: cut\n");
    assertThat(format(Destination.JOURNAL, OURS, Level.WARN, "offline", new IOException()))
        .isEqualTo("<4>offline: no reason was given\n");
  }

  @Test
  void aLibrarySaysItsNameAndHasNoStackTrace() {
    IOException thrown = new IOException("cut");

    assertThat(format(Destination.JOURNAL, "org.apache.sshd.X", Level.ERROR, "failed", thrown))
        .isEqualTo("<3>org.apache.sshd.X: failed: cut\n");
    assertThat(format(Destination.JOURNAL, "io.relaisable", Level.ERROR, "failed", thrown))
        .isEqualTo("<3>io.relaisable: failed: cut\n");
  }

  private static String format(
      Destination destination,
      String logger,
      Level level,
      @Nullable String message,
      @Nullable Throwable thrown) {
    LoggingEvent event =
        new LoggingEvent(
            "", new LoggerContext().getLogger(logger), level, message, thrown, new Object[0]);
    event.setInstant(Instant.parse("2026-03-04T07:08:07.006Z"));
    return new LineFormat(destination, ZoneId.of("+02:00")).format(event);
  }
}
