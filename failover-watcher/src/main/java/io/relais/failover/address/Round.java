package io.relais.failover.address;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Asks sources at once, under one deadline. */
final class Round {
  private Round() {}

  /**
   * What one source said.
   *
   * @param said the address, or why there is none
   */
  record Said(String source, Optional<InetAddress> address, String said) {
    @Override
    public String toString() {
      return source + ": " + said;
    }
  }

  /** Asks; a source that has not answered by the deadline is interrupted and not waited for. */
  static ImmutableList<Said> ask(List<AddressSource> sources, IpFamily family, Duration limit)
      throws InterruptedException {
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    try {
      List<Callable<InetAddress>> questions =
          sources.stream()
              .map(source -> (Callable<InetAddress>) () -> source.find(family))
              .toList();
      List<Future<InetAddress>> answers =
          threads.invokeAll(questions, limit.toNanos(), TimeUnit.NANOSECONDS);
      ImmutableList.Builder<Said> said = ImmutableList.builder();
      for (int i = 0; i < answers.size(); i++) {
        said.add(said(sources.get(i).name(), answers.get(i), limit));
      }
      return said.build();
    } finally {
      threads.shutdownNow();
    }
  }

  private static Said said(String source, Future<InetAddress> answer, Duration limit)
      throws InterruptedException {
    try {
      InetAddress address = answer.get();
      return new Said(source, Optional.of(address), InetAddresses.toAddrString(address));
    } catch (CancellationException e) {
      return new Said(source, Optional.empty(), "no answer within " + limit.toSeconds() + " s");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AddressException why) {
        return new Said(source, Optional.empty(), String.valueOf(why.getMessage()));
      }
      throw new IllegalStateException("a defect of the source " + source, e);
    }
  }

  static String describe(List<Said> said) {
    return said.stream().map(Said::toString).collect(joining("; "));
  }
}
