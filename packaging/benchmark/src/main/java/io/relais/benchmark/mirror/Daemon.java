package io.relais.benchmark.mirror;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/** A mirror that runs until it is closed: ours, or lsyncd. For one thread. */
abstract class Daemon implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  private final Process process;
  private final Path log;
  private final Pattern done;
  private final long began = System.nanoTime();

  /**
   * Starts it.
   *
   * @param output where what it prints goes to
   * @param log where it says what it does
   * @param done what its log says once source and copy are the same
   */
  Daemon(ProcessBuilder builder, Path output, Path log, Pattern done) throws IOException {
    this.log = log;
    this.done = done;
    this.process =
        builder
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile())
            .start();
  }

  /** Seconds since it was started. */
  final double age() {
    return (System.nanoTime() - began) / 1e9;
  }

  /** Waits until it says, for the first time, that source and copy are the same. */
  final void awaitInSync() throws IOException, InterruptedException {
    Waiting.until("in sync", () -> done.matcher(said()).find() || ended(), PATIENCE, 5);
    if (ended()) {
      throw new IOException("it has ended; it said:\n" + said());
    }
  }

  /** Waits until so many directories are watched. */
  final void awaitWatches(int directories) throws IOException, InterruptedException {
    Waiting.until("watching", () -> watches() >= directories || ended(), PATIENCE, 10);
  }

  private boolean ended() {
    return !process.isAlive();
  }

  final String said() throws IOException {
    return Files.exists(log) ? Files.readString(log, ISO_8859_1) : "";
  }

  /** Whether it has work to do that no wire shows. */
  abstract boolean isBusy();

  /** Watches of inotify, as the kernel counts them. */
  private int watches() throws IOException {
    int count = 0;
    Path descriptors = Path.of("/proc", Long.toString(pid()), "fd");
    try (var links = Files.newDirectoryStream(descriptors)) {
      for (Path link : links) {
        if (Files.readSymbolicLink(link).toString().contains("inotify")) {
          String info =
              Files.readString(descriptors.resolveSibling("fdinfo").resolve(link.getFileName()));
          count += (int) info.lines().filter(line -> line.startsWith("inotify wd:")).count();
        }
      }
    } catch (IOException e) {
      // One of them was closed meanwhile.
      return 0;
    }
    return count;
  }

  final long pid() {
    return process.pid();
  }

  final Process process() {
    return process;
  }

  /**
   * Nanoseconds of one core so far, of threads that have ended too; the kernel counts whole ticks
   * of 10 ms.
   */
  final long cpuNanos() throws IOException {
    return process
        .info()
        .totalCpuDuration()
        .orElseThrow(() -> new IOException("it has ended"))
        .toNanos();
  }

  /** Bytes of resident memory. */
  final long residentBytes() throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(pid()), "status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .findFirst()
        .orElseThrow(() -> new IOException("it has ended"));
  }

  @Override
  public void close() throws IOException {
    Commands.end(process);
  }
}
