package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.DurationFormat;
import io.relais.common.TimeText;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.promotion.CopyFence;
import io.relais.failover.selfcheck.SelfCheckFile;
import io.relais.failover.state.StatusFile;
import io.relais.failover.state.StatusReport;
import io.relais.failover.wiring.StateDirectoryOwner;
import io.relais.failover.wiring.World;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code failover-watcher ready}: could the backup take over now? */
@Command(
    name = "ready",
    mixinStandardHelpOptions = true,
    description = {
      "Say whether the backup could take over now, as the watcher's rounds know it.",
      "Exit code 0: it could. 15: not as it should, and why. 3: no rounds are made. 'doctor' looks at"
          + " everything again, in detail."
    })
final class ReadyCommand implements Callable<Integer> {
  /** Of rounds that change nothing; the backup is looked at each 30 s. */
  private static final Duration LONGEST_ROUND = Duration.ofMinutes(2);

  private final RootCommand options;

  ReadyCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    World world = options.world();
    WatcherConfig config = options.load();
    FailoverConfig failover = options.failover(config);
    StateDirectoryOwner.requireReadable(config.stateDirectory());
    Optional<StatusReport> report = new StatusFile(config.stateDirectory()).read();
    Instant now = world.clock().instant();
    Optional<Instant> last = report.map(StatusReport::updated);
    if (last.filter(at -> Duration.between(at, now).compareTo(LONGEST_ROUND) <= 0).isEmpty()) {
      world
          .err()
          .println(
              "failover-watcher: no rounds are made, so nothing is known"
                  + last.map(
                          at ->
                              ": the last was "
                                  + DurationFormat.of(Duration.between(at, now))
                                  + " ago")
                      .orElse("")
                  + "; start it, or look at its log");
      return Exit.UNAVAILABLE.code();
    }
    ImmutableList<String> problems = problems(config, failover, report.orElseThrow());
    if (options.json()) {
      world
          .out()
          .println(
              StatusFile.json(
                  ImmutableMap.of(
                      "ready",
                      problems.isEmpty(),
                      "as_of",
                      TimeText.of(last.orElseThrow()),
                      "problems",
                      problems)));
    } else if (problems.isEmpty()) {
      world.out().println("ready: the backup could take over, as of " + TimeText.of(last.get()));
    } else {
      problems.forEach(problem -> world.out().println("NOT READY  " + problem));
    }
    return (problems.isEmpty() ? Exit.OK : Exit.FAILED).code();
  }

  private static ImmutableList<String> problems(
      WatcherConfig config, FailoverConfig failover, StatusReport report) throws IOException {
    ImmutableList.Builder<String> all = ImmutableList.builder();
    report.failover().ifPresent(site -> all.addAll(site.unready()));
    new SelfCheckFile(config.stateDirectory())
        .read()
        .ifPresent(
            check ->
                check
                    .findings()
                    .forEach(
                        (name, finding) -> {
                          if (finding.wouldFail()) {
                            all.add(
                                "%s: %s (since %s)"
                                    .formatted(
                                        name, finding.detail(), TimeText.of(finding.since())));
                          }
                        }));
    CopyFence fence = CopyFence.of(failover);
    fence.standings().forEach(copy -> all.add("copy " + copy.name() + ": " + copy.describe()));
    return all.build();
  }
}
