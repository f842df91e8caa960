package io.relais.benchmark.outage;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.failover.e2e.FailoverBed;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Runs the program as its users do: by its launcher, as a daemon or again and again. */
final class Runner implements AutoCloseable {
  /** AccuracySec= of the timer: systemd may be this late. */
  private static final Duration ACCURACY = Duration.ofSeconds(1);

  private final ProcessBuilder builder;
  private final Path log;
  private final Thread starter;
  private volatile boolean closed;

  private Runner(Path launcher, FailoverBed bed, Case of) {
    this.log = bed.folder.resolve("log");
    this.builder =
        new ProcessBuilder(
                launcher.toString(),
                "-c",
                bed.folder.resolve("watcher.toml").toString(),
                of.mode() == Mode.DAEMON ? "run" : "check")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(log.toString())));
    builder.environment().keySet().removeIf(key -> key.startsWith("OVH_"));
    builder.environment().remove("RELAIS_JAVA_OPTS");
    this.starter =
        Thread.ofPlatform()
            .daemon()
            .name("runner")
            .unstarted(of.mode() == Mode.DAEMON ? this::once : () -> everyMinute(of.worst()));
  }

  static Runner start(Path launcher, FailoverBed bed, Case of) {
    Runner runner = new Runner(launcher, bed, of);
    runner.starter.start();
    return runner;
  }

  private void once() {
    try {
      await(builder.start());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** OnUnitActiveSec= counts from the start before; a run that is not over is not run again. */
  private void everyMinute(boolean worst) {
    try {
      while (!closed) {
        long began = System.nanoTime();
        await(builder.start());
        Thread.sleep(Duration.ofNanos(Math.max(0, began + pause(worst) - System.nanoTime())));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long pause(boolean worst) {
    long late =
        worst ? ACCURACY.toNanos() : ThreadLocalRandom.current().nextLong(ACCURACY.toNanos());
    return Mode.TIMER.rhythm().toNanos() + late;
  }

  private static void await(Process process) throws InterruptedException {
    try {
      process.waitFor();
    } finally {
      process.destroyForcibly();
    }
  }

  /** What it printed and logged. */
  String said() {
    try {
      return Files.readString(log, UTF_8);
    } catch (IOException e) {
      return List.of("nothing could be read", String.valueOf(e.getMessage())).toString();
    }
  }

  @Override
  public void close() {
    closed = true;
    starter.interrupt();
    try {
      starter.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
