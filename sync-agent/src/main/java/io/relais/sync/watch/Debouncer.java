package io.relais.sync.watch;

import static com.google.common.base.Preconditions.checkArgument;

import io.relais.sync.plan.RelPath;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds hints back until their paths have been quiet for a while, so that a file which is being
 * written is read once and not at every write. A pure class: it knows no clock and no thread. For
 * one thread at a time.
 *
 * <p>Memory is bounded: with more paths than {@code capacity} it forgets them all and says that
 * everything may have changed.
 */
public final class Debouncer {
  private final Duration quiet;
  private final @Nullable Duration max;
  private final int capacity;

  /** The last hint for each path, the oldest first: each new hint moves its path to the end. */
  private final Map<RelPath, Instant> lastHints = new LinkedHashMap<>();

  /** The first hint for each path since it was taken, the oldest first. */
  private final Map<RelPath, Instant> firstHints = new LinkedHashMap<>();

  private boolean everything;
  private Instant newest = Instant.MIN;

  private Debouncer(Duration quiet, @Nullable Duration max, int capacity) {
    checkArgument(!quiet.isNegative(), "quiet delay %s is negative", quiet);
    checkArgument(
        max == null || max.compareTo(quiet) >= 0, "maximum delay %s is under %s", max, quiet);
    checkArgument(capacity > 0, "capacity %s", capacity);
    this.quiet = quiet;
    this.max = max;
    this.capacity = capacity;
  }

  /**
   * Each path waits by itself: until it was quiet for {@code quiet}, but no longer than {@code max}
   * after its first hint.
   */
  public static Debouncer perPath(Duration quiet, Duration max, int capacity) {
    return new Debouncer(quiet, max, capacity);
  }

  /**
   * Everything waits until no path at all was hinted at for {@code quiet}, however long that takes:
   * for a mirror that must not be read while it is written.
   */
  public static Debouncer wholeMirror(Duration quiet, int capacity) {
    return new Debouncer(quiet, null, capacity);
  }

  /** Takes a hint. */
  public void add(RelPath path, Instant now) {
    see(now);
    if (everything) {
      touch(RelPath.ROOT, now);
      return;
    }
    touch(path, now);
    if (lastHints.size() > capacity) {
      addEverything(now);
    }
  }

  /** Anything may have changed: replaces every path, and is due as one path would be. */
  public void addEverything(Instant now) {
    see(now);
    Instant first = everything || firstHints.isEmpty() ? now : oldest(firstHints);
    if (!everything) {
      everything = true;
      lastHints.clear();
      firstHints.clear();
      firstHints.put(RelPath.ROOT, first);
    }
    touch(RelPath.ROOT, now);
  }

  /** Whether there were too many paths, or {@link #addEverything}, since the last take. */
  public boolean overflowed() {
    return everything;
  }

  /** How many paths wait; one where everything does. */
  public int size() {
    return lastHints.size();
  }

  /** The paths that wait; the root where everything does. */
  public Set<RelPath> waiting() {
    return Set.copyOf(lastHints.keySet());
  }

  /** When {@link #takeDue} will next have something to give; empty if nothing waits. */
  public Optional<Instant> nextDue() {
    if (lastHints.isEmpty()) {
      return Optional.empty();
    }
    if (max == null) {
      return Optional.of(newest.plus(quiet));
    }
    Instant byQuiet = oldest(lastHints).plus(quiet);
    Instant byMax = oldest(firstHints).plus(max);
    return Optional.of(byQuiet.isBefore(byMax) ? byQuiet : byMax);
  }

  /** Gives, once, what is due. */
  public Due takeDue(Instant now) {
    if (now.isBefore(newest)) {
      restart(now);
    }
    Set<RelPath> due = new HashSet<>();
    if (max == null) {
      if (!newest.plus(quiet).isAfter(now)) {
        due.addAll(lastHints.keySet());
      }
    } else {
      takeUntil(lastHints, now.minus(quiet), due);
      takeUntil(firstHints, now.minus(max), due);
    }
    lastHints.keySet().removeAll(due);
    firstHints.keySet().removeAll(due);
    if (everything && !due.isEmpty()) {
      everything = false;
      return Due.ALL;
    }
    return due.isEmpty() ? Due.NONE : new Due(due, false);
  }

  private static void takeUntil(
      Map<RelPath, Instant> oldestFirst, Instant limit, Set<RelPath> due) {
    for (Map.Entry<RelPath, Instant> hint : oldestFirst.entrySet()) {
      if (hint.getValue().isAfter(limit)) {
        return;
      }
      due.add(hint.getKey());
    }
  }

  private void touch(RelPath path, Instant now) {
    lastHints.remove(path);
    lastHints.put(path, now);
    firstHints.putIfAbsent(path, now);
  }

  private void see(Instant now) {
    if (now.isBefore(newest)) {
      restart(now);
    }
    newest = now;
  }

  /** The clock was set back: what waits would wait until it has caught up, so it begins anew. */
  private void restart(Instant now) {
    newest = now;
    lastHints.replaceAll((path, old) -> now);
    firstHints.replaceAll((path, old) -> now);
  }

  private static Instant oldest(Map<RelPath, Instant> oldestFirst) {
    return oldestFirst.values().iterator().next();
  }

  /**
   * What is due.
   *
   * @param paths each may have changed, or something directly in it; empty if {@code everything}
   * @param everything anything may have changed
   */
  public record Due(Set<RelPath> paths, boolean everything) {
    static final Due NONE = new Due(Set.of(), false);
    static final Due ALL = new Due(Set.of(), true);

    public Due {
      paths = Set.copyOf(paths);
    }

    /** Whether nothing is due. */
    public boolean isEmpty() {
      return paths.isEmpty() && !everything;
    }
  }
}
