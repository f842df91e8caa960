package io.relais.sync.watch.directorywatcher;

import io.methvin.watcher.DirectoryChangeEvent;
import io.methvin.watcher.DirectoryChangeEvent.EventType;
import io.methvin.watcher.DirectoryChangeListener;
import io.methvin.watcher.DirectoryWatcher;
import io.methvin.watcher.visitor.FileTreeVisitor;
import io.relais.common.Faults;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;
import io.relais.sync.watch.WatchAssignment;
import io.relais.sync.watch.WatchCoverage;
import io.relais.sync.watch.WatchedTree;
import io.relais.sync.watch.WatcherInstance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.helpers.NOPLogger;

/**
 * One life of a directory-watcher: it is never repaired, only replaced by another.
 *
 * <p>It can't be trusted to say when it lost events (an overflow arrives as a
 * NullPointerException), so anything out of the ordinary is reported as trouble.
 */
public final class DirectoryWatcherInstance implements WatcherInstance {
  /**
   * Watches with io.methvin's library directory-watcher, and so with the JDK's WatchService: where
   * our own calls of inotify are not possible. It can't tell when a file is closed, so that its
   * hints wait for quiet.
   *
   * <p>Run the JVM with {@code -Djdk.nio.file.WatchService.maxEventsPerPoll=1000000}: with the
   * JDK's default of 512 a burst in one directory loses events, and each loss costs a full scan.
   */
  public static final WatchMethod METHOD =
      new WatchMethod(
          "directory-watcher", DirectoryWatcherInstance::open, (path, onChange) -> null);

  private static final long CLOSE_SECONDS = 5;

  private final WatchAssignment assignment;
  private final WatchedSet watched = new WatchedSet();
  private final WatchCoverage watchCoverage;
  private final DirectoryWatcher watcher;
  private CompletableFuture<Void> ended = new CompletableFuture<>();

  /** What the audit before found missing; for the keeper's thread. */
  private Set<RelPath> missingBefore = Set.of();

  private DirectoryWatcherInstance(WatchAssignment assignment) throws UnavailableException {
    this.assignment = assignment;
    this.watchCoverage = new WatchCoverage(assignment.tree(), assignment.listener(), watched);
    try {
      this.watcher =
          DirectoryWatcher.builder()
              .path(assignment.tree().root())
              .fileHashing(false)
              .fileTreeVisitor(new WatchRegistrar(assignment, watched, watchCoverage))
              .listener(new Events())
              .logger(NOPLogger.NOP_LOGGER) // its own shows names as they are, unescaped
              .build();
    } catch (IOException e) {
      // No other cause is known than that there is no inotify instance for it.
      throw new UnavailableException(Faults.describe(e), e, true);
    }
  }

  /** See {@link WatcherInstance.Opener}. */
  static DirectoryWatcherInstance open(WatchAssignment assignment) throws IOException {
    DirectoryWatcherInstance instance = new DirectoryWatcherInstance(assignment);
    try {
      instance.start();
      return instance;
    } catch (Throwable t) {
      instance.close();
      throw t;
    }
  }

  private void start() throws IOException {
    ended = watcher.watchAsync(DirectoryWatcherInstance::startThread);
    if (ended.isCompletedExceptionally()) {
      throw startFailure();
    }
    assignment.started(watchCoverage);
    var _ = ended.whenComplete((_, _) -> assignment.trouble("the watcher ended by itself"));
  }

  private static void startThread(Runnable loop) {
    Thread.ofPlatform().name("watch-events").daemon().start(loop);
  }

  private IOException startFailure() {
    Throwable cause = ended.exceptionNow();
    return cause instanceof UncheckedIOException && cause.getCause() instanceof IOException failure
        ? failure
        : new IOException("can't watch " + ShellWord.shown(assignment.tree().root()), cause);
  }

  @Override
  public WatchCoverage coverage() {
    return watchCoverage;
  }

