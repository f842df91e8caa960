package io.relais.loopback;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Counts what the backup is asked, and makes it fail where a test wants that. For many threads. */
final class Faults {
  private final Map<Operation, Long> counts = new ConcurrentHashMap<>();
  private final Map<Operation, Predicate<String>> failing = new ConcurrentHashMap<>();
  private volatile Set<String> withheld = Set.of();
  private volatile @Nullable Tampering tampering;

  /** Held for reading while a request is carried out. */
  private final ReentrantReadWriteLock carryingOut = new ReentrantReadWriteLock(true);

  Lock carryingOut() {
    return carryingOut.readLock();
  }

  Lock betweenRequests() {
    return carryingOut.writeLock();
  }

  void fail(Operation operation, Predicate<String> path) {
    failing.put(operation, path);
  }

  /** The extensions that the backup does without. */
  Set<String> withheld() {
    return withheld;
  }

  void withhold(Set<String> extensions) {
    withheld = Set.copyOf(extensions);
  }

  @Nullable Tampering tampering() {
    return tampering;
  }

  void tamper(Tampering with) {
    tampering = with;
  }

  void heal() {
    withheld = Set.of();
    tampering = null;
    failing.clear();
  }

  long count(Operation operation) {
    return counts.getOrDefault(operation, 0L);
  }

  /** Called before each operation; the path is the client's, absolute, one character a byte. */
  void before(Operation operation, String path) throws IOException {
    counts.merge(operation, 1L, Long::sum);
    Predicate<String> fails = failing.get(operation);
    if (fails != null && fails.test(path)) {
      throw new IOException("made to fail: " + operation);
    }
  }
}
