package io.relais.failover.e2e;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Trials that mostly wait, and so are made beside each other; each is a test of its own. */
final class Trials<K> implements AutoCloseable {
  private static final int SIDE_BY_SIDE = 3;

  private final ExecutorService threads = Executors.newFixedThreadPool(SIDE_BY_SIDE);
  private final Map<K, Future<?>> results = new LinkedHashMap<>();

  /** One trial. */
  @FunctionalInterface
  interface Body<K> {
    void run(K key) throws Exception;
  }

  /** Begins them all. */
  Trials(List<K> keys, Body<K> body) {
    for (K key : keys) {
      Future<?> result =
          threads.submit(
              () -> {
                body.run(key);
                return key;
              });
      results.put(key, result);
    }
  }

  /** Waits for one; throws what it threw. */
  void require(K key) throws Throwable {
    try {
      Objects.requireNonNull(results.get(key)).get();
    } catch (ExecutionException e) {
      throw e.getCause();
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
