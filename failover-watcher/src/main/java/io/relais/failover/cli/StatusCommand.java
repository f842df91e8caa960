package io.relais.failover.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Ordering;
import io.relais.common.DurationFormat;
import io.relais.common.FileAccess;
import io.relais.common.TimeText;
import io.relais.common.toml.ConfigException;
import io.relais.failover.alerts.StatusReports;
import io.relais.failover.config.ConfigLoader;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.Policy;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.Check.Status;
import io.relais.failover.selfcheck.SelfCheckState;
import io.relais.failover.state.DaemonMarker;
import io.relais.failover.state.StateWriteFailure;
import io.relais.failover.state.StatusFile;
import io.relais.failover.state.StatusReport;
import io.relais.failover.wiring.Clients;
import io.relais.failover.wiring.StateDirectoryOwner;
import io.relais.failover.wiring.StatusView;
import io.relais.failover.wiring.World;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code failover-watcher status}: how things stand. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = {
      "How things stand.",
      "The state and since when, the probes of the last round, what the zone's own name servers say"
          + " now against what they should say, a change that is under way, and what a fail-back"
          + " restores."
    })
final class StatusCommand implements Callable<Integer> {
  /** For one question: an operator waits. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** Of rounds that change nothing; with all probes at their limits. */
  private static final Duration LONGEST_ROUND = Duration.ofMinutes(1);

  private static final int MISSED = 4;

  private final RootCommand options;

  @Option(names = "--no-dns", description = "Don't ask DNS.")
  private boolean noDns;

  StatusCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    World world = options.world();
    Path file = options.configFile();
    // What can't be looked at may be there.
    if (!FileAccess.isReadable(file) && !FileAccess.isAbsent(file)) {
      say(unreadable("the configuration " + file, file));
      return Exit.STATE.code();
    }
    Optional<WatcherConfig> config = config();
    Path state =
        config
            .map(WatcherConfig::stateDirectory)
            .orElseGet(() -> options.loader().likelyState(options.configFile()));
    if (config.isEmpty()) {
      say(
          "%s has a mistake, which 'failover-watcher config check' shows; this is from the state in %s, without DNS"
              .formatted(options.configFile(), state));
    }
    if (!isReadable(state)) {
      return Exit.STATE.code();
    }
    Optional<StatusReport> read = new StatusFile(state).read();
    if (read.isEmpty()) {
      return absent(state).code();
    }
    StatusView view =
        config.isPresent()
            ? StatusView.of(read.get(), config.get(), authority(config.get()))
            : StatusView.of(read.get(), state);
    StateWriteFailure marks = new StateWriteFailure(state);
    Optional<Instant> unwritable = marks.told();
    unwritable.ifPresent(
        at ->
            say(
                "since %s or before the state can't be written; what follows is older"
                    .formatted(TimeText.of(at))));
    unwritable
        .flatMap(_ -> marks.outageTold())
        .ifPresent(
            at ->
                say(
                    "production was found down at %s or before, and nothing is done against it"
                        .formatted(TimeText.of(at))));
    Rhythm rhythm = rhythm(state, view, config.map(WatcherConfig::interval));
    if (unwritable.isPresent()) {
      rhythm = rhythm.asOf(view.lastRound().updated());
    }
    if (options.json()) {
      world.out().println(StatusFile.json(view));
      rhythm.trouble().ifPresent(this::say);
    } else {
      rhythm.trouble().ifPresent(world.out()::println);
      print(view, rhythm, config.map(WatcherConfig::program).orElse(WatcherConfig.PROGRAM));
    }
    if (unwritable.isPresent()) {
      return Exit.STATE.code();
    }
    return (rhythm.trouble().isPresent() ? Exit.UNAVAILABLE : exit(view)).code();
  }

  /** Empty if there is a mistake in it; that the file is missing is one in the command. */
  private Optional<WatcherConfig> config() throws ConfigException {
    try {
      return Optional.of(options.load());
    } catch (ConfigException e) {
      if (!FileAccess.exists(options.configFile())) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private void say(String line) {
    options.world().err().println("failover-watcher: " + line);
  }

  /** Otherwise what may not be read would look as if it weren't there. */
  private boolean isReadable(Path state) throws IOException {
    try {
      StateDirectoryOwner.requireReadable(state);
      return true;
    } catch (AccessDeniedException e) {
      say(unreadable("the state in " + state, state));
      return false;
    }
  }

  /** Who may not read it, who may, and what to type. */
  private String unreadable(String what, Path where) {
    String user = System.getProperty("user.name");
    Path file = options.configFile();
    String command =
        "failover-watcher%s status"
            .formatted(
                file.equals(ConfigLoader.DEFAULT_FILE) ? "" : " -c " + file.toAbsolutePath());
    try {
      String owner = Files.getOwner(where).getName();
      return "%s can't be read by %s, only by %s; run: sudo -u %s %s"
          .formatted(what, user, owner, owner, command);
    } catch (IOException e) {
      return "%s can't be read by %s; run: sudo %s".formatted(what, user, command);
    }
  }

  /**
   * Whether rounds go on.
   *
   * @param asOf until when it is known that things are as they were
   * @param by who made the last round
   * @param trouble what is to be said first; empty if they go on
   */
  private record Rhythm(Instant asOf, String by, Optional<String> trouble) {
    Rhythm asOf(Instant time) {
      return new Rhythm(time, by, trouble);
    }
  }

  /**
   * A daemon that has ended makes no more rounds. A run from cron or a timer is always over, so
   * there only the time since tells.
   */
  private Rhythm rhythm(Path state, StatusView view, Optional<Duration> interval)
      throws IOException {
    StatusReport report = view.lastRound();
    Instant now = options.world().clock().instant();
    Instant last = report.updated();
    String at = TimeText.of(last) + ", " + DurationFormat.of(Duration.between(last, now)) + " ago";
    Optional<DaemonMarker> daemon = DaemonMarker.read(state);
    if (daemon.filter(DaemonMarker::runs).isPresent()) {
      long pid = daemon.get().pid();
      if (now.isAfter(last.plus(patience(view, interval)))) {
        return new Rhythm(
            last,
            "by the daemon, pid " + pid,
            Optional.of(
                "no round was made since %s, though the daemon runs (pid %d): it hangs or was stopped; look at its log, or restart it; this is how things stood then"
                    .formatted(at, pid)));
      }
      return new Rhythm(now, "by the daemon, pid " + daemon.get().pid(), Optional.empty());
    }
    if (daemon.filter(mark -> mark.pid() == report.pid()).isPresent()) {
      return new Rhythm(
          last,
          "by a daemon that has ended",
          Optional.of(
              "failover-watcher is not running: its last round ended at %s; this is how things stood then"
                  .formatted(at)));
    }
    boolean late = now.isAfter(last.plus(Policy.DEFAULT.maxGap()));
    return new Rhythm(
        late ? last : now,
        "by a single run",
        late
            ? Optional.of(
                "failover-watcher is not running: the last run was at %s; if cron or a timer is to run it, look why it doesn't; this is how things stood then"
                    .formatted(at))
            : Optional.empty());
  }

  /** How long after the last round the next one has surely ended, if rounds go on. */
  private static Duration patience(StatusView view, Optional<Duration> interval) {
    boolean changing = view.journal().flatMap(StatusView.Changes::underWay).isPresent();
    if (interval.isEmpty() || changing) {
      return Policy.DEFAULT.maxGap();
    }
    return Ordering.natural().max(LONGEST_ROUND, interval.get().multipliedBy(MISSED));
  }

  private Exit absent(Path directory) {
    boolean closed = FileAccess.exists(directory) && !Files.isWritable(directory);
    options
        .world()
        .err()
        .println(
            closed
                ? "failover-watcher: there is no status in %s, and this user can't write there"
                    .formatted(directory)
                : "failover-watcher: it has not run yet; see: failover-watcher check --help");
    return closed ? Exit.STATE : Exit.UNAVAILABLE;
  }

  private Optional<Authority> authority(WatcherConfig config) {
    return config
        .failover()
        .filter(_ -> !noDns)
        .map(
            part ->
                new Clients(options.world(), options.world().clock())
                    .authority(
                        part.dns(), Ordering.natural().min(part.dns().verifyTimeout(), PATIENCE)));
  }

  /** All is well only if a switch would work too. */
  private static Exit exit(StatusView view) {
    Exit exit = exit(view.lastRound());
    boolean fails =
        view.selfCheck().stream()
            .flatMap(check -> check.findings().values().stream())
            .anyMatch(SelfCheckState.Finding::wouldFail);
    boolean unready =
        view.lastRound().failover().filter(site -> !site.unready().isEmpty()).isPresent();
    return exit == Exit.OK && (fails || unready) ? Exit.FAILED : exit;
  }

  private static Exit exit(StatusReport report) {
    boolean watchDown = report.watches().stream().anyMatch(watch -> !watch.up());
    return report
        .failover()
        .map(site -> Exit.of(StatusReports.phase(site.phase()), site.waiting()))
        .orElse(watchDown ? Exit.DOWN : Exit.OK);
  }

  private void print(StatusView view, Rhythm rhythm, String program) {
    PrintStream out = options.world().out();
    Instant now = rhythm.asOf();
    StatusReport report = view.lastRound();
    if (now.equals(report.updated())) {
      out.println("as of " + TimeText.of(now) + ":");
    }
    report.failover().ifPresent(site -> print(site, view, now, program));
    view.copies().forEach(copy -> line("copy", copy.name() + ": " + copy.describe()));
    for (StatusReport.Watch watch : report.watches()) {
      out.println(
          "%s: %s for %s"
              .formatted(
                  watch.name(),
                  watch.up() ? "up" : "down",
                  DurationFormat.of(Duration.between(watch.since(), now))));
      print(watch.probes());
    }
    out.println(
        "last round %s ago (%s)"
            .formatted(
                DurationFormat.of(
                    Duration.between(report.updated(), options.world().clock().instant())),
                rhythm.by()));
  }

  private void print(StatusReport.Failover site, StatusView view, Instant now, String program) {
    PrintStream out = options.world().out();
    out.println(
        "%s: %s for %s, since %s"
            .formatted(
                site.site(),
                site.phase(),
                DurationFormat.of(Duration.between(site.since(), now)),
                TimeText.of(site.since())));
    line("why", site.reason());
    line("records", site.records() + ": " + site.recordsDetail());
    view.dns().ifPresent(dns -> line("DNS now", dns.where() + ": " + dns.detail()));
    line("should be", view.dns().map(dns -> should(dns, program)).orElse(""));
    line("changing", site.change());
    view.journal().ifPresent(this::print);
    view.selfCheck().ifPresent(this::print);
    out.println("  production");
    print(site.production());
    if (!site.backup().isEmpty()) {
      out.println("  backup");
      print(site.backup());
    }
    site.unready().forEach(why -> line("NOT READY", why));
    line("canaries", site.canaries());
    line("backup is", site.backupAddress().orElse(""));
  }

  private static String should(StatusView.Dns dns, String program) {
    return dns.should()
        .map(where -> "at " + where + is(dns))
        .orElse("as you decide; then: " + program + " resume");
  }

  private static String is(StatusView.Dns dns) {
    if (!dns.isKnown()) {
      return "; whether it is, is not known";
    }
    return dns.asItShouldBe() ? ", and is" : ", and is NOT";
  }

  private void print(StatusView.Changes changes) {
    changes
        .underWay()
        .ifPresent(
            change ->
                line(
                    "under way",
                    "%s%s since %s, %s%s"
                        .formatted(
                            change.kind(),
                            change.undoing() ? " (being undone)" : "",
                            TimeText.of(change.since()),
                            change.progress(),
                            change.accepted().map(at -> " at " + TimeText.of(at)).orElse(""))));
    line("restores", String.join("; ", changes.restores()));
  }

  /** What is bad, each on a line of its own; else that nothing is. */
  private void print(SelfCheckState check) {
    Instant now = options.world().clock().instant();
    check.findings().forEach((name, finding) -> line("self-check", text(name, finding)));
    if (check.findings().values().stream().allMatch(finding -> finding.result() == Status.OK)) {
      check
          .looked()
          .ifPresent(
              at ->
                  line(
                      "self-check",
                      "a switch would work, as of %s ago"
                          .formatted(DurationFormat.of(Duration.between(at, now)))));
    }
  }

  /** Empty where there is nothing to say. */
  private static String text(String name, SelfCheckState.Finding finding) {
    String word =
        switch (finding.result()) {
          case OK -> "";
          case WARNING -> "warning, " + name;
          case FAILED -> "FAILED, " + name;
          case UNANSWERED -> "no answer, " + name;
          case UNKNOWN -> "can't be seen, " + name;
        };
    return word.isEmpty()
        ? ""
        : "%s, since %s: %s".formatted(word, TimeText.of(finding.since()), finding.detail());
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
