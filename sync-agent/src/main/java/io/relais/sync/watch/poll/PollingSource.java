package io.relais.sync.watch.poll;

import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;
import io.relais.sync.source.SourcePath;
import io.relais.sync.watch.ChangeSource;
import io.relais.sync.watch.WatchedTree;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches a source, and looks from time to time at those parts of it that change without an event
 * ({@link SilentFileSystems}). A look compares the times of all directories that are known, which
 * tells what was made, removed or renamed; each tenth asks for a scan of everything there, since a
 * file that is written where it is moves no directory's time.
 *
 * <p>Where there is no such part it does nothing but pass on, and has no timer.
 */
public final class PollingSource implements ChangeSource {
  private static final Logger LOG = LoggerFactory.getLogger(PollingSource.class);

  /** Of so many looks one is at everything. */
  static final int FULL = 10;

  /**
   * A directory's time may be as old as its server's clock is coarse, and two changes may have one:
   * what changed so recently is looked at again.
   */
  private static final Duration COARSE = Duration.ofSeconds(2);

  private final ChangeSource source;
  private final SourcePath root;
  private final Predicate<RelPath> excluded;
  private final Optional<Duration> poll;
  private final Duration byDefault;
  private final ScheduledExecutorService poller =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("poller").daemon().factory());

  @GuardedBy("this")
  private @Nullable ScheduledFuture<?> looks;

  @GuardedBy("this")
  private @Nullable Listener listener;

  /** What is wrong by what watches. */
  @GuardedBy("this")
  private Set<String> problems = new LinkedHashSet<>();

  /** What is to be told of the file systems. */
  @GuardedBy("this")
  private ImmutableSet<String> told = ImmutableSet.of();

  /** Where to look, and what is told of it: nothing, if it is looked at by wish alone. */
  @GuardedBy("looking")
  private ImmutableMap<RelPath, String> places = ImmutableMap.of();

  @GuardedBy("looking")
  private final Map<RelPath, FileTime> directories = new HashMap<>();

  @GuardedBy("looking")
  private int turn;

  private final Object looking = new Object();

  /**
   * Makes what has not started yet.
   *
   * @param source what watches; closed with this
   * @param excluded as for {@code source}
   * @param poll how often to look; empty: every {@code byDefault}, and only at what changes without
   *     an event
   */
  public PollingSource(
      ChangeSource source,
      SourcePath root,
      Predicate<RelPath> excluded,
      Optional<Duration> poll,
      Duration byDefault) {
    this.source = source;
    this.root = root;
    this.excluded = excluded;
    this.poll = poll;
    this.byDefault = byDefault;
  }

  @Override
  public void start(Listener to) throws IOException {
    synchronized (this) {
      listener = to;
    }
    source.start(new Passing(to));
    find(); // Before anybody says how the source stands.
  }

  @Override
  public void audit(Set<RelPath> met) {
    source.audit(met);
  }

  /** Finds where to look; what is mounted may be another by now. */
  private void find() {
    synchronized (looking) {
      ImmutableMap<RelPath, String> now = found();
      if (now.equals(places)) {
        return;
      }
      places = now;
      begin();
      tell(now.values().stream().filter(line -> !line.isEmpty()).collect(toImmutableSet()));
      schedule(!now.isEmpty());
    }
  }

  private ImmutableMap<RelPath, String> found() {
    Path real;
    try {
      real = root.find().real();
    } catch (IOException e) {
      return ImmutableMap.of(); // What watches says so.
    }
    WatchedTree tree = new WatchedTree(real, excluded);
    ImmutableMap.Builder<RelPath, String> found = ImmutableMap.builder();
    SilentFileSystems.at(real)
        .forEach(
            (place, type) -> {
              RelPath path = tree.relative(place);
              if (path.ancestors().stream().noneMatch(tree::leavesOut) && !tree.leavesOut(path)) {
                found.put(
                    path,
                    SilentFileSystems.told(
                        path.isRoot() ? root.path() : place, type, poll.orElse(byDefault)));
              }
            });
    ImmutableMap<RelPath, String> silent = found.buildOrThrow();
    return poll.isPresent() && silent.isEmpty() ? ImmutableMap.of(RelPath.ROOT, "") : silent;
  }

  private synchronized void schedule(boolean wanted) {
    if (looks != null) {
      looks.cancel(false);
      looks = null;
    }
    if (wanted && listener != null) {
      long nanos = poll.orElse(byDefault).toNanos();
      looks = poller.scheduleWithFixedDelay(this::look, nanos, nanos, TimeUnit.NANOSECONDS);
    }
  }

  /** Learns the directories; what was changed before is for the scan that comes first. */
  @GuardedBy("looking")
  private void begin() {
    directories.clear();
    try {
      WatchedTree tree = tree();
      for (RelPath place : places.keySet()) {
        directories.putAll(tree.census(tree.absolute(place)));
      }
    } catch (IOException e) {
      away(e);
    }
  }

  private void look() {
    try {
      synchronized (looking) {
        if (++turn % FULL == 0) {
          begin();
          places.keySet().forEach(this::rescan);
        } else {
          compare(tree());
        }
      }
    } catch (IOException e) {
      away(e);
    } catch (RuntimeException e) {
      LOG.error(
          "looking at {} failed; this is a defect of the program, please report it",
          ShellWord.shown(root.path()),
          e);
    }
  }

  /** A server that can't be reached for a while is no reason to end. */
  private void away(IOException e) {
    LOG.debug("{} can't be looked at", ShellWord.shown(root.path()), e);
  }

  private WatchedTree tree() throws IOException {
    return new WatchedTree(root.find().real(), excluded);
  }

  @GuardedBy("looking")
  private void compare(WatchedTree tree) throws IOException {
    Instant recently = Instant.now().minus(COARSE);
    Map<RelPath, FileTime> found = new HashMap<>();
    for (Iterator<Map.Entry<RelPath, FileTime>> known = directories.entrySet().iterator();
        known.hasNext(); ) {
      Map.Entry<RelPath, FileTime> each = known.next();
      RelPath path = each.getKey();
      FileTime now;
      try {
        now = WatchedTree.attributes(tree.absolute(path)).lastModifiedTime();
      } catch (FileSystemException e) {
        known.remove();
        changed(path);
        continue;
      }
      if (!now.equals(each.getValue()) || now.toInstant().isAfter(recently)) {
        each.setValue(now);
        changed(path);
        tree.census(tree.absolute(path)).forEach(found::put);
      }
    }
    found.forEach(
        (path, modified) -> {
          if (directories.putIfAbsent(path, modified) == null) {
            changed(path);
          }
        });
  }

  private synchronized void changed(RelPath path) {
    if (listener != null) {
      listener.changed(path);
    }
  }

  private synchronized void rescan(RelPath place) {
    if (listener != null) {
      listener.rescan(place, "its file system does not tell of every change");
    }
  }

  private synchronized void tell(ImmutableSet<String> now) {
    if (listener != null && !now.equals(told)) {
      told = now;
      listener.degradedNow(all());
    }
  }

  @GuardedBy("this")
  private Set<String> all() {
    return Stream.concat(problems.stream(), told.stream()).collect(toImmutableSet());
  }

  @Override
  public void close() {
    synchronized (this) {
      listener = null;
    }
    poller.shutdownNow();
    source.close();
  }

  /** Adds to what is wrong; and where all is to be scanned, something else may be mounted. */
  private final class Passing extends ForwardingListener {
    Passing(Listener to) {
      super(to);
    }

    @Override
    public void degraded(String problem) {
      synchronized (PollingSource.this) {
        problems.add(problem);
      }
      super.degraded(problem);
    }

    @Override
    public void degradedNow(Set<String> now) {
      Set<String> all;
      synchronized (PollingSource.this) {
        problems = new LinkedHashSet<>(now);
        all = all();
      }
      super.degradedNow(all);
    }

    @Override
    public void rescan(RelPath place, String reason) {
      super.rescan(place, reason);
      try {
        poller.execute(PollingSource.this::find);
      } catch (RejectedExecutionException e) {
        // It is being closed.
      }
    }
  }
}
