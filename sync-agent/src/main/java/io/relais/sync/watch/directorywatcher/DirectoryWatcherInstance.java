package io.relais.sync.watch.directorywatcher;

import io.methvin.watcher.DirectoryChangeEvent;
import io.methvin.watcher.DirectoryChangeEvent.EventType;
import io.methvin.watcher.DirectoryChangeListener;
import io.methvin.watcher.DirectoryWatcher;
import io.relais.common.Faults;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;
import io.relais.sync.watch.GuardedListener;
import io.relais.sync.watch.WatchCoverage;
import io.relais.sync.watch.WatchedTree;
import io.relais.sync.watch.WatcherInstance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.helpers.NOPLogger;

/**
 * One life of a directory-watcher: it is never mended, only replaced by another.
 *
 * <p>It can't be trusted to say when it lost events (an overflow arrives as a
 * NullPointerException), so anything out of the ordinary is reported to {@code onTrouble}.
 */
final class DirectoryWatcherInstance implements WatcherInstance {
  private static final long CLOSE_SECONDS = 5;

  private final WatchedTree tree;
  private final WatchedSet watched = new WatchedSet();
  private final WatchCoverage watchCoverage;
  private final GuardedListener guardedListener;
  private final Consumer<String> onTrouble;
  private @Nullable DirectoryWatcher watcher;
  private CompletableFuture<Void> ended = new CompletableFuture<>();

  /** Whether running out of watches is news: a generation that began short of them knows. */
  private volatile boolean exhaustionIsNews;

  /** Whether every directory that there was at the start has been seen. */
  private volatile boolean started;

  private volatile boolean retired;

  /** What the audit before found missing; for the keeper's thread. */
  private Set<RelPath> missingBefore = Set.of();

  private DirectoryWatcherInstance(
      WatchedTree tree, GuardedListener guardedListener, Consumer<String> onTrouble) {
    this.tree = tree;
    this.guardedListener = guardedListener;
    this.onTrouble = onTrouble;
    this.watchCoverage = new WatchCoverage(tree, guardedListener, watched);
  }

  /** See {@link WatcherInstance.Opener}. */
  static DirectoryWatcherInstance open(
      WatchedTree tree,
      Set<RelPath> rejected,
      int budget,
      GuardedListener guardedListener,
      Consumer<String> onTrouble)
      throws IOException {
    DirectoryWatcherInstance generation =
        new DirectoryWatcherInstance(tree, guardedListener, onTrouble);
    try {
      generation.start(
          new WatchRegistrar(
              tree,
              generation.watched,
              generation.watchCoverage,
              rejected,
              budget,
              generation::leftOut));
      return generation;
    } catch (Throwable t) {
      generation.close();
      throw t;
    }
  }

  private void start(WatchRegistrar watchRegistrar) throws IOException {
    DirectoryWatcher built;
    try {
      built =
          DirectoryWatcher.builder()
              .path(tree.root())
              .fileHashing(false)
              .fileTreeVisitor(watchRegistrar)
              .listener(new Events())
              .logger(NOPLogger.NOP_LOGGER) // its own shows names as they are, unescaped
              .build();
    } catch (IOException e) {
      // No inotify instance: everything must be polled.
      tree.census(tree.root()).forEach(watchCoverage::leaveUnwatched);
      return;
    }
    watcher = built;
    ended = built.watchAsync(DirectoryWatcherInstance::startThread);
    if (ended.isCompletedExceptionally()) {
      throw startFailure();
    }
    if (!watchCoverage.isWatched(RelPath.ROOT) && !watchCoverage.isUnwatched(RelPath.ROOT)) {
      throw new IOException("can't watch " + ShellWord.shown(tree.root()));
    }
    exhaustionIsNews = !watchCoverage.isExhausted();
    started = true;
    var _ = ended.whenComplete((_, _) -> trouble("the watcher ended by itself"));
  }

  /** A directory came later and gets no watch: nobody else will say that it is there. */
  private void leftOut(RelPath path) {
    if (!started) {
      return;
    }
    guardedListener.changed(path);
    if (exhaustionIsNews && watchCoverage.isExhausted()) {
      trouble("inotify watches ran out");
    }
  }

  private void trouble(String reason) {
    if (!retired) {
      onTrouble.accept(reason);
    }
  }

  private static void startThread(Runnable loop) {
    Thread.ofPlatform().name("watch-events").daemon().start(loop);
  }

  private IOException startFailure() {
    Throwable cause = ended.exceptionNow();
    return cause instanceof UncheckedIOException && cause.getCause() instanceof IOException failure
        ? failure
        : new IOException("can't watch " + ShellWord.shown(tree.root()), cause);
  }

  @Override
  public WatchCoverage coverage() {
    return watchCoverage;
  }

  /**
   * One that is new may not be registered yet, so only what is missing a second time counts; it is
   * registered by a watcher that is built anew.
   */
  @Override
  public void audit(Set<RelPath> directories, Consumer<List<RelPath>> result) {
    Set<RelPath> missing =
        directories.stream().filter(this::isMissing).collect(Collectors.toCollection(TreeSet::new));
    List<RelPath> lost = missing.stream().filter(missingBefore::contains).toList();
    missingBefore = missing;
    result.accept(lost);
    if (!lost.isEmpty()) {
      trouble("directories were not watched");
    }
  }

  private boolean isMissing(RelPath directory) {
    return !watched.contains(directory) && !watchCoverage.isUnwatched(directory);
  }

  @Override
  public boolean isBlind() {
    return watcher == null;
  }

  /** As it is when no directory is left to watch. */
  @Override
  public boolean isDead() {
    return ended.isDone();
  }

  @Override
  public boolean tellsOfTheRootItself() {
    return false;
  }

  @Override
  public void close() {
    retired = true;
    if (watcher == null) {
      return;
    }
    try {
      watcher.close();
      ended.get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (IOException | ExecutionException | TimeoutException e) {
      // It is replaced because it misbehaves; its listener is shut or harmless.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Events implements DirectoryChangeListener {
    @Override
    public void onEvent(DirectoryChangeEvent event) {
      if (event.eventType() == EventType.OVERFLOW) {
        trouble("events were lost");
        return;
      }
      RelPath path = tree.relative(event.path());
      if (event.eventType() == EventType.DELETE) {
        watched.remove(path);
      }
      guardedListener.changed(path);
    }

    @Override
    public void onException(Exception e) {
      trouble(
          e instanceof NullPointerException
              ? "events were lost"
              : "watching failed: " + Faults.describe(e));
    }
  }
}
