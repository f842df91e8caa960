package io.relais.sync.watch;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.relais.sync.path.RelPath;
import io.relais.sync.watch.ChangeSource.Sign;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds hints back for as long as it makes sense, so that a file which is being written is read
 * once and not at every write, but one that is finished at once. A pure class: it knows no clock
 * and no thread. For one thread at a time.
 *
 * <pre>
 * hint                                     due
 * ---------------------------------------  ------------------------------------------------------
 * UNKNOWN, MADE, WRITTEN                   once it was quiet, or at the latest after max
 * ATTRIBUTES                               the same, but what waits already isn't put off by it
 * CLOSED, the entry is new since it waits  after a moment: it may be about to get its real name
 * CLOSED, else                             at once
 * a directory moved                        both names at once
 * a file moved that is new since it waits  both names at once: it has got its real name
 * another file moved                       both names once quiet: its old name may be filled again
 * CLOSED or moved, but often lately        once quiet, or after max
 * </pre>
 *
 * <p>Memory is bounded: with more paths than {@code capacity} it forgets them all and says that
 * everything may have changed.
 */
public final class Debouncer {
  /** A program renames a file it has just closed within a fraction of this. */
  private static final Duration NAMING = Duration.ofMillis(3);

  private final Duration quiet;
  private final @Nullable Duration max;
  private final int capacity;
  private final Heat heat;
  private final Map<RelPath, Waiting> waiting = new HashMap<>();

  /** When to look at a path, the next first; out of date where {@link Waiting#due} is later. */
  private final PriorityQueue<Turn> turns = new PriorityQueue<>(Comparator.comparing(Turn::at));

  private boolean everything;
  private Instant newest = Instant.MIN;

  /** What was hinted at most often of what waits; its path and how often. */
  private @Nullable RelPath busiest;

  private int busiestHints;

  /** When the oldest hint came of what waits. */
  private Instant heldSince = Instant.MIN;

  private record Turn(Instant at, RelPath path) {}

  private static final class Waiting {
    Instant first;
    Instant due;
    boolean made;
    int hints;

    Waiting(Instant first) {
      this.first = first;
      this.due = Instant.MAX;
    }
  }

  private Debouncer(Duration quiet, @Nullable Duration max, int capacity) {
    checkArgument(!quiet.isNegative(), "quiet delay %s is negative", quiet);
    checkArgument(
        max == null || max.compareTo(quiet) >= 0, "maximum delay %s is under %s", max, quiet);
    checkArgument(capacity > 0, "capacity %s", capacity);
    this.quiet = quiet;
    this.max = max;
    this.capacity = capacity;
    this.heat = new Heat(quiet.multipliedBy(2), quiet.multipliedBy(10));
  }

  /**
   * Each path waits by itself: as in the table above, but no longer than {@code max} after its
   * first hint.
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

  /** Takes a hint of which nothing more is known. */
  public void add(RelPath path, Instant now) {
    add(path, Sign.UNKNOWN, now);
  }

  /** Takes a hint. */
  public void add(RelPath path, Sign sign, Instant now) {
    see(now);
    if (everything) {
      put(RelPath.ROOT, patient(RelPath.ROOT, quiet, now));
      return;
    }
    Waiting known = waiting.get(path);
    Instant patient = patient(path, quiet, now);
    Instant due =
        switch (sign) {
          case UNKNOWN, MADE, WRITTEN -> patient;
          case ATTRIBUTES -> known == null ? patient : earlier(known.due, patient);
          case CLOSED -> {
            if (heat.rises(path, now)) {
              yield patient;
            }
            yield known != null && known.made ? earlier(now.plus(NAMING), patient) : now;
          }
        };
    put(path, due).made |= sign == Sign.MADE;
    checkCapacity(now);
  }

  /** Takes a hint at a path that is not to be looked at before {@code wait} is over. */
  public void addLater(RelPath path, Duration wait, Instant now) {
    see(now);
    RelPath at = everything ? RelPath.ROOT : path;
    put(at, patient(at, wait.compareTo(quiet) > 0 ? wait : quiet, now));
    checkCapacity(now);
  }

  /** Something was moved: both names are due together. */
  public void addMove(RelPath from, RelPath to, boolean directory, Instant now) {
    Waiting known = everything ? null : waiting.get(from);
    boolean settled = directory || (known != null && known.made);
    boolean often = heat.rises(to, now);
    add(from, now);
    add(to, now);
    if (settled && !often && !everything) {
      put(from, now);
      put(to, now);
    }
  }

  private void checkCapacity(Instant now) {
    if (waiting.size() > capacity) {
      addEverything(now);
    }
  }

