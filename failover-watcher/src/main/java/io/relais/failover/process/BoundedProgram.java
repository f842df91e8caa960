package io.relais.failover.process;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Bytes;
import io.relais.common.Printable;
import io.relais.linux.ProcessSignals;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A program that gets some bytes on its standard input and answers on its standard output. It is
 * started without a shell, with a reduced environment ({@link ProgramEnvironment}) and the
 * directory of this process; when it ends, or its time is over, or it writes too much, all that it
 * began and left in its process group is killed. For any number of threads.
 */
public final class BoundedProgram {
  private static final int LINES_SHOWN = 3;
  private static final int LONGEST_SHOWN = 300;
  private static final int KEPT_OF_ERRORS = 16 * 1024;

  /** For what stands in the pipes when everybody who could write to them is gone. */
  private static final Duration LAST_OUTPUT = Duration.ofSeconds(1);

  private final ImmutableList<String> command;
  private final Duration timeout;
  private final int largestOutput;

  /**
   * Makes one; starts nothing.
   *
   * @param timeout of one run; over zero
   * @param largestOutput in bytes; a program that writes more is killed
   */
  public BoundedProgram(ImmutableList<String> command, Duration timeout, int largestOutput) {
    checkArgument(!command.isEmpty(), "the command is empty");
    checkArgument(timeout.isPositive(), "timeout %s", timeout);
    this.command = command;
    this.timeout = timeout;
    this.largestOutput = largestOutput;
  }

  /** How a run ended. */
  public enum Ending {
    /** By itself. */
    EXITED,
    /** Killed, for its time was over. */
    TIMED_OUT,
    /** Killed, for it wrote too much. */
    TOO_MUCH_OUTPUT
  }

  /**
   * One run.
   *
   * @param exitCode of a program that ended by itself; 128 and the signal's number if by a signal
   * @param output what it wrote to its standard output, until it ended
   * @param outputBytes how long that was
   * @param errors the last lines of what it wrote to its standard error, on one line, safe to show;
   *     empty if it wrote nothing
   */
  public record Run(Ending ending, int exitCode, String output, int outputBytes, String errors) {
    private static final char REPLACED = '\uFFFD';

    /** Whether the output is in UTF-8, and holds nothing but text. */
    public boolean isText() {
      return output
          .chars()
          .noneMatch(
              c -> c == REPLACED || (Character.isISOControl(c) && !Character.isWhitespace(c)));
    }
  }

  /**
   * Runs it once. Blocks for at most the timeout and a second.
   *
   * @throws IOException if it can't be started
   */
  public Run run(byte[] input) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(ProcessGroup.leading(command));
    ProgramEnvironment.reduce(builder);
    Process process = builder.start();
    try {
      Head output = new Head(largestOutput, () -> ProcessGroup.kill(process));
      Tail errors = new Tail();
      List<Thread> readers =
          List.of(read(process.getInputStream(), output), read(process.getErrorStream(), errors));
      feed(process, input);
      boolean ended = process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS);
      // No process holds the pipes open then, so both readers end.
      ProcessGroup.kill(process);
      for (Thread reader : readers) {
        reader.join(LAST_OUTPUT);
      }
      Ending ending =
          output.overflowed() ? Ending.TOO_MUCH_OUTPUT : ended ? Ending.EXITED : Ending.TIMED_OUT;
      return new Run(
          ending,
          ending == Ending.EXITED ? process.exitValue() : 0,
          output.text(),
          output.size(),
          lastLines(errors.text()));
    } finally {
      ProcessGroup.kill(process);
    }
  }

  /** On a thread of its own, since a program that does not read would block it. */
  private static void feed(Process process, byte[] input) {
    Thread.ofPlatform()
        .daemon()
        .name("program-input")
        .start(
            () -> {
              try (OutputStream in = process.getOutputStream()) {
                in.write(input);
              } catch (IOException e) {
                // It ended, or closed its input, without reading: how it ended says how it went.
              }
            });
  }

  private static String lastLines(String text) {
    List<String> lines = text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    List<String> last = lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size());
    return Printable.cut(String.join(" / ", last), LONGEST_SHOWN);
  }

  /** What is kept of a stream. */
  private interface Kept {
    void add(byte[] buffer, int n);
  }

  /** The beginning. */
  private static final class Head implements Kept {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final int limit;
    private final Runnable whenOverflowed;
    private boolean overflowed;

    Head(int limit, Runnable whenOverflowed) {
      this.limit = limit;
      this.whenOverflowed = whenOverflowed;
    }

    @Override
    public synchronized void add(byte[] buffer, int n) {
      int room = limit - bytes.size();
      bytes.write(buffer, 0, Math.min(n, room));
      if (n > room && !overflowed) {
        overflowed = true;
        whenOverflowed.run();
      }
    }

    synchronized boolean overflowed() {
      return overflowed;
    }

    synchronized String text() {
      return bytes.toString(UTF_8);
    }

    synchronized int size() {
      return bytes.size();
    }
  }

  /** The end. */
  private static final class Tail implements Kept {
    private byte[] bytes = new byte[0];

    @Override
    public synchronized void add(byte[] buffer, int n) {
      byte[] all = Bytes.concat(bytes, Arrays.copyOf(buffer, n));
      bytes = Arrays.copyOfRange(all, Math.max(0, all.length - KEPT_OF_ERRORS), all.length);
    }

    synchronized String text() {
      return new String(bytes, UTF_8);
    }
  }

  /** Reads all of a stream on a thread of its own, so that the program never blocks on it. */
  private static Thread read(InputStream stream, Kept kept) {
    return Thread.ofPlatform()
        .daemon()
        .name("program-output")
        .start(
            () -> {
              byte[] buffer = new byte[8192];
              try (stream) {
                for (int n; (n = stream.read(buffer)) >= 0; ) {
                  kept.add(buffer, n);
                }
              } catch (IOException e) {
                // The program was killed; what it said until then is kept.
              }
            });
  }

  /**
   * A process group of its own for each program: what it began is ended with it, even where the
   * program itself is gone by then and its children have another parent. The JDK starts programs in
   * its own group, so setsid(1) stands before the command where the system has it (util-linux and
   * BusyBox do); it becomes the program, under the same process id.
   */
  private static final class ProcessGroup {
    private static final List<Path> PLACES =
        List.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid"));
    private static final Optional<Path> SETSID =
        PLACES.stream().filter(Files::isExecutable).findFirst();

    private ProcessGroup() {}

    /** The command as it is to be started. */
    static ImmutableList<String> leading(ImmutableList<String> command) {
      return SETSID
          .map(
              setsid ->
                  ImmutableList.<String>builder().add(setsid.toString()).addAll(command).build())
          .orElse(command);
    }

    /** Kills the program with all that it began; what is gone already does no harm. */
    static void kill(Process process) {
      // Listed first: without their parent they can no longer be found.
      List<ProcessHandle> all =
          Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
      if (SETSID.isPresent()) {
        ProcessSignals.sendToGroup(process.pid(), ProcessSignals.SIGKILL);
      }
      all.forEach(ProcessHandle::destroyForcibly);
    }
  }
}