  /**
   * One that is new may not be registered yet, so only what is missing a second time counts; it is
   * registered by a watcher that is built again.
   */
  @Override
  public void audit(Set<RelPath> directories, Consumer<List<RelPath>> result) {
    Set<RelPath> missing =
        directories.stream().filter(this::isMissing).collect(Collectors.toCollection(TreeSet::new));
    List<RelPath> lost = missing.stream().filter(missingBefore::contains).toList();
    missingBefore = missing;
    result.accept(lost);
    if (!lost.isEmpty()) {
      assignment.trouble("directories were not watched");
    }
  }

  private boolean isMissing(RelPath directory) {
    return !watched.contains(directory) && !watchCoverage.isUnwatched(directory);
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
    assignment.retire();
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
        assignment.trouble("events were lost");
        return;
      }
      RelPath path = assignment.tree().relative(event.path());
      if (event.eventType() == EventType.DELETE) {
        watched.remove(path);
      }
      assignment.listener().changed(path);
    }

    @Override
    public void onException(Exception e) {
      assignment.trouble(
          e instanceof NullPointerException
              ? "events were lost"
              : "watching failed: " + Faults.describe(e));
    }
  }

  /** Which directories are watched, as far as is known. Thread-safe. */
  static final class WatchedSet implements WatchCoverage.Watched {
    private final Set<RelPath> directories = ConcurrentHashMap.newKeySet();

    void add(RelPath directory) {
      directories.add(directory);
    }

    void remove(RelPath directory) {
      directories.remove(directory);
    }

    @Override
    public boolean contains(RelPath directory) {
      return directories.contains(directory);
    }

    @Override
    public int size() {
      return directories.size();
    }
  }

  /**
   * The walk by which directory-watcher registers directories, in place of its own, which gives up
   * where a directory vanishes or no watch is left. It calls back for directories only: a hint at a
   * directory covers the files in it.
   *
   * <p>For one thread at a time: the one that starts the watcher, then the watcher's own.
   */
  private static final class WatchRegistrar implements FileTreeVisitor {
    private final WatchAssignment assignment;
    private final DirectoryWatcherInstance.WatchedSet watched;
    private final WatchCoverage watchCoverage;
    private boolean started;

    WatchRegistrar(
        WatchAssignment assignment,
        DirectoryWatcherInstance.WatchedSet watched,
        WatchCoverage watchCoverage) {
      this.assignment = assignment;
      this.watched = watched;
      this.watchCoverage = watchCoverage;
    }

    @Override
    public void recursiveVisitFiles(Path start, Callback onDirectory, Callback onFile)
        throws IOException {
      if (!started) {
        // The first walk only collects which paths are directories, for a flag that we don't read.
        started = true;
        return;
      }
      assignment
          .tree()
          .walk(
              start,
              new WatchedTree.Visitor() {
                @Override
                public boolean enter(Path directory, RelPath path, FileTime modified)
                    throws IOException {
                  register(directory, path, modified, onDirectory);
                  return true;
                }

                @Override
                public void failed(RelPath path, FileSystemException cause) {
                  watchCoverage.failed(path, cause);
                }
              });
    }

    /**
     * Registers a directory, or, in the walk that follows a registration, has the watcher report it
     * as created.
     */
    private void register(Path directory, RelPath path, FileTime modified, Callback onDirectory)
        throws IOException {
      if (!watchCoverage.isWatched(path)
          && (isRefused(path) || watchCoverage.watchedCount() >= assignment.budget())) {
        leaveOut(path, modified);
        return;
      }
      try {
        onDirectory.call(directory);
        watched.add(path);
        watchCoverage.watch(path);
      } catch (FileSystemException e) {
        throw e;
      } catch (IOException e) {
        // The JDK throws a plain IOException for ENOSPC from inotify_add_watch(2), and only then.
        leaveOut(path, modified);
      }
    }

    private void leaveOut(RelPath path, FileTime modified) {
      watched.remove(path);
      watchCoverage.leaveUnwatched(path, modified);
      assignment.leftOut(path, watchCoverage);
    }

    private boolean isRefused(RelPath path) {
      return assignment.rejected().contains(path) || watchCoverage.isUnwatched(path);
    }
  }
}