  /** Anything may have changed: replaces every path, and is due as one path would be. */
  public void addEverything(Instant now) {
    see(now);
    if (!everything) {
      Instant first =
          waiting.values().stream().map(path -> path.first).min(Instant::compareTo).orElse(now);
      everything = true;
      waiting.clear();
      turns.clear();
      forgetBusiest();
      waiting.put(RelPath.ROOT, new Waiting(first));
    }
    put(RelPath.ROOT, patient(RelPath.ROOT, quiet, now));
  }

  /** Whether there were too many paths, or {@link #addEverything}, since the last take. */
  public boolean overflowed() {
    return everything;
  }

  /**
   * What keeps everything waiting until it is quiet; empty if nothing waits, or if each path waits
   * by itself.
   */
  public Optional<Held> held() {
    if (max != null || waiting.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new Held(heldSince, Optional.ofNullable(busiest)));
  }

  /**
   * What waits for quiet.
   *
   * @param since when the oldest hint of it came
   * @param busiest what was hinted at most often since then; empty where everything may have
   *     changed
   */
  public record Held(Instant since, Optional<RelPath> busiest) {}

  /** When the first hint came of what waits longest; empty if nothing waits. Looks at all of it. */
  public Optional<Instant> oldest() {
    return waiting.values().stream().map(path -> path.first).min(Instant::compareTo);
  }

  /** How many paths wait; one where everything does. */
  public int size() {
    return waiting.size();
  }

  /** The paths that wait; the root where everything does. */
  public Set<RelPath> waiting() {
    return Set.copyOf(waiting.keySet());
  }

  /** When {@link #takeDue} will next have something to give; empty if nothing waits. */
  public Optional<Instant> nextDue() {
    if (waiting.isEmpty()) {
      return Optional.empty();
    }
    if (max == null) {
      return Optional.of(newest.plus(quiet));
    }
    dropOutdated();
    return Optional.of(turns.element().at());
  }

  /** Gives, once, what is due. */
  public Due takeDue(Instant now) {
    if (now.isBefore(newest)) {
      restart(now);
    }
    Set<RelPath> due = new HashSet<>();
    if (max == null) {
      if (!newest.plus(quiet).isAfter(now)) {
        due.addAll(waiting.keySet());
        waiting.clear();
        forgetBusiest();
      }
    } else {
      dropOutdated();
      while (!turns.isEmpty() && !turns.element().at().isAfter(now)) {
        RelPath path = turns.remove().path();
        waiting.remove(path);
        due.add(path);
        dropOutdated();
      }
    }
    if (everything && !due.isEmpty()) {
      everything = false;
      return Due.ALL;
    }
    return due.isEmpty() ? Due.NONE : new Due(due, false);
  }

  /** Sees to it that the first turn is one that still counts. */
  private void dropOutdated() {
    while (!turns.isEmpty()) {
      Turn turn = turns.element();
      Waiting path = waiting.get(turn.path());
      if (path != null && path.due.equals(turn.at())) {
        return;
      }
      turns.remove();
      if (path != null && path.due.isAfter(turn.at())) {
        turns.add(new Turn(path.due, turn.path()));
      }
    }
  }

  private Instant patient(RelPath path, Duration wait, Instant now) {
    if (max == null) {
      return now; // never asked for: all wait for the newest
    }
    Waiting known = waiting.get(path);
    Instant last = (known == null ? now : known.first).plus(max);
    return earlier(last, now.plus(wait));
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }

  /** Puts off or brings forward. Whoever is put off keeps the old turn, until that comes. */
  @CanIgnoreReturnValue
  private Waiting put(RelPath path, Instant due) {
    if (waiting.isEmpty()) {
      heldSince = newest;
    }
    Waiting at = waiting.computeIfAbsent(path, _ -> new Waiting(newest));
    at.hints++;
    if (max == null && !everything && at.hints > busiestHints) {
      busiest = path;
      busiestHints = at.hints;
    }
    if (max != null && due.isBefore(at.due)) {
      turns.add(new Turn(due, path));
    }
    at.due = due;
    return at;
  }

  private void forgetBusiest() {
    busiest = null;
    busiestHints = 0;
  }

  private void see(Instant now) {
    if (now.isBefore(newest)) {
      restart(now);
    }
    newest = now;
  }

  /** The clock was set back: what waits would wait until it has caught up, so it begins again. */
  private void restart(Instant now) {
    newest = now;
    turns.clear();
    waiting.forEach(
        (path, at) -> {
          at.first = now;
          at.due = Instant.MAX;
        });
    heldSince = now;
    Set.copyOf(waiting.keySet()).forEach(path -> put(path, patient(path, quiet, now)));
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
