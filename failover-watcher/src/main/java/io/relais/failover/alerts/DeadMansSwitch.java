package io.relais.failover.alerts;

import io.relais.failover.config.WatcherConfig;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A dead man's switch: a URL that is asked for while all rounds come to an end, so that somebody
 * else can tell when they don't. The request goes out on a thread of its own. For one thread.
 */
public final class DeadMansSwitch {
  private static final Logger log = LoggerFactory.getLogger(DeadMansSwitch.class);
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Optional<WatcherConfig.Deadman> config;
  private final HttpCaller http;
  private Optional<Instant> last = Optional.empty();
  private Optional<Thread> request = Optional.empty();
  private volatile boolean failing;

  public DeadMansSwitch(Optional<WatcherConfig.Deadman> config, HttpCaller http) {
    this.config = config;
    this.http = http;
  }

  /** Pings, if it is time and the last ping has ended. */
  public void ping(Instant now) {
    if (config.isEmpty() || request.filter(Thread::isAlive).isPresent() || !due(now)) {
      return;
    }
    last = Optional.of(now);
    request =
        Optional.of(Thread.ofVirtual().name("dead man's switch").start(() -> send(config.get())));
  }

  private boolean due(Instant now) {
    return last.isEmpty()
        || last.get().isAfter(now)
        || Duration.between(last.get(), now).compareTo(config.orElseThrow().interval()) >= 0;
  }

  /** Waits for the ping under way: for runs that end at once. */
  public void await(Duration atMost) throws InterruptedException {
    if (request.isPresent()) {
      request.get().join(atMost);
    }
  }

  private void send(WatcherConfig.Deadman deadman) {
    try {
      report(ask(deadman, http).orElse(""));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Pings once, and waits for the answer: why it failed, without the URL; empty if it didn't. */
  public static Optional<String> ask(WatcherConfig.Deadman deadman, HttpCaller http)
      throws InterruptedException {
    try {
      URI url = URI.create(deadman.url().value());
      int status = http.send(HttpCall.of("GET", url, HttpLimits.within(LIMIT))).status();
      return status >= 200 && status < 300
          ? Optional.empty()
          : Optional.of("it answered " + status);
    } catch (HttpException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Logs only when it begins to fail and when that ends. */
  private void report(String failure) {
    if (!failure.isEmpty() && !failing) {
      log.warn("the dead man's switch can't be reached: {}", failure);
    } else if (failure.isEmpty() && failing) {
      log.info("the dead man's switch is reached again");
    }
    failing = !failure.isEmpty();
  }
}
