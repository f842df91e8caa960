package io.relais.common.logging;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.PrintStream;

/** Writes each event's lines at once, so that those of two threads don't mix. */
final class LineAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
  private final LineFormat format;
  private final PrintStream err;

  LineAppender(LineFormat format, PrintStream err) {
    this.format = format;
    this.err = err;
  }

  @Override
  protected void append(ILoggingEvent event) {
    // UTF-8 whatever the locale: names must survive LANG=C, and journald wants nothing else.
    byte[] lines = format.format(event).getBytes(UTF_8);
    err.write(lines, 0, lines.length);
    err.flush();
  }
}
