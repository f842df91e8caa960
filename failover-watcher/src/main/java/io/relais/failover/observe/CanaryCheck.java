package io.relais.failover.observe;

import com.google.common.collect.ImmutableList;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.probe.ProbeSpec;
import io.relais.failover.probe.Prober;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorCompletionService;

/** Asks places elsewhere, to know whether our own line works. For any number of threads. */
public final class CanaryCheck {
  private final ImmutableList<ProbeSpec> canaries;
  private final int needed;
  private final Prober prober;

  public CanaryCheck(ImmutableList<ProbeSpec> canaries, int needed, Prober prober) {
    this.canaries = canaries;
    this.needed = needed;
    this.prober = prober;
  }

  /**
   * What the canaries said.
   *
   * @param enough whether as many as needed answered
   * @param results those that were waited for: as soon as enough have answered, no more
   */
  public record CanaryReading(boolean enough, ImmutableList<ProbeResult> results) {
    public String describe() {
      long answered = results.stream().filter(ProbeResult::ok).count();
      return answered + " of " + results.size() + " canaries answered";
    }
  }

  /** Asks all at once, and returns when enough have answered or all have failed. */
  public CanaryReading look() throws InterruptedException {
    List<ProbeResult> results = new ArrayList<>();
    int answered = 0;
    try (ParallelChecks threads = new ParallelChecks()) {
      var finished = new ExecutorCompletionService<ProbeResult>(threads);
      canaries.forEach(canary -> finished.submit(() -> prober.probe(canary, Optional.empty())));
      while (answered < needed && results.size() < canaries.size()) {
        ProbeResult result = ParallelChecks.result(finished.take());
        results.add(result);
        answered += result.ok() ? 1 : 0;
      }
    }
    return new CanaryReading(answered >= needed, ImmutableList.copyOf(results));
  }

  /** Asks all and waits for all: for reports. */
  public ImmutableList<ProbeResult> all() throws InterruptedException {
    return ParallelChecks.all(
        canaries.stream()
            .<Callable<ProbeResult>>map(canary -> () -> prober.probe(canary, Optional.empty()))
            .toList());
  }
}
