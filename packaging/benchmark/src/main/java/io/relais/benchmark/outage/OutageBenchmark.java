package io.relais.benchmark.outage;

import io.relais.common.logging.LogSetup;
import io.relais.failover.e2e.FailoverBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.event.Level;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures, with the example's settings and the real launcher, how long it takes from an outage of
 * production to switched records. The first outage of each kind comes just after production was
 * looked at, which is worst, and the others at random times.
 */
@Command(name = "outage", mixinStandardHelpOptions = true, sortOptions = false)
public final class OutageBenchmark implements Callable<Integer> {
  @Option(
      names = "--launcher",
      required = true,
      hidden = true,
      description = "The program to measure.")
  private Path launcher = Path.of("failover-watcher");

  @Option(names = "--mode", description = "Only: daemon, timer.")
  private List<Mode> modes = Arrays.asList(Mode.values());

  @Option(names = "--case", description = "Only: ${COMPLETION-CANDIDATES}. May be repeated.")
  private List<Outage> outages = Arrays.asList(Outage.values());

  @Option(names = "--dns", description = "Only: ovh, rfc2136.")
  private List<FailoverBed.Holder> holders = Arrays.asList(FailoverBed.Holder.values());

  @Option(names = "--runs", description = "Outages of each kind (default: ${DEFAULT-VALUE}).")
  private int runs = 3;

  @Option(names = "--parallel", description = "Outages at once (default: ${DEFAULT-VALUE}).")
  private int parallel = 4;

  @Option(
      names = "--deployment",
      description =
          "Seconds that the simulated OVH takes from a refresh to its name servers (default:"
              + " ${DEFAULT-VALUE}; the real one was seen to take 10 to 210).")
  private int deployment = 110;

  private final List<Sample> samples = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger disturbed = new AtomicInteger();
  private final AtomicInteger number = new AtomicInteger();

  /** Exit code 0: all within the bars. 1: not. 2: the command line is wrong. */
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new OutageBenchmark())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    LogSetup.apply(Map.of(), Level.WARN, System.err);
    List<Case> cases = cases();
    Path folder = Files.createTempDirectory("outage");
    System.err.printf(
        "outage: %d outages, %d at once; files in %s%n", cases.size(), parallel, folder);
    boolean all = true;
    try (ExecutorService threads = Executors.newFixedThreadPool(parallel)) {
      List<Future<Sample>> results =
          cases.stream().map(of -> threads.submit(() -> measure(of, folder))).toList();
      for (Future<Sample> result : results) {
        all &= collect(result);
      }
    }
    System.out.print(new ResultTable(samples).markdown());
    boolean within = samples.stream().allMatch(Sample::withinBar);
    System.out.printf(
        "%n%d were begun anew, since a look had failed before the outage.%n", disturbed.get());
    System.out.println(verdict(all, within));
    return all && within ? 0 : 1;
  }

  private String verdict(boolean all, boolean within) {
    if (!all) {
      return "NOT MEASURED: some outages led to no switch, see above.";
    }
    return within ? "All within the bars." : "MISSED: some took longer than the bar.";
  }

  private List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      for (Mode mode : modes) {
        for (Outage outage : outages) {
          for (FailoverBed.Holder holder : holders) {
            cases.add(new Case(mode, outage, holder, run == 0));
          }
        }
      }
    }
    return cases;
  }

  private Sample measure(Case of, Path folder)
      throws IOException, InterruptedException, TimeoutException {
    Optional<Sample> measured = Optional.empty();
    while (measured.isEmpty()) {
      Path own = Files.createDirectory(folder.resolve(String.valueOf(number.incrementAndGet())));
      measured = new Trial(of, launcher, Duration.ofSeconds(deployment)).run(own);
      if (measured.isEmpty()) {
        System.err.println("outage: a look failed before the outage: this machine is too busy");
        disturbed.incrementAndGet();
      }
    }
    Sample sample = measured.get();
    System.err.printf(
        Locale.ROOT,
        "outage: %s, %s, production %s, %s: accepted after %.1f s, visible after %.1f s%n",
        of.mode().text(),
        of.holder(),
        of.outage().text(),
        of.worst() ? "worst time" : "random time",
        sample.accepted().toMillis() / 1000.0,
        sample.visible().toMillis() / 1000.0);
    return sample;
  }

  private boolean collect(Future<Sample> result) throws InterruptedException {
    try {
      samples.add(result.get());
      return true;
    } catch (ExecutionException e) {
      System.err.println("outage: " + e.getCause());
      return false;
    }
  }
}
