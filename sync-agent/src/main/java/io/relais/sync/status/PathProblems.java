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
import java.util.stream.Stream;

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
  private final Map<RelPath, Changes> changing = new HashMap<>();
  private final Set<RelPath> failedNow = new HashSet<>();

  /**
   * One path's trouble.
   *
   * @param why one line
   * @param since when it failed first
   * @param relist whether the target must be listed to fix it
   * @param changing whether it is only that the file changed while it was sent
   * @param superfluous whether it is only that something can't be deleted at the target: the copy
   *     lacks nothing because of it
   */
  public record Problem(
      String why,
      int failures,
      Instant since,
      Instant nextTry,
      boolean relist,
      boolean changing,
      boolean superfluous) {}

  /** A file that changed while it was sent: how often, and when first. */
  private record Changes(int count, Instant since) {}

  private long missing;

  /** Paths that failed in this cycle and are not recorded by themselves. */
  private long beyond;

  /** Records a failure. */
  public void failed(RelPath path, String why, boolean relist, Instant now) {
    failed(path, new Trouble(why, relist, false, false), now);
  }

  /** Records that something can't be deleted at the target. */
  public void notDeleted(RelPath path, String why, boolean relist, Instant now) {
    failed(path, new Trouble(why, relist, false, true), now);
  }

  private record Trouble(String why, boolean relist, boolean changing, boolean superfluous) {}

  private void failed(RelPath path, Trouble trouble, Instant now) {
    if (open.size() < MOST || open.containsKey(path)) {
      record(path, trouble, now);
      return;
    }
    beyond++;
    if (!failedNow.contains(RelPath.ROOT)) {
      record(
          RelPath.ROOT,
          new Trouble(
              "more than %,d paths failed; those beyond are tried again with everything"
                  .formatted(MOST),
              true,
              false,
              false),
          now);
    }
  }

  private void record(RelPath path, Trouble trouble, Instant now) {
    Problem before = open.get(path);
    int failures = before == null ? 1 : before.failures() + 1;
    Changes changes = trouble.changing() ? changing.get(path) : null;
    Instant since = before == null ? changes == null ? now : changes.since() : before.since();
    open.put(
        path,
        new Problem(
            trouble.why(),
            failures,
            since,
            now.plus(wait(failures, trouble.changing())),
            trouble.relist(),
            trouble.changing(),
            trouble.superfluous()));
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
                before.since(),
                now.plus(wait(before.failures(), before.changing())),
                before.relist(),
                before.changing(),
                before.superfluous()));
  }

  /** Records that a path changed while it was sent; whether it may be tried again at once. */
  public boolean changed(RelPath path, String why, Instant now) {
    Changes changes =
        changing.merge(
            path,
            new Changes(1, now),
            (before, _) -> new Changes(before.count() + 1, before.since()));
    if (changes.count() <= CHANGES_TAKEN_CALMLY) {
      return true;
    }
    failed(path, new Trouble(why, false, true, false), now);
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

  /** How many of them only can't be deleted at the target. */
  public long superfluous() {
    return open.values().stream().filter(Problem::superfluous).count();
  }

  /**
   * Since when something of the source is not at the target because it can't be; empty if all that
   * is wrong is that something can't be deleted there.
   */
  public Optional<Instant> since() {
    return Stream.concat(
            open.values().stream().filter(problem -> !problem.superfluous()).map(Problem::since),
            changing.values().stream().map(Changes::since))
        .min(Instant::compareTo);
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
