package io.relais.sync.watch;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.Futures;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;
import io.relais.sync.source.SourcePath;
import io.relais.sync.watch.WatcherInstance.WatchMethod;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches a directory with one {@link WatcherInstance} after the other, and makes up for what those
 * don't tell: lost events, a root that was replaced, too few watches. Its only answer to trouble is
 * to open a new one and to ask for a scan of everything.
 *
 * <p>Symlinks are not followed: what changes behind one is seen by the full scan only.
 */
public final class WatchSupervisor implements ChangeSource {
  private static final Logger LOG = LoggerFactory.getLogger(WatchSupervisor.class);
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(5);

  /** While a guard is awake and events tell of all else, in case that one of them is wrong. */
  private static final Duration QUIET_INTERVAL = Duration.ofMinutes(1);

  /** Only hoped for when it is asked for, so not said until it is true. */
  private static final String INSTANCE_FREE = "an inotify instance is free again";

  private final ImmutableList<WatchMethod> methods;
  private final SourcePath source;
  private final Path root;
  private final Predicate<RelPath> excluded;
  private final Duration checkInterval;
  private final Duration pollInterval;
  private final int budget;
  private final RebuildBackoff pace = new RebuildBackoff();
  private final ScheduledExecutorService keeper =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("watch-keeper").daemon().factory());

  /** Why the watcher is to be rebuilt, while that waits for its turn. */
  private final AtomicReference<@Nullable String> pending = new AtomicReference<>();

  private volatile boolean closing;
  private volatile @Nullable GuardedListener guardedListener;

  /** Null where there is none, or before the start. */
  private volatile @Nullable RootWatch guard;

  @GuardedBy("this")
  private @Nullable WatcherInstance watcherInstance;

  /** Null while the root is gone. */
  @GuardedBy("this")
  private SourcePath.@Nullable ResolvedRoot rootState;

  /** What was mounted in the tree when its watches were made. */
  @GuardedBy("this")
  private ImmutableSet<String> mounts = ImmutableSet.of();

  @GuardedBy("this")
  private Future<?> nextCheck = Futures.immediateVoidFuture();

  @GuardedBy("this")
  private WatchLimits limits = WatchLimits.read();

  /**
   * Makes a source that watches nothing yet.
   *
   * @param methods what to watch with: each is tried if none before it can be used here. Where none
   *     can, all directories are looked at from time to time instead
   * @param source the directory
   * @param excluded tells which directories to leave out with all that they hold; called from
   *     threads of this source
   * @param pollInterval how often directories are hinted at for which no watch is left
   */
  public WatchSupervisor(
      List<WatchMethod> methods,
      SourcePath source,
      Predicate<RelPath> excluded,
      Duration pollInterval) {
    this(methods, source, excluded, pollInterval, CHECK_INTERVAL, Integer.MAX_VALUE);
  }

  /**
   * The same.
   *
   * @param checkInterval how often to look whether the root is still the same, while no event would
   *     tell
   * @param budget how many directories to watch at most
   */
  public WatchSupervisor(
      List<WatchMethod> methods,
      SourcePath source,
      Predicate<RelPath> excluded,
      Duration pollInterval,
      Duration checkInterval,
      int budget) {
    this.methods = ImmutableList.copyOf(methods);
    this.source = source;
    this.root = source.path();
    this.excluded = path -> closing || excluded.test(path);
    this.pollInterval = pollInterval;
    this.checkInterval = checkInterval;
    this.budget = budget;
  }

  @Override
  public void start(Listener listener) throws IOException {
    GuardedListener to = new GuardedListener(listener);
    guardedListener = to;
    // Before the look at the root, so that nothing happens between the two.
    guard = methods.getFirst().rootWatch().start(root, this::checkNow);
    boolean built = false;
    try {
      synchronized (this) {
        watcherInstance = build(to);
      }
      to.renewed();
      built = true;
    } finally {
      if (!built) {
        dropGuard();
      }
    }
    long nanos = pollInterval.toNanos();
    Future<?> _ =
        keeper.scheduleWithFixedDelay(() -> run(this::poll), nanos, nanos, TimeUnit.NANOSECONDS);
    planCheck();
  }

  /** On the guard's thread. */
  private void checkNow() {
    try {
      keeper.execute(this::checkAndPlan);
    } catch (RejectedExecutionException e) {
      // It is being closed.
    }
  }

  private void checkAndPlan() {
    run(this::check);
    planCheck();
  }

  private synchronized void planCheck() {
    nextCheck.cancel(false);
    try {
      nextCheck =
          keeper.schedule(this::checkAndPlan, untilNextCheck().toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // It is being closed.
    }
  }

  @GuardedBy("this")
  private Duration untilNextCheck() {
    RootWatch awake = guard;
    boolean eventsTell =
        awake != null
            && awake.seesAll()
            && rootState != null
            && watcherInstance != null
            && watcherInstance.tellsOfTheRootItself()
            && !watcherInstance.coverage().isAnyUnreadable();
    return eventsTell && checkInterval.compareTo(QUIET_INTERVAL) < 0
        ? QUIET_INTERVAL
        : checkInterval;
  }

  private interface Task {
    void run(GuardedListener guardedListener) throws IOException;
  }

  /** An executor drops a task that throws, and we would be blind without a word. */
  private void run(Task task) {
    GuardedListener to = guardedListener;
    if (closing || to == null) {
      return;
    }
    try {
      task.run(to);
    } catch (IOException | RuntimeException e) {
      LOG.error(
          "watching {} failed; this is a defect of the program, please report it",
          ShellWord.shown(root),
          e);
      requestRebuild("watching failed");
    }
  }

  @GuardedBy("this")
  private WatcherInstance build(GuardedListener to) throws IOException {
    SourcePath.ResolvedRoot state = source.find();
    limits = WatchLimits.read();
    mounts = MountTable.below(state.real(), MountTable.read());
    to.renewing();
    WatchedTree tree = new WatchedTree(state.real(), excluded);
    WatcherInstance built = open(tree, Set.of(), budget, to);
    if (built instanceof Blind && guard != null) {
      // It may have taken the last inotify instance, and the tree needs that more.
      dropGuard();
      built.close();
      built = open(tree, Set.of(), budget, to);
    }
    if (built instanceof Blind blind) {
      to.degraded(blind.problem());
    } else if (built.coverage().isExhausted()) {
      built = buildShort(tree, built, to);
    }
    rootState = state;
    return built;
  }

  /** Watches in the best way that can be used here; or in none. */
  @GuardedBy("this")
  private WatcherInstance open(
      WatchedTree tree, Set<RelPath> rejected, int most, GuardedListener to) throws IOException {
    List<String> refusals = new ArrayList<>();
    boolean limitReached = true;
    for (WatchMethod method : methods) {
      WatchAssignment assignment =
          new WatchAssignment(tree, rejected, most, to, this::requestRebuild);
      try {
        WatcherInstance opened = method.opener().open(assignment);
        requireRoot(opened);
        to.fallback(
            refusals.isEmpty()
                ? null
                : "%s is watched with %s, which notices changes a little later, since this is not possible with %s"
                    .formatted(ShellWord.shown(root), method.name(), String.join("; ", refusals)));
        return opened;
      } catch (WatcherInstance.UnavailableException e) {
        refusals.add("%s (%s)".formatted(method.name(), e.getMessage()));
        limitReached &= e.isLimitReached();
        if (limitReached) {
          break; // The others need an inotify instance too, and this one is worth waiting for.
        }
      }
    }
    to.fallback(null);
    WatchCoverage coverage = new WatchCoverage(tree, to, Blind.NOTHING);
    tree.census(tree.root()).forEach(coverage::leaveUnwatched);
    return new Blind(
        coverage,
        limitReached
            ? limits.instancesProblem(ShellWord.shown(root))
            : "%s can't be watched with %s; all directories are looked at from time to time instead"
                .formatted(ShellWord.shown(root), String.join(", nor with ", refusals)));
  }

  private void requireRoot(WatcherInstance opened) throws IOException {
    WatchCoverage coverage = opened.coverage();
    if (!coverage.isWatched(RelPath.ROOT) && !coverage.isUnwatched(RelPath.ROOT)) {
      opened.close();
      throw new IOException("can't watch " + ShellWord.shown(root));
    }
  }

  /**
   * Watches nothing: all is polled.
   *
   * @param problem why, for people
   */
  private record Blind(WatchCoverage coverage, String problem) implements WatcherInstance {
    static final WatchCoverage.Watched NOTHING =
        new WatchCoverage.Watched() {
          @Override
          public boolean contains(RelPath directory) {
            return false;
          }

          @Override
          public int size() {
            return 0;
          }
        };

    @Override
    public void audit(Set<RelPath> directories, Consumer<List<RelPath>> result) {}

    @Override
    public boolean isDead() {
      return false;
    }

    @Override
    public boolean tellsOfTheRootItself() {
      return false;
    }

    @Override
    public void close() {}
  }

  /** Builds it again with the watches that there are on the directories that need them most. */
  @GuardedBy("this")
  private WatcherInstance buildShort(WatchedTree tree, WatcherInstance first, GuardedListener to)
      throws IOException {
    int available = first.coverage().watchedCount();
    first.close();
    Map<RelPath, FileTime> all = tree.census(tree.root());
    Set<RelPath> rejected = new HashSet<>(all.keySet());
    rejected.removeAll(WatchLimits.choose(all, available));
    WatcherInstance built = open(tree, rejected, available, to);
    to.degraded(
        limits.watchesProblem(
            ShellWord.shown(root),
            built.coverage().watchedCount(),
            built.coverage().unwatchedCount()));
    return built;
  }

  private void requestRebuild(String reason) {
    GuardedListener to = guardedListener;
    if (closing || to == null) {
      return;
    }
    String before =
        pending.getAndUpdate(
            waiting -> waiting == null || waiting.equals(INSTANCE_FREE) ? reason : waiting);
    if (!reason.equals(INSTANCE_FREE)) {
      // At once, however long the rebuild has to wait; and after it is pending: see rebuild.
      to.doubtful(reason);
    }
    if (before != null) {
      return;
    }
    try {
      keeper.execute(this::scheduleRebuild);
    } catch (RejectedExecutionException e) {
      // It is being closed.
    }
  }

  /** On the keeper's thread, to which the pace belongs. */
  private void scheduleRebuild() {
    long delay = pace.next(Instant.now()).toNanos();
    Future<?> _ = keeper.schedule(() -> run(this::rebuild), delay, TimeUnit.NANOSECONDS);
  }

  private synchronized void rebuild(GuardedListener to) {
    String reason = pending.getAndSet(null);
    if (closing || reason == null) {
      return;
    }
    dropInstance();
    try {
      watcherInstance = build(to);
    } catch (IOException e) {
      LOG.debug("The watcher can't be built", e);
      sayGone(to);
      return;
    } finally {
      planCheck();
    }
    if (!(watcherInstance instanceof Blind) || !reason.equals(INSTANCE_FREE)) {
      to.rescan(reason);
    }
    // Only now, so that nobody takes the source for watched before everything is to be looked at.
    to.renewed();
    to.trusted(() -> pending.get() == null);
  }

  private synchronized void check(GuardedListener to) {
    SourcePath.ResolvedRoot now;
    try {
      now = source.find();
    } catch (IOException e) {
      dropInstance();
      sayGone(to);
      return;
    }
    if (rootState == null || watcherInstance == null) {
      requestRebuild("the watched directory is there again");
    } else if (!now.isSameDirectory(rootState)) {
      requestRebuild("the watched directory was replaced");
    } else if (!MountTable.below(now.real(), MountTable.read()).equals(mounts)) {
      requestRebuild("a file system was mounted or unmounted in the watched directory");
    } else if (watcherInstance.isDead()) {
      requestRebuild("the watcher ended by itself");
    } else if (watcherInstance.coverage().isAnyReadableAgain()) {
      requestRebuild("a directory became readable");
    } else if (!watcherInstance.tellsOfTheRootItself()
        && now.changedNanos() != rootState.changedNanos()) {
      rootState = now;
      to.changed(RelPath.ROOT);
    }
  }

  @Override
  public void audit(Set<RelPath> directories) {
    try {
      keeper.execute(() -> run(to -> audit(directories, to)));
    } catch (RejectedExecutionException e) {
      // It is being closed.
    }
  }

  private synchronized void audit(Set<RelPath> directories, GuardedListener to) {
    if (watcherInstance != null) {
      watcherInstance.audit(directories, lost -> to.audited(WatchAudit.problem(root, lost)));
    }
  }

  private synchronized void poll(GuardedListener to) throws IOException {
    if (watcherInstance == null) {
      return;
    }
    watcherInstance.coverage().poll();
    if (watcherInstance instanceof Blind) {
      requestRebuild(INSTANCE_FREE);
    } else if (watcherInstance.coverage().isExhausted()
        && WatchLimits.read().watches() > limits.watches()) {
      requestRebuild("the limit of inotify watches was raised");
    } else if (watcherInstance.coverage().isExhausted()
        && watcherInstance.coverage().unwatchedCount() == 0) {
      requestRebuild("there are inotify watches enough again");
    }
  }

  @GuardedBy("this")
  private void sayGone(GuardedListener to) {
    // Until it is watched again: a scan may see it there before this does.
    to.doubtful("the watched directory is gone or out of reach");
    if (rootState != null) {
      rootState = null;
      to.rescan("the watched directory is gone or out of reach");
    }
  }

  @GuardedBy("this")
  private void dropInstance() {
    if (watcherInstance != null) {
      watcherInstance.close();
      watcherInstance = null;
    }
  }

  @Override
  public void close() {
    closing = true;
    GuardedListener to = guardedListener;
    if (to != null) {
      to.close();
    }
    keeper.shutdownNow();
    dropGuard();
    synchronized (this) {
      dropInstance();
    }
  }

  private void dropGuard() {
    RootWatch awake = guard;
    guard = null;
    if (awake != null) {
      awake.close();
    }
  }

  /**
   * How long to wait before the watcher is rebuilt: not at all if that has been rare lately,
   * otherwise twice as long each time, so that a tree whose events always overflow is mostly left
   * to the scans. Pure; for one thread at a time.
   */
  static final class RebuildBackoff {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(1);

    private Instant last = Instant.MIN;
    private Duration wait = Duration.ZERO;

    /** The delay before the rebuild that is asked for now, which counts as made at its end. */
    Duration next(Instant now) {
      if (now.isBefore(last) || now.isAfter(last.plus(LONGEST))) {
        wait = Duration.ZERO;
      } else if (wait.isZero()) {
        wait = FIRST;
      } else {
        Duration doubled = wait.multipliedBy(2);
        wait = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
      }
      last = now.plus(wait);
      return wait;
    }
  }
}
