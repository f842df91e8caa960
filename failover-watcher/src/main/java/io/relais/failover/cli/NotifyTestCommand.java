package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.failover.cli.Main.World;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.engine.StatusFile;
import io.relais.failover.engine.Texts;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code failover-watcher notify-test}: one notice through every channel. */
@Command(
    name = "notify-test",
    mixinStandardHelpOptions = true,
    description = "Send a test through every channel, and say what became of it.")
final class NotifyTestCommand implements Callable<Integer> {
  private final RootCommand options;

  NotifyTestCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    World world = options.world();
    WatcherConfig config = options.load();
    if (config.notices().channels().isEmpty()) {
      throw new UsageException("no channel is set: add [[notify.mail]], [[notify.webhook]] …");
    }
    if (options.dryRun()) {
      config
          .notices()
          .channels()
          .forEach(channel -> world.out().println("would send through " + channel.name()));
      return Exit.OK.code();
    }
    ImmutableList<Notifier.Delivery> deliveries = send(world, config);
    if (options.json()) {
      world.out().println(StatusFile.json(deliveries));
    } else {
      deliveries.forEach(delivery -> world.out().println(line(delivery)));
    }
    boolean ok = deliveries.stream().allMatch(delivery -> delivery.failure().isEmpty());
    return (ok ? Exit.OK : Exit.FAILED).code();
  }

  /** With a queue of its own, so that it can run beside the daemon. */
  private static ImmutableList<Notifier.Delivery> send(World world, WatcherConfig config)
      throws Exception {
    Path queue = Files.createTempDirectory("failover-watcher-");
    try (Notifier notifier = Assembly.notifier(config, queue, world.clock())) {
      return notifier.test(
          new Notice(
              Notice.Kind.TEST,
              "test",
              "This is a test of failover-watcher",
              "If you can read this, you will hear of it when something happens.",
              world.clock().instant(),
              ImmutableMap.of()));
    } finally {
      Assembly.deleteQueue(queue);
    }
  }

  private static String line(Notifier.Delivery delivery) {
    return delivery
        .failure()
        .map(why -> "FAILED   " + delivery.channel() + ": " + why)
        .orElseGet(
            () -> "ok       " + delivery.channel() + " (" + Texts.duration(delivery.took()) + ")");
  }
}
