package io.relais.sync.status;

import io.relais.sync.path.NativeNames;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The paths that could not be made equal, each with a backoff of its own. Pure: it is told the
 * time. For one thread.
 */
public final class PathProblems {
  /** Of paths that can't be read; they are words of the command. */
  private static final int MOST_NAMED = 3;

  private static final Duration FIRST = Duration.ofSeconds(2);
  private static final Duration LONGEST = Duration.ofMinutes(10);

  /** What is wrong with a file that changes while it is sent is over as soon as that is. */
  private static final Duration LONGEST_WHILE_CHANGING = Duration.ofSeconds(8);

  /** A file that changes while it is sent is simply sent again, this often. */
  private static final int CHANGES_TAKEN_CALMLY = 3;

  /**
   * More than this, from a disk that is full or a server that refuses all it is asked, would fill
   * the memory; the paths beyond are found again by comparing everything.
   */
  static final int MOST = 20_000;

  private final NavigableMap<RelPath, Problem> open = new TreeMap<>();
  private final Map<RelPath, Integer> changing = new HashMap<>();
  private final Set<RelPath> failedNow = new HashSet<>();

  /**
   * One path's trouble.
   *
   * @param why one line
   * @param relist whether the target must be listed to mend it
   * @param changing whether it is only that the file changed while it was sent
   */
  public record Problem(
      String why, int failures, Instant nextTry, boolean relist, boolean changing) {}

  private long missing;

  /** Paths that failed in this cycle and are not recorded by themselves. */
  private long beyond;

  /** Records a failure. */
  public void failed(RelPath path, String why, boolean relist, Instant now) {
    failed(path, why, relist, false, now);
  }

  private void failed(RelPath path, String why, boolean relist, boolean changing, Instant now) {
    if (open.size() < MOST || open.containsKey(path)) {
      record(path, why, relist, changing, now);
      return;
    }
    beyond++;
    if (!failedNow.contains(RelPath.ROOT)) {
      record(
          RelPath.ROOT,
          "more than %,d paths failed; those beyond are tried again with everything"
              .formatted(MOST),
          true,
          false,
          now);
    }
  }

  private void record(RelPath path, String why, boolean relist, boolean changing, Instant now) {
    Problem before = open.get(path);
    int failures = before == null ? 1 : before.failures() + 1;
    Instant nextTry = now.plus(wait(failures, changing));
    open.put(path, new Problem(why, failures, nextTry, relist, changing));
    failedNow.add(path);
  }

  private static Duration wait(int failures, boolean changing) {
    Duration doubled = FIRST.multipliedBy(1L << Math.min(failures - 1, 20));
    Duration longest = changing ? LONGEST_WHILE_CHANGING : LONGEST;
    return doubled.compareTo(longest) > 0 ? longest : doubled;
  }

  /** Records that a path is being tried: how that ends will be known later. */
  public void trying(RelPath path, Instant now) {
    open.computeIfPresent(
        path,
        (_, before) ->
            new Problem(
                before.why(),
                before.failures(),
                now.plus(wait(before.failures(), before.changing())),
                before.relist(),
                before.changing()));
  }

  /** Records that a path changed while it was sent; whether it may be tried again at once. */
  public boolean changed(RelPath path, String why, Instant now) {
    if (changing.merge(path, 1, Integer::sum) <= CHANGES_TAKEN_CALMLY) {
      return true;
    }
    failed(path, why, false, true, now);
    return false;
  }

  /** Ends a cycle: what it looked at and did not report again is fine. */
  public void endCycle(Predicate<RelPath> lookedAt) {
    open.keySet().removeIf(path -> !failedNow.contains(path) && lookedAt.test(path));
    failedNow.clear();
    beyond = 0;
  }

  /** How many paths failed in this cycle so far. */
  public long failedNow() {
    return failedNow.size() + beyond;
  }

  /** A path is in place. */
  public void solved(RelPath path) {
    changing.remove(path);
  }

  public Optional<Instant> nextTry() {
    return open.values().stream().map(Problem::nextTry).min(Instant::compareTo);
  }

  /** The paths whose time has come. */
  public Set<RelPath> due(Instant now, boolean relist) {
    Set<RelPath> due = new LinkedHashSet<>();
    open.forEach(
        (path, problem) -> {
          if (problem.relist() == relist && !problem.nextTry().isAfter(now)) {
            due.add(path);
          }
        });
    return due;
  }

  public NavigableMap<RelPath, Problem> all() {
    return open;
  }

  /** Takes how many entries are not at the target because of what is open. */
  public void missing(long entries) {
    missing = entries;
  }

  /** What was last taken; 0 where nothing is open. */
  public long missing() {
    return open.isEmpty() ? 0 : missing;
  }

  /**
   * How to let the agent read what it can't at the source: one line for all of it, with what to
   * type; empty if there is nothing.
   *
   * @param source the mirror's root
   * @param user whom the agent runs as
   */
  public static Optional<String> unreadableAdvice(
      Path source, Collection<RelPath> paths, String user) {
    if (paths.isEmpty()) {
      return Optional.empty();
    }
    String named =
        paths.stream()
            .limit(MOST_NAMED)
            .map(path -> ShellWord.shown(path.isRoot() ? source : at(source, path)))
            .collect(Collectors.joining(", "));
    boolean all = paths.size() <= MOST_NAMED;
    String words =
        all
            ? paths.stream()
                .map(path -> ShellWord.quote(at(source, path)))
                .collect(Collectors.joining(" "))
            : ShellWord.quote(source);
    return Optional.of(
        "the agent runs as %s, which may not read %s%s; run it as its service does, which may read everything (CAP_DAC_READ_SEARCH), or as an administrator, run: setfacl -R -m u:%s:rX %s"
            .formatted(
                user,
                named,
                all ? "" : " and %,d paths more".formatted(paths.size() - MOST_NAMED),
                user,
                words));
  }

  private static Path at(Path source, RelPath path) {
    return NativeNames.path(NativeNames.latin1(source), path);
  }
}
