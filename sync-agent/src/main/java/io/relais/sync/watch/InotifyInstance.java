package io.relais.sync.watch;

import io.relais.common.Faults;
import io.relais.sync.linux.Inotify;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;
import io.relais.sync.watch.ChangeSource.Sign;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One life of an inotify instance, with all the watches of a tree. */
final class InotifyInstance implements WatcherInstance {
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

  private final WatchedTree tree;
  private final WatchTable table = new WatchTable();
  private final WatchCoverage watchCoverage;
  private final GuardedListener guardedListener;
  private final Consumer<String> onTrouble;
  private @Nullable Inotify inotify;
  private @Nullable InotifyDrain drain;
  private @Nullable Thread thread;
  private @Nullable WatchReconciler reconciler;
  private @Nullable InotifyEvents events;

  /** Whether running out of watches is news: a generation that began short of them knows. */
  private volatile boolean exhaustionIsNews;

  /** Whether every directory that there was at the start has been seen. */
  private volatile boolean started;

  private volatile boolean retired;

  private InotifyInstance(
      WatchedTree tree, GuardedListener guardedListener, Consumer<String> onTrouble) {
    this.tree = tree;
    this.guardedListener = guardedListener;
    this.onTrouble = onTrouble;
    this.watchCoverage = new WatchCoverage(tree, guardedListener, table);
  }

  /** See {@link WatcherInstance.Opener}. */
  static InotifyInstance open(
      WatchedTree tree,
      Set<RelPath> rejected,
      int budget,
      GuardedListener guardedListener,
      Consumer<String> onTrouble)
      throws IOException {
    InotifyInstance generation = new InotifyInstance(tree, guardedListener, onTrouble);
    try {
      generation.start(rejected, budget);
      return generation;
    } catch (Throwable t) {
      generation.close();
      throw t;
    }
  }

  private void start(Set<RelPath> rejected, int budget) throws IOException {
    Inotify opened;
    try {
      opened = Inotify.open();
    } catch (IOException e) {
      // Everything must be polled.
      tree.census(tree.root()).forEach(watchCoverage::leaveUnwatched);
      return;
    }
    inotify = opened;
    InotifyDrain draining = new InotifyDrain(opened);
    drain = draining;
    WatchReconciler reconciling =
        new WatchReconciler(opened, tree, table, watchCoverage, rejected, budget, new Reports());
    reconciler = reconciling;
    reconciling.start();
    if (!watchCoverage.isWatched(RelPath.ROOT) && !watchCoverage.isUnwatched(RelPath.ROOT)) {
      throw new IOException("can't watch " + ShellWord.shown(tree.root()));
    }
    exhaustionIsNews = !watchCoverage.isExhausted();
    started = true;
    InotifyEvents handling =
        new InotifyEvents(table, watchCoverage, reconciling, guardedListener, this::trouble);
    events = handling;
    thread = Thread.ofPlatform().name("watch-events").daemon().start(() -> run(handling, draining));
  }

  private void run(InotifyEvents handling, InotifyDrain draining) {
    try {
      handling.handleAll(draining);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      trouble("watching failed: " + Faults.describe(e));
    } finally {
      trouble("the watcher ended by itself");
    }
  }

  private void trouble(String reason) {
    if (!retired) {
      onTrouble.accept(reason);
    }
  }

  private final class Reports implements WatchReconciler.Reports {
    @Override
    public void isNew(RelPath directory) {
      if (started) {
        guardedListener.changed(directory, Sign.UNKNOWN);
      }
    }

    /** It came later: nobody else will say that it is there. */
    @Override
    public void leftOut(RelPath directory) {
      if (!started) {
        return;
      }
      guardedListener.changed(directory, Sign.UNKNOWN);
      if (exhaustionIsNews && watchCoverage.isExhausted()) {
        trouble("inotify watches ran out");
      }
    }

    @Override
    public boolean isOver() {
      return retired;
    }
  }

  @Override
  public WatchCoverage coverage() {
    return watchCoverage;
  }

  @Override
  public void audit(Set<RelPath> directories, Consumer<List<RelPath>> result) {
    if (inotify != null && drain != null && reconciler != null && events != null) {
      events.add(
          new WatchAudit(inotify, tree, table, watchCoverage, reconciler, directories, result));
      drain.nudge();
    }
  }

  /** What a test makes defects in. */
  WatchTable table() {
    return table;
  }

  @Override
  public boolean isBlind() {
    return inotify == null;
  }

  @Override
  public boolean isDead() {
    return thread != null && !thread.isAlive();
  }

  @Override
  public boolean tellsOfTheRootItself() {
    return watchCoverage.isWatched(RelPath.ROOT);
  }

  @Override
  public void close() {
    retired = true;
    if (inotify == null || drain == null) {
      return;
    }
    inotify.wake();
    try {
      boolean ended = drain.join(CLOSE_PATIENCE);
      ended &= thread == null || thread.join(CLOSE_PATIENCE);
      if (ended) {
        inotify.close(); // else somebody could still use its numbers for another file
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
