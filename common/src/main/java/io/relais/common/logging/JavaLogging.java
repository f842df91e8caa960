package io.relais.common.logging;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.slf4j.LoggerFactory;

/** Takes what libraries write to {@code java.util.logging}, which else goes to standard error. */
final class JavaLogging extends Handler {
  private final SimpleFormatter texts = new SimpleFormatter();

  private JavaLogging() {}

  /** Sends warnings and errors to SLF4J, and nothing else anywhere. */
  static void forward() {
    LogManager.getLogManager().reset();
    Logger root = Logger.getLogger("");
    root.setLevel(Level.WARNING);
    root.addHandler(new JavaLogging());
  }

  @Override
  public void publish(LogRecord event) {
    if (event.getLevel().intValue() < Level.WARNING.intValue()) {
      return;
    }
    String name = event.getLoggerName();
    org.slf4j.Logger log = LoggerFactory.getLogger(name == null ? "java" : name);
    if (event.getLevel().intValue() >= Level.SEVERE.intValue()) {
      log.error(texts.formatMessage(event), event.getThrown());
    } else {
      log.warn(texts.formatMessage(event), event.getThrown());
    }
  }

  @Override
  public void flush() {
    // SLF4J keeps nothing back.
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
