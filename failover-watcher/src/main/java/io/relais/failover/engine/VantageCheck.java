package io.relais.failover.engine;

import com.google.common.collect.ImmutableList;
import io.relais.failover.config.VantageConfig;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Asks others who look at production what they see. For any number of threads. */
final class VantageCheck {
  private static final String PASSED =
      "PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|SSH_AUTH_SOCK";

  private final ImmutableList<VantageConfig> vantages;
  private final HttpCaller http;

  VantageCheck(ImmutableList<VantageConfig> vantages, HttpCaller http) {
    this.vantages = vantages;
    this.http = http;
  }

  /** What one of them says. */
  enum Opinion {
    UP,
    DOWN,
    /** It gave no answer that counts. */
    NONE
  }

  /** One and its opinion. */
  record Said(String name, Opinion opinion) {}

  /** Asks all at once. */
  ImmutableList<Said> ask() throws InterruptedException {
    List<Callable<Said>> tasks =
        vantages.stream()
            .<Callable<Said>>map(vantage -> () -> new Said(vantage.name(), ask(vantage)))
            .toList();
    return Parallel.all(tasks);
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

  private static Opinion ask(VantageConfig.Command vantage) throws InterruptedException {
    Optional<Integer> exit = exitOf(vantage);
    return switch (exit.orElse(-1)) {
      case 0 -> Opinion.UP;
      case 1 -> Opinion.DOWN;
      default -> Opinion.NONE;
    };
  }

  private static Optional<Integer> exitOf(VantageConfig.Command vantage)
      throws InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(vantage.command())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    // Our own may hold credentials (OVH_*).
    builder.environment().keySet().removeIf(name -> !name.matches(PASSED));
    Process process;
    try {
      process = builder.start();
    } catch (IOException _) {
      return Optional.empty();
    }
    try {
      boolean ended = process.waitFor(vantage.timeout().toMillis(), TimeUnit.MILLISECONDS);
      return ended ? Optional.of(process.exitValue()) : Optional.empty();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
