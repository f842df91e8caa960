package io.relais.failover.cli;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.relais.common.DurationFormat;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.notify.ChannelSettings;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notifier;
import io.relais.failover.state.StatusFile;
import io.relais.failover.wiring.Clients;
import io.relais.failover.wiring.UsageException;
import io.relais.failover.wiring.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
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
      return dryRun(config).code();
    }
    ImmutableList<Notifier.Delivery> deliveries =
        sendTest(config, new Clients(world, world.clock()).http(), world.clock());
    if (options.json()) {
      world.out().println(StatusFile.json(deliveries));
    } else {
      deliveries.forEach(delivery -> world.out().println(line(delivery)));
    }
    boolean ok = deliveries.stream().allMatch(delivery -> delivery.failure().isEmpty());
    return (ok ? Exit.OK : Exit.FAILED).code();
  }

  /** {@link #send Sends} a test. */
  static ImmutableList<Notifier.Delivery> sendTest(
      WatcherConfig config, HttpCaller http, InstantSource clock)
      throws IOException, InterruptedException {
    return send(
        config,
        http,
        clock,
        new Notice(
            Notice.Topic.TEST,
            "test",
            "This is a test of failover-watcher",
            "If you can read this, you will hear of it when something happens.",
            clock.instant(),
            ImmutableMap.of()));
  }

  /**
   * Sends a notice through every channel, past the queue of the daemon, next to which it may run.
   *
   * @throws IOException if there is no room for temporary files
   */
  static ImmutableList<Notifier.Delivery> send(
      WatcherConfig config, HttpCaller http, InstantSource clock, Notice notice)
      throws IOException, InterruptedException {
    Path queue = Files.createTempDirectory("failover-watcher-");
    try (Notifier notifier = new Notifier(config.notices(), queue, http, clock)) {
      return notifier.deliverNow(notice);
    } finally {
      MoreFiles.deleteRecursively(queue, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private Exit dryRun(WatcherConfig config) throws IOException {
    ImmutableList<String> names =
        config.notices().channels().stream().map(ChannelSettings::name).collect(toImmutableList());
    if (options.json()) {
      options.world().out().println(StatusFile.json(names));
    } else {
      names.forEach(name -> options.world().out().println("would send through " + name));
    }
    return Exit.OK;
  }

  private static String line(Notifier.Delivery delivery) {
    return delivery
        .failure()
        .map(why -> "FAILED   " + delivery.channel() + ": " + why)
        .orElseGet(
            () ->
                "ok       " + delivery.channel() + " (" + DurationFormat.of(delivery.took()) + ")");
  }
}
