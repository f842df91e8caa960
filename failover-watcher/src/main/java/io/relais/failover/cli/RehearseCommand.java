package io.relais.failover.cli;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.DurableFile;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.diagnose.Preflight;
import io.relais.failover.diagnose.Rehearsal;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notifier;
import io.relais.failover.state.FileProblem;
import io.relais.failover.state.HistoryFile;
import io.relais.failover.state.StatusFile;
import io.relais.failover.wiring.Clients;
import io.relais.failover.wiring.UsageException;
import io.relais.failover.wiring.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code failover-watcher rehearse}: a switch, rehearsed there and back, and reported. */
@Command(
    name = "rehearse",
    mixinStandardHelpOptions = true,
    description = {
      "Rehearse a switch there and back on a test name, and report it.",
      "Asks everything that a switch asks, then points the test name's records at the backup and"
          + " back, with measured times. Writes a report (Markdown, SVG), adds a line to the"
          + " history and sends a notice with the result. The site's own records stay as they are."
    })
final class RehearseCommand implements Callable<Integer> {
  private static final int REPORTS_KEPT = 24;

  private final RootCommand options;

  @Option(
      names = "--name",
      paramLabel = "TESTNAME",
      description =
          "A name with an A record of its own, at the same provider; none of the site's names"
              + " (default: name below [rehearsal]).")
  private @Nullable String name;

  @Option(
      names = "--report",
      paramLabel = "DIR",
      description = "Where the report goes (default: rehearsals in the state directory).")
  private @Nullable Path directory;

  RehearseCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    World world = options.world();
    WatcherConfig config = options.load();
    FailoverConfig failover = options.failover(config);
    String test = DrillRun.testName(failover, given(failover));
    DrillRun run = new DrillRun(options, config, failover);
    Instant began = world.clock().instant();
    ImmutableList<Preflight.Step> questions = run.rehearse();
    Optional<ImmutableList<Preflight.Step>> change = run.perform(test);
    if (change.isEmpty()) {
      world.err().println("failover-watcher: another drill is at work");
      return Exit.BUSY.code();
    }
    Rehearsal rehearsal =
        new Rehearsal(began, failover.site().name(), test, questions, change.get());
    if (options.json()) {
      world.out().println(StatusFile.json(rehearsal));
    }
    boolean told = options.dryRun() || report(rehearsal, config);
    return (rehearsal.ok() && told ? Exit.OK : Exit.FAILED).code();
  }

  private String given(FailoverConfig failover) throws UsageException {
    return Optional.ofNullable(name)
        .or(failover::rehearsalName)
        .orElseThrow(
            () ->
                new UsageException(
                    "say which name to rehearse on: --name, or name below [rehearsal]; make an A"
                        + " record for it that points at production"));
  }

  /** Whether it was written, and every channel took the notice. */
  private boolean report(Rehearsal rehearsal, WatcherConfig config)
      throws IOException, InterruptedException {
    Path place = directory == null ? config.stateDirectory().resolve("rehearsals") : directory;
    Optional<Path> written = write(rehearsal, place);
    String event = rehearsal.ok() ? "rehearsal" : "rehearsal failed";
    new HistoryFile(config.stateDirectory())
        .add(
            new HistoryFile.Entry(
                rehearsal.at(),
                "rehearsal",
                event,
                event,
                rehearsal.summary().replace("\n", "; ")));
    boolean sent = send(rehearsal, written, config);
    written.ifPresent(
        file -> {
          if (!options.json()) {
            options.world().out().println("report: " + file);
          }
        });
    return written.isPresent() && sent;
  }

  private Optional<Path> write(Rehearsal rehearsal, Path place) {
    Path file = place.resolve(rehearsal.fileName() + ".md");
    try {
      Files.createDirectories(place);
      DurableFile.replace(
          place.resolve(rehearsal.fileName() + ".svg"), rehearsal.svg().getBytes(UTF_8));
      DurableFile.replace(file, rehearsal.markdown().getBytes(UTF_8));
      if (directory == null) {
        forgetOld(place);
      }
      return Optional.of(file);
    } catch (IOException e) {
      options
          .world()
          .err()
          .println("failover-watcher: the report can't be written: " + FileProblem.describe(e));
      return Optional.empty();
    }
  }

  /** A report is two files. */
  private static void forgetOld(Path place) throws IOException {
    List<Path> newestFirst;
    try (Stream<Path> files = Files.list(place)) {
      newestFirst =
          files
              .filter(file -> file.toString().endsWith(".md") || file.toString().endsWith(".svg"))
              .sorted(Comparator.reverseOrder())
              .collect(toImmutableList());
    }
    for (Path old : newestFirst.stream().skip(2L * REPORTS_KEPT).toList()) {
      Files.deleteIfExists(old);
    }
  }

  private boolean send(Rehearsal rehearsal, Optional<Path> written, WatcherConfig config)
      throws IOException, InterruptedException {
    World world = options.world();
    Notice notice =
        new Notice(
            Notice.Topic.REHEARSAL,
            rehearsal.at().toString(),
            rehearsal.title(),
            rehearsal.summary() + written.map(file -> "\nReport: " + file).orElse(""),
            rehearsal.at(),
            ImmutableMap.of("site", rehearsal.site(), "result", rehearsal.ok() ? "ok" : "failed"));
    boolean all = true;
    for (Notifier.Delivery delivery :
        NotifyTestCommand.send(
            config, new Clients(world, world.clock()).http(), world.clock(), notice)) {
      if (delivery.failure().isPresent()) {
        all = false;
        world
            .err()
            .println(
                "failover-watcher: the notice was not taken by %s: %s"
                    .formatted(delivery.channel(), delivery.failure().get()));
      }
    }
    return all;
  }
}
