package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import io.relais.failover.cli.Main.World;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.engine.StatusFile;
import io.relais.failover.engine.StatusReport;
import io.relais.failover.engine.Statuses;
import io.relais.failover.engine.Texts;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code failover-watcher status}: how things stood at the end of the last round. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description =
        "How things stand: the state and since when, the last probes, and where the records point.")
final class StatusCommand implements Callable<Integer> {
  private final RootCommand options;

  StatusCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    World world = options.world();
    WatcherConfig config = options.load();
    Optional<StatusReport> read = new StatusFile(config.stateDirectory()).read();
    if (read.isEmpty()) {
      world.err().println("failover-watcher: it has not run yet: see check and run");
      return Exit.UNAVAILABLE.code();
    }
    StatusReport report = read.get();
    if (options.json()) {
      world.out().println(StatusFile.json(report));
    } else {
      print(report, world.clock().instant());
    }
    return exit(report).code();
  }

  private static Exit exit(StatusReport report) {
    boolean watchDown = report.watches().stream().anyMatch(watch -> !watch.up());
    return report
        .failover()
        .map(site -> Exit.of(Statuses.phase(site.phase())))
        .orElse(watchDown ? Exit.DOWN : Exit.OK);
  }

  private void print(StatusReport report, Instant now) {
    PrintStream out = options.world().out();
    report.failover().ifPresent(site -> print(site, now));
    for (StatusReport.Watch watch : report.watches()) {
      out.println(
          "%s: %s for %s"
              .formatted(
                  watch.name(),
                  watch.up() ? "up" : "down",
                  Texts.duration(Duration.between(watch.since(), now))));
      print(watch.probes());
    }
    boolean alive = ProcessHandle.of(report.pid()).filter(ProcessHandle::isAlive).isPresent();
    out.println(
        "last round %s ago (%s)"
            .formatted(
                Texts.duration(Duration.between(report.updated(), now)),
                alive ? "the daemon runs, pid " + report.pid() : "no daemon runs"));
  }

  private void print(StatusReport.Failover site, Instant now) {
    PrintStream out = options.world().out();
    out.println(
        "%s: %s for %s, since %s"
            .formatted(
                site.site(),
                site.phase(),
                Texts.duration(Duration.between(site.since(), now)),
                Texts.instant(site.since())));
    line("why", site.reason());
    line("records", "at " + site.records() + ": " + site.recordsDetail());
    line("should be", should(site));
    line("changing", site.change());
    out.println("  production");
    print(site.production());
    if (!site.backup().isEmpty()) {
      out.println("  backup");
      print(site.backup());
    }
    line("canaries", site.canaries());
    line("backup is", site.backupAddress().orElse(""));
  }

  private static String should(StatusReport.Failover site) {
    return switch (Statuses.phase(site.phase())) {
      case UP, SUSPECT, DOWN, BLIND, FAILING_BACK -> "at production";
      case SWITCHING, ON_BACKUP, RECOVERING ->
          "at the backup" + site.backupAddress().map(address -> ", " + address).orElse("");
      case HALTED -> "as a person decides; then: failover-watcher resume";
    };
  }

  private void line(String label, String text) {
    if (!text.isEmpty()) {
      options.world().out().println("  %-10s %s".formatted(label, text));
    }
  }

  private void print(ImmutableList<StatusReport.Probe> probes) {
    for (StatusReport.Probe probe : probes) {
      options
          .world()
          .out()
          .println(
              "    %s %s at %s%s"
                  .formatted(
                      probe.ok() ? "ok    " : "FAILED",
                      probe.name(),
                      probe.where(),
                      probe.ok() ? times(probe) : ": " + probe.detail()));
    }
  }

  private static String times(StatusReport.Probe probe) {
    StringBuilder text = new StringBuilder(": ");
    probe.status().ifPresent(status -> text.append(status).append(", "));
    probe.connectMs().ifPresent(ms -> text.append("connect ").append(ms).append(" ms, "));
    probe.tlsMs().ifPresent(ms -> text.append("TLS ").append(ms).append(" ms, "));
    probe.firstByteMs().ifPresent(ms -> text.append("first byte ").append(ms).append(" ms, "));
    return text.append("whole ").append(probe.wholeMs()).append(" ms").toString();
  }
}
