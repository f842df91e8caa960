package io.relais.common.logging;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import com.google.common.base.Enums;
import io.relais.common.Printable;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Sets logging up, in place of whatever configuration Logback has found.
 *
 * <p>Every event becomes one line of UTF-8 on standard error, controls escaped, so that nothing
 * that comes from outside can forge another line. Under the journal a line starts with its priority
 * (see sd-daemon(3)) and has no time; else with the local time, which has the date and the zone
 * unless standard error is a terminal. An exception shows as text at the end of the line; an ERROR
 * of our own has its stack trace on the lines that follow.
 */
public final class LogSetup {
  /** The environment variable that sets the level: error, warn, info, debug or trace. */
  public static final String LEVEL_VARIABLE = "RELAIS_LOG";

  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  /**
   * They report as errors or warnings what is nothing to us: a connection that we close, a
   * directory that vanishes.
   */
  private static final List<String> NOISY =
      List.of(
          "org.apache.sshd",
          "net.i2p",
          "io.methvin",
          "org.xbill.DNS",
          "okhttp3",
          "org.eclipse.angus",
          "com.sun.mail",
          "jakarta.mail",
          "org.eclipse.jgit");

  /**
   * Classes of ours that are written on top of MINA's, which log what MINA says in their own name.
   */
  private static final List<String> HEIRS =
      Stream.of(
              "sftp.SftpChannel",
              "sync.ssh.HopSession",
              "sync.ssh.RelaisSshClient",
              "sync.ssh.TunnelConnector$TunnelChannel",
              "sync.ssh.TunnelConnector$TunnelSession",
              "sync.ssh.keys.PrivateKeyFile$Pkcs8")
          .map(name -> LineFormat.OURS + "." + name)
          .toList();

  /** They log as an error what they throw as well, which we report in our words. */
  private static final List<String> SILENT = List.of("org.sqlite");

  private LogSetup() {}

  /**
   * Configures all logging of this JVM. Call it first thing in {@code main}, on one thread; calling
   * it again starts over.
   *
   * <p>{@code RELAIS_LOG} in the environment wins over {@code level}; a value that is not a valid
   * level is warned about and left alone. Libraries log warnings and errors, the noisy ones only
   * errors, those that report all they say by exceptions nothing; with {@code RELAIS_LOG} at debug
   * or trace they log at debug, never at trace: MINA's trace holds what is sent, passwords too.
   * What a library writes to {@code java.util.logging} comes out the same way, from warnings on and
   * never more: OkHttp's and Jakarta Mail's debugging shows keys.
   *
   * @param environment of the process: {@code RELAIS_LOG}, {@code JOURNAL_STREAM}
   * @param level of our own loggers
   * @param err the process's standard error, or what stands for it in a test
   */
  public static void apply(Map<String, String> environment, Level level, PrintStream err) {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      throw new IllegalStateException("Logback is not the logging library in use");
    }
    Destination destination = Destination.of(environment, STANDARD_ERROR);
    configure(context, environment, level, destination, err);
    JavaLogging.forward();
  }

  static void configure(
      LoggerContext context,
      Map<String, String> environment,
      Level level,
      Destination destination,
      PrintStream err) {
    String wanted = environment.getOrDefault(LEVEL_VARIABLE, "");
    Optional<Level> asked = parse(wanted);
    context.reset();
    setLevels(context, asked.orElse(level), asked.filter(LogSetup::isForDebugging).isPresent());
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.addAppender(appender(context, destination, err));
    if (asked.isEmpty() && !wanted.isBlank()) {
      context
          .getLogger(LogSetup.class)
          .warn(
              "{}={} is not a valid level; write error, warn, info, debug or trace",
              LEVEL_VARIABLE,
              Printable.quoted(wanted));
    }
  }

  private static Optional<Level> parse(String name) {
    return Enums.getIfPresent(Level.class, name.strip().toUpperCase(Locale.ROOT)).toJavaUtil();
  }

  private static boolean isForDebugging(Level level) {
    return level.toInt() <= Level.DEBUG.toInt();
  }

  private static void setLevels(LoggerContext context, Level ours, boolean debugLibraries) {
    List<String> everyLibrary = List.of(Logger.ROOT_LOGGER_NAME);
    set(context, everyLibrary, debugLibraries, ch.qos.logback.classic.Level.WARN);
    set(context, NOISY, debugLibraries, ch.qos.logback.classic.Level.ERROR);
    set(context, SILENT, debugLibraries, ch.qos.logback.classic.Level.OFF);
    set(context, HEIRS, debugLibraries, ch.qos.logback.classic.Level.OFF);
    context
        .getLogger(LineFormat.OURS)
        .setLevel(ch.qos.logback.classic.Level.convertAnSLF4JLevel(ours));
  }

  private static void set(
      LoggerContext context,
      List<String> loggers,
      boolean debug,
      ch.qos.logback.classic.Level otherwise) {
    for (String logger : loggers) {
      context.getLogger(logger).setLevel(debug ? ch.qos.logback.classic.Level.DEBUG : otherwise);
    }
  }

  private static LineAppender appender(
      LoggerContext context, Destination destination, PrintStream err) {
    LineAppender appender =
        new LineAppender(new LineFormat(destination, ZoneId.systemDefault()), err);
    appender.setContext(context);
    appender.start();
    return appender;
  }

  /** Writes each event's lines at once, so that those of two threads don't mix. */
  private static final class LineAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
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
}
