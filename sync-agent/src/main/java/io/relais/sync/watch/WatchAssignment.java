package io.relais.sync.watch;

import io.relais.sync.path.RelPath;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a {@link WatcherInstance} is to watch, and where it reports, from its start until it is
 * retired. Thread-safe.
 */
public final class WatchAssignment {
  private final WatchedTree tree;
  private final Set<RelPath> rejected;
  private final int budget;
  private final GuardedListener guardedListener;
  private final Consumer<String> onTrouble;

  /** Whether running out of watches is news: an instance that began short of them knows. */
  private volatile boolean exhaustionIsNews;

  private volatile boolean started;
  private volatile boolean retired;

  /**
   * @param rejected directories to spend no watch on
   * @param budget how many directories to watch at most
   * @param onTrouble told why the instance must be replaced; called on the watcher's thread
   */
  WatchAssignment(
      WatchedTree tree,
      Set<RelPath> rejected,
      int budget,
      GuardedListener guardedListener,
      Consumer<String> onTrouble) {
    this.tree = tree;
    this.rejected = rejected;
    this.budget = budget;
    this.guardedListener = guardedListener;
    this.onTrouble = onTrouble;
  }

  public WatchedTree tree() {
    return tree;
  }

  public GuardedListener listener() {
    return guardedListener;
  }

  /** Directories to spend no watch on. */
  public Set<RelPath> rejected() {
    return rejected;
  }

  /** How many directories to watch at most. */
  public int budget() {
    return budget;
  }

  /** Every directory that there was at the start has been seen. */
  public void started(WatchCoverage coverage) {
    exhaustionIsNews = !coverage.isExhausted();
    started = true;
  }

  /** A directory was found: nobody else says that it is there, unless it was at the start. */
  void isNew(RelPath directory) {
    if (started) {
      guardedListener.changed(directory);
    }
  }

  /** The same for one that gets no watch. */
  public void leftOut(RelPath directory, WatchCoverage coverage) {
    isNew(directory);
    if (started && exhaustionIsNews && coverage.isExhausted()) {
      trouble("inotify watches ran out");
    }
  }

  /** The instance must be replaced. */
  public void trouble(String reason) {
    if (!retired) {
      onTrouble.accept(reason);
    }
  }

  /** Nobody is interested any longer. */
  public void retire() {
    retired = true;
  }

  boolean isRetired() {
    return retired;
  }
}
