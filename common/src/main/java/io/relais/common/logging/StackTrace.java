package io.relais.common.logging;

import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import io.relais.common.Printable;
import java.util.ArrayList;
import java.util.List;

/**
 * A stack trace as {@code Throwable.printStackTrace} has it, but one line for each message: an
 * exception's message may hold anything.
 */
final class StackTrace {
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
