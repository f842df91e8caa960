package io.relais.failover.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.relais.testbed.PlainWords;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** {@code failover-watcher run} on a thread of this process, in place of SIGTERM an interrupt. */
final class RunningDaemon implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final AtomicInteger code = new AtomicInteger(-1);
  private final Thread thread;

  private RunningDaemon(Scene scene) {
    thread =
        Thread.ofPlatform()
            .name("daemon")
            .start(() -> code.set(scene.run("", new ByteArrayOutputStream(), err, "run")));
  }

  /** Starts it, and waits for the end of its first round. */
  static RunningDaemon start(Scene scene) {
    RunningDaemon daemon = new RunningDaemon(scene);
    await()
        .atMost(LIMIT)
        .until(() -> Files.exists(scene.state().resolve("status.json")) || !daemon.isAlive());
    return daemon;
  }

  boolean isAlive() {
    return thread.isAlive();
  }

  String said() {
    return err.toString(UTF_8);
  }

  /** Ends it; its exit code. */
  int end() {
    thread.interrupt();
    await().atMost(LIMIT).until(() -> !thread.isAlive());
    return code.get();
  }

  @Override
  public void close() {
    int _ = end();
    PlainWords.assertSpokenIn(said());
  }
}
