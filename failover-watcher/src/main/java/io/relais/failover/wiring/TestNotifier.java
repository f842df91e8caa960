package io.relais.failover.wiring;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;

/** Sends a test through every channel. */
public final class TestNotifier {
  private TestNotifier() {}

  /**
   * Sends it, past the queue of the daemon, beside which it may run.
   *
   * @throws IOException if there is no room for temporary files
   */
  public static ImmutableList<Notifier.Delivery> send(
      WatcherConfig config, HttpCaller http, InstantSource clock)
      throws IOException, InterruptedException {
    Path queue = Files.createTempDirectory("failover-watcher-");
    try (Notifier notifier = new Notifier(config.notices(), queue, http, clock)) {
      return notifier.test(
          new Notice(
              Notice.Topic.TEST,
              "test",
              "This is a test of failover-watcher",
              "If you can read this, you will hear of it when something happens.",
              clock.instant(),
              ImmutableMap.of()));
    } finally {
      MoreFiles.deleteRecursively(queue, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
