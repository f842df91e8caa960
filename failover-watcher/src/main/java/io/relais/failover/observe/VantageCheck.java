package io.relais.failover.observe;

import com.google.common.collect.ImmutableList;
import io.relais.failover.config.VantageConfig;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.process.ProgramEnvironment;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/** Asks others who look at production, or at the backup, what they see. For any threads. */
public final class VantageCheck {
  private final ImmutableList<VantageConfig> vantages;
  private final HttpCaller http;
  private final IntFunction<Opinion> meaning;

  /** Those that look at production. */
  public VantageCheck(ImmutableList<VantageConfig> vantages, HttpCaller http) {
    this(vantages, http, VantageCheck::ofExit);
  }

  /**
   * Makes one.
   *
   * @param meaning of a command's exit code
   */
  VantageCheck(
      ImmutableList<VantageConfig> vantages, HttpCaller http, IntFunction<Opinion> meaning) {
    this.vantages = vantages;
    this.http = http;
    this.meaning = meaning;
  }

  /** What one of them says. */
  public enum Opinion {
    UP,
    DOWN,
    /** It gave no answer that counts. */
    NONE
  }

  /** One and its opinion. */
  public record VantageOpinion(String name, Opinion opinion) {}

  /** Asks all at once. */
  public ImmutableList<VantageOpinion> ask() throws InterruptedException {
    List<Callable<VantageOpinion>> tasks =
        vantages.stream()
            .<Callable<VantageOpinion>>map(
                vantage -> () -> new VantageOpinion(vantage.name(), ask(vantage)))
            .toList();
    return ParallelChecks.all(tasks);
  }

  private Opinion ask(VantageConfig vantage) throws InterruptedException {
    return switch (vantage) {
      case VantageConfig.Http page -> ask(page);
      case VantageConfig.Command command -> ask(command);
    };
  }

  private Opinion ask(VantageConfig.Http page) throws InterruptedException {
    try {
      int status =
          http.send(HttpCall.of("GET", page.url(), HttpLimits.within(page.timeout()))).status();
      return switch (status) {
        case 200 -> Opinion.UP;
        case 503 -> Opinion.DOWN;
        default -> Opinion.NONE;
      };
    } catch (HttpException _) {
      return Opinion.NONE;
    }
  }

  private Opinion ask(VantageConfig.Command vantage) throws InterruptedException {
    return exitOf(vantage.command(), vantage.timeout()).map(meaning::apply).orElse(Opinion.NONE);
  }

  /**
   * Runs one without a shell; empty if it can't be, or has not ended in time: then it is killed.
   */
  private static Optional<Integer> exitOf(ImmutableList<String> command, Duration timeout)
      throws InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    ProgramEnvironment.reduce(builder);
    Process process;
    try {
      process = builder.start();
    } catch (IOException _) {
      return Optional.empty();
    }
    try {
      boolean ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return ended ? Optional.of(process.exitValue()) : Optional.empty();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static Opinion ofExit(int code) {
    return switch (code) {
      case 0 -> Opinion.UP;
      case 1 -> Opinion.DOWN;
      default -> Opinion.NONE;
    };
  }
}
