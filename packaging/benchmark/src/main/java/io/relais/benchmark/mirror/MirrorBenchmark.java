package io.relais.benchmark.mirror;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures the agent, by its launcher and with durability on, and its peers, in turn and several
 * times, through one bastion; and writes a table, a plot and all samples.
 */
@Command(name = "mirror", mixinStandardHelpOptions = true, sortOptions = false)
public final class MirrorBenchmark implements Callable<Integer> {
  /** In the order in which they are run. */
  private static final ImmutableList<Experiment> EXPERIMENTS =
      ImmutableList.of(
          new LiveChanges(),
          new Restart(),
          new BigChanges(),
          new FirstSync(Lab.Corpus.SITE, Row.FIRST_SITE),
          new FirstSync(Lab.Corpus.WIDE, Row.FIRST_WIDE),
          new FirstSync(Lab.Corpus.BIG, Row.FIRST_BIG),
          new Memory());

  @Option(names = "--launcher", required = true, hidden = true)
  private Path launcher = Path.of("sync-agent");

  @Option(names = "--out", required = true, description = "Where the results go.")
  private Path out = Path.of(".");

  @Option(
      names = "--quick",
      description = "Small corpora and one run: shows that it works, and no more.")
  private boolean quick;

  @Option(
      names = "--rows",
      split = ",",
      paramLabel = "NAME",
      description = "Only: ${COMPLETION-CANDIDATES}.",
      completionCandidates = RowNames.class)
  private List<String> rows = ImmutableList.copyOf(new RowNames());

  @Option(
      names = "--rtt",
      split = ",",
      paramLabel = "MS",
      description = "Round-trip times in milliseconds (default: ${DEFAULT-VALUE}).")
  private List<Integer> roundTrips = List.of(0, 30);

  @Option(names = "--runs", description = "How often (default: 3; with --quick 1).")
  private int runs;

  @Option(names = "--tmpfs", description = "The backup's disk is memory.")
  private boolean inMemory;

  @Option(
      names = "--bastion-sessions",
      description =
          "The bastion lets sessions open, as by default; else it has MaxSessions 0, the slowest.")
  private boolean sessions;

  @Option(
      names = "--work",
      description =
          "Where corpora and sources are kept meanwhile (default: a temporary directory).")
  private @Nullable Path work;

  @Option(
      names = "--only-agent",
      description = "Nobody but sync-agent: to compare it with another version of itself.")
  private boolean onlyAgent;

  @Option(
      names = "--profile",
      description = "Records the agent, and writes flame graphs to OUT/profile. Slows it down.")
  private boolean profile;

  /** The names of all rows. */
  static final class RowNames implements Iterable<String> {
    @Override
    public java.util.Iterator<String> iterator() {
      return EnumSet.allOf(Row.class).stream().map(Row::option).iterator();
    }
  }

  /** Exit code 0: all bars met. 1: not. 2: the command line is wrong. 3: it did not work. */
  public static void main(String[] args) {
    // Ctrl-C: no daemon, ssh or sshd of ours stays behind. Only what descends from this JVM is
    // ended.
    Thread ending =
        new Thread(() -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroy));
    Runtime.getRuntime().addShutdownHook(ending);
    System.exit(
        new CommandLine(new MirrorBenchmark())
            // The launcher's --out comes first, and the user's wins.
            .setOverwrittenOptionsAllowed(true)
            .setExitCodeExceptionMapper(_ -> 3)
            .execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Set<Row> wanted = EnumSet.noneOf(Row.class);
    rows.forEach(name -> wanted.add(Row.ofOption(name)));
    Scale scale = quick ? Scale.QUICK : Scale.FULL;
    Files.createDirectories(out);
    Path place =
        work == null
            ? Path.of(System.getProperty("java.io.tmpdir"))
            : Files.createDirectories(work);
    Path own = Files.createTempDirectory(place, "mirror").toRealPath();
    Recorder recorder = new Recorder(wanted);
    Profiles profiles =
        new Profiles(
            profile ? Optional.of(out.toAbsolutePath().resolve("profile")) : Optional.empty());
    Setting setting;
    Thread cleaning = new Thread(() -> Lab.forget(own));
    Runtime.getRuntime().addShutdownHook(cleaning);
    try (Lab lab = new Lab(own, launcher, scale, link(own), profiles)) {
      setting = Setting.of(place, lab.link().onDisk(Contender.AGENT, ""), remark());
      for (int run = 0; run < (runs > 0 ? runs : quick ? 1 : 3); run++) {
        run(run, wanted, lab, recorder);
      }
    }
    profiles.render();
    return report(new Report(setting, scale, recorder.samples(), recorder.remarks()));
  }

  private String remark() {
    return (quick ? "**A quick run, on small corpora: the bars are not meant for it.** " : "")
        + (profile ? "**The agent was slowed down by a profiler.** " : "")
        + (sessions ? "The bastion lets sessions open. " : "The bastion has `MaxSessions 0`. ");
  }

  private Link link(Path own) throws IOException {
    return new Link(own.resolve("link"), inMemory, sessions);
  }

  private void run(int run, Set<Row> wanted, Lab lab, Recorder recorder)
      throws IOException, InterruptedException {
    for (Experiment experiment : EXPERIMENTS) {
      if (Sets.intersection(experiment.rows(), wanted).isEmpty()) {
        continue;
      }
      for (int roundTrip : roundTrips) {
        if (experiment.isOnce() && (run > 0 || roundTrip != roundTrips.getFirst())) {
          continue;
        }
        for (Contender contender : rotated(experiment.contenders(), run)) {
          if (onlyAgent && contender != Contender.AGENT) {
            continue;
          }
          lab.link().roundTrip(roundTrip);
          recorder.about(contender, roundTrip);
          measure(experiment, contender, lab, recorder);
        }
      }
    }
  }

  /** Nobody is always the first, with the caches as they are then. */
  private static ImmutableList<Contender> rotated(ImmutableList<Contender> all, int run) {
    int first = run % all.size();
    return ImmutableList.<Contender>builder()
        .addAll(all.subList(first, all.size()))
        .addAll(all.subList(0, first))
        .build();
  }

  private static void measure(
      Experiment experiment, Contender contender, Lab lab, Recorder recorder)
      throws InterruptedException {
    try {
      // What was written before is not to be written back at somebody else's expense.
      Commands.check("sync");
      experiment.run(contender, lab, recorder);
    } catch (IOException e) {
      ImmutableSet<Row> of = experiment.rows();
      of.stream().filter(recorder::wants).forEach(row -> recorder.addFailure(row, "" + e));
    }
  }

  private int report(Report report) throws IOException {
    Files.writeString(out.resolve("mirror.md"), report.markdown());
    Files.writeString(out.resolve("mirror.csv"), report.csv());
    Files.writeString(out.resolve("mirror.svg"), new Plot(report.verdicts(), report).svg());
    System.out.print(report.markdown());
    System.err.printf("mirror: %s/mirror.{md,svg,csv}%n", out);
    return report.isMet() ? 0 : 1;
  }
}
