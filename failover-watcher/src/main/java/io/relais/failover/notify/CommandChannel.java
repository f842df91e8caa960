package io.relais.failover.notify;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import io.relais.common.DurationFormat;
import io.relais.common.Printable;
import io.relais.failover.process.ProgramEnvironment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A program that gets the notice as JSON. Any exit code but 0 means "again later": programs that
 * notify fail because the network does, and few say so by 75 (EX_TEMPFAIL).
 */
final class CommandChannel implements Channel {
  private static final int MOST_OUTPUT = 16 * 1024;
  private static final int LINES_SHOWN = 3;
  private static final int LONGEST_SHOWN = 300;
  private static final Duration OUTPUT_AFTER_EXIT = Duration.ofSeconds(1);

  private final ImmutableList<String> command;
  private final Duration timeout;

  CommandChannel(ImmutableList<String> command, Duration timeout) {
    checkArgument(!command.isEmpty(), "the command is empty");
    this.command = command;
    this.timeout = timeout;
  }

  @Override
  public void send(String id, Notice notice) throws DeliveryException, InterruptedException {
    Process process = start();
    try {
      Output output = new Output(process.getInputStream());
      feed(process, NoticeJson.bytes(notice));
      if (!process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        throw failure(
            "did not end within " + DurationFormat.of(timeout) + " and was killed", output);
      }
      if (process.exitValue() != 0) {
        throw failure("ended with exit code " + process.exitValue(), output);
      }
    } finally {
      kill(process);
    }
  }

  private Process start() throws DeliveryException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    ProgramEnvironment.reduce(builder);
    try {
      return builder.start();
    } catch (IOException e) {
      throw DeliveryException.transientFailure(
          name() + " can't be started: check that it is there and executable");
    }
  }

  /** On a thread of its own, since a program that does not read would block it. */
  private static void feed(Process process, byte[] json) {
    Thread.ofPlatform()
        .daemon()
        .name("notify-command-input")
        .start(
            () -> {
              try (OutputStream in = process.getOutputStream()) {
                in.write(json);
              } catch (IOException e) {
                // It ended, or closed its input, without reading: its exit code says how it went.
              }
            });
  }

  private DeliveryException failure(String what, Output output) throws InterruptedException {
    return DeliveryException.transientFailure(name() + " " + what + output.firstLines());
  }

  private String name() {
    return Printable.quoted(command.getFirst());
  }

  /** With its children, which are listed first: without their parent they are no longer found. */
  private static void kill(Process process) {
    Stream.concat(process.descendants(), Stream.of(process.toHandle()))
        .toList()
        .forEach(ProcessHandle::destroyForcibly);
  }

  /** Reads all, so that the program never blocks on it, and keeps the beginning. */
  private static final class Output {
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final Thread reader;

    Output(InputStream stream) {
      this.reader =
          Thread.ofPlatform().daemon().name("notify-command-output").start(() -> read(stream));
    }

    private void read(InputStream stream) {
      byte[] buffer = new byte[4096];
      try (stream) {
        for (int n; (n = stream.read(buffer)) >= 0; ) {
          keep(buffer, n);
        }
      } catch (IOException e) {
        // The program was killed; what it said until then is kept.
      }
    }

    private synchronized void keep(byte[] buffer, int n) {
      kept.write(buffer, 0, Math.min(n, MOST_OUTPUT - kept.size()));
    }

    /** Waits for the last of it, but not for a grandchild that keeps the pipe open. */
    String firstLines() throws InterruptedException {
      reader.join(OUTPUT_AFTER_EXIT);
      String text;
      synchronized (this) {
        text = kept.toString(UTF_8);
      }
      String lines =
          text.lines()
              .map(String::strip)
              .filter(line -> !line.isEmpty())
              .limit(LINES_SHOWN)
              .collect(Collectors.joining(" / "));
      return lines.isEmpty() ? "" : ": " + Printable.cut(lines, LONGEST_SHOWN);
    }
  }
}
