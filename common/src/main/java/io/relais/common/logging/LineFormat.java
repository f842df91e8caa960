package io.relais.common.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.classic.spi.ThrowableProxy;
import io.relais.common.Faults;
import io.relais.common.Printable;
import io.relais.common.TimeText;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An event as text. Safe for any thread. */
final class LineFormat {
  /** The name under which all loggers of our own are. */
  static final String OURS = "io.relais";

  /** In characters; holds two paths of the longest kind. */
  private static final int LONGEST_MESSAGE = 8192;

  private final Destination destination;
  private final DateTimeFormatter time;

  LineFormat(Destination destination, ZoneId zone) {
    this.destination = destination;
    this.time =
        destination == Destination.TERMINAL
            ? DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(zone)
            : TimeText.in(zone);
  }

  /** One line, or with a stack trace several; each ends with a newline. */
  String format(ILoggingEvent event) {
    String each = destination == Destination.JOURNAL ? priority(event.getLevel()) : "";
    StringBuilder lines = new StringBuilder(each);
    if (destination != Destination.JOURNAL) {
      time.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), lines);
      lines.append(' ').append(event.getLevel()).append(' ');
    }
    lines.append(Printable.cut(text(event), LONGEST_MESSAGE)).append('\n');
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null && hasStackTrace(event)) {
      StackTrace.of(thrown).forEach(line -> lines.append(each).append(line).append('\n'));
    }
    return lines.toString();
  }

  private static String text(ILoggingEvent event) {
    String message = String.valueOf(event.getFormattedMessage());
    String named = isOurs(event) ? message : event.getLoggerName() + ": " + message;
    IThrowableProxy thrown = event.getThrowableProxy();
    return thrown == null || hasStackTrace(event) ? named : named + ": " + words(thrown);
  }

  private static String words(IThrowableProxy thrown) {
    return thrown instanceof ThrowableProxy proxy
        ? Faults.withFile(proxy.getThrowable())
        : String.valueOf(thrown.getMessage());
  }

  static String describe(String type, @Nullable String message) {
    return message == null ? type : type + ": " + message;
  }

  private static boolean hasStackTrace(ILoggingEvent event) {
    return isOurs(event) && event.getLevel().isGreaterOrEqual(Level.ERROR);
  }

  private static boolean isOurs(ILoggingEvent event) {
    String name = event.getLoggerName();
    return name.equals(OURS) || name.startsWith(OURS + ".");
  }

  /** The numbers are syslog's. */
  private static String priority(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> "<3>";
      case Level.WARN_INT -> "<4>";
      case Level.INFO_INT -> "<6>";
      default -> "<7>";
    };
  }

  /**
   * A stack trace as {@code Throwable.printStackTrace} has it, but one line for each message: an
   * exception's message may hold anything.
   */
  private static final class StackTrace {
    private static final int LONGEST_LINE = 8192;

    private final List<String> lines = new ArrayList<>();

    private StackTrace() {}

    static List<String> of(IThrowableProxy thrown) {
      StackTrace trace = new StackTrace();
      trace.add("", "", thrown);
      return trace.lines;
    }

    private void add(String indent, String caption, IThrowableProxy thrown) {
      String text = LineFormat.describe(thrown.getClassName(), thrown.getMessage());
      String shown = caption + Printable.cut(text, LONGEST_LINE);
      if (thrown.isCyclic()) {
        lines.add(indent + shown + " (again)");
        return;
      }
      lines.add(indent + shown);
      addFrames(indent + "\t", thrown);
      for (IThrowableProxy suppressed : thrown.getSuppressed()) {
        add(indent + "\t", "Suppressed: ", suppressed);
      }
      if (thrown.getCause() != null) {
        add(indent, "Caused by: ", thrown.getCause());
      }
    }

    private void addFrames(String indent, IThrowableProxy thrown) {
      StackTraceElementProxy[] frames = thrown.getStackTraceElementProxyArray();
      int own = frames.length - thrown.getCommonFrames();
      for (int i = 0; i < own; i++) {
        lines.add(indent + Printable.cut(frames[i].getSTEAsString(), LONGEST_LINE));
      }
      if (own < frames.length) {
        lines.add(indent + "... " + (frames.length - own) + " more");
      }
    }
  }
}
