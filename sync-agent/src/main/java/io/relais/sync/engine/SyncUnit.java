package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.Faults;
import io.relais.sync.path.RelPath;
import io.relais.sync.watch.ChangeSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One source with all its mirrors: watched once, mirrored to each target by an owner thread of its
 * own. Safe for use by many threads.
 */
public final class SyncUnit {
  private static final Logger LOG = LoggerFactory.getLogger(SyncUnit.class);
  private static final Duration WATCH_RETRY = Duration.ofSeconds(5);

  private final String name;
  private final Supplier<ChangeSource> watches;
  private final ImmutableList<Mirror> mirrors;
  private final List<Thread> threads = new ArrayList<>();

  @GuardedBy("this")
  private @Nullable ChangeSource watch;

  @GuardedBy("this")
  private boolean stopped;

  /** Why it could not be watched the last time; for the thread that tries. */
  private @Nullable String toldWhy;

  /**
   * Assembles a unit; nothing runs yet.
   *
   * @param watches makes a new watch of the source, each time it has to be begun again
   */
  public SyncUnit(String name, Supplier<ChangeSource> watches, ImmutableList<Mirror> mirrors) {
    this.name = name;
    this.watches = watches;
    this.mirrors = mirrors;
  }

  /**
   * Starts to watch and to mirror, each in a thread of its own. The mirrors connect at once, which
   * takes about as long, but look at nothing before it is known whether changes will be heard of.
   *
   * @param crashed told of a defect that ended a mirror, from its thread
   */
  public synchronized void start(Consumer<Throwable> crashed) {
    Thread starter =
        Thread.ofPlatform()
            .name(name)
            .unstarted(
                () -> {
                  mirrors.forEach(Mirror::hold);
                  startMirrors(crashed);
                  boolean watching = false;
                  try {
                    watching = tryToWatch(() -> {});
                  } finally {
                    mirrors.forEach(Mirror::release);
                  }
                  if (!watching) {
                    watchLater();
                  }
                });
    starter.setDaemon(true);
    starter.start();
  }

  private synchronized void startMirrors(Consumer<Throwable> crashed) {
    if (stopped) {
      return;
    }
    for (Mirror mirror : mirrors) {
      Thread owner = Thread.ofPlatform().daemon().name(mirror.name()).unstarted(mirror);
      owner.setUncaughtExceptionHandler((thread, failure) -> crashed.accept(failure));
      threads.add(owner);
      owner.start();
    }
  }

  /**
   * @param begun called once it watches, before the mirrors rely on that
   */
  private boolean tryToWatch(Runnable begun) {
    ChangeSource source = watches.get();
    try {
      source.start(new FanOut(mirrors.stream().map(Mirror::listener).toList()));
    } catch (IOException e) {
      source.close();
      String why = Faults.withFile(e);
      if (!why.equals(toldWhy)) {
        toldWhy = why;
        LOG.warn("{}: can't watch the source yet: {}", name, why);
      }
      return false;
    }
    begun.run();
    mirrors.forEach(mirror -> mirror.watchedBy(source));
    synchronized (this) {
      if (stopped) {
        source.close();
      } else {
        watch = source;
      }
    }
    return true;
  }

  private void watchLater() {
    while (!isStopped()) {
      try {
        Thread.sleep(WATCH_RETRY);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      if (!isStopped() && tryToWatch(this::compareAll)) {
        return;
      }
    }
  }

  private void compareAll() {
    mirrors.forEach(mirror -> mirror.listener().rescan(RelPath.ROOT, "watching has begun"));
  }

  /** Passes on reports of copies whose content is wrong; whether it has such a mirror. */
  boolean suspect(String mirror, Set<RelPath> damaged, boolean compare) {
    for (Mirror each : mirrors) {
      if (each.name().equals(mirror)) {
        each.suspect(damaged, compare);
        return true;
      }
    }
    return false;
  }

  private synchronized boolean isStopped() {
    return stopped;
  }

  /** Asks everything to end soon. */
  public void stop() {
    ChangeSource watching;
    synchronized (this) {
      stopped = true;
      watching = watch;
      watch = null;
    }
    mirrors.forEach(Mirror::stop);
    if (watching != null) {
      watching.close();
    }
  }

  /** Waits for the mirrors to end; whether all did by {@code deadline}. */
  public boolean awaitEnd(Instant deadline) throws InterruptedException {
    List<Thread> running;
    synchronized (this) {
      running = List.copyOf(threads);
    }
    boolean ended = true;
    for (Thread thread : running) {
      Duration left = Duration.between(Instant.now(), deadline);
      ended &= thread.join(left.isNegative() ? Duration.ZERO : left);
    }
    return ended;
  }

  /** Hands each hint to every mirror of the source. */
  private record FanOut(List<ChangeSource.Listener> mirrors) implements ChangeSource.Listener {
    @Override
    public void changed(RelPath path, ChangeSource.Sign sign) {
      mirrors.forEach(mirror -> mirror.changed(path, sign));
    }

    @Override
    public void moved(RelPath from, RelPath to, boolean directory) {
      mirrors.forEach(mirror -> mirror.moved(from, to, directory));
    }

    @Override
    public void rescan(RelPath root, String reason) {
      mirrors.forEach(mirror -> mirror.rescan(root, reason));
    }

    @Override
    public void degradedNow(Set<String> problems) {
      mirrors.forEach(mirror -> mirror.degradedNow(problems));
    }

    @Override
    public void doubtful(@Nullable String why) {
      mirrors.forEach(mirror -> mirror.doubtful(why));
    }

    @Override
    public void fallback(@Nullable String why) {
      mirrors.forEach(mirror -> mirror.fallback(why));
    }

    @Override
    public void degraded(String problem) {
      mirrors.forEach(mirror -> mirror.degraded(problem));
    }

    @Override
    public void audited(@Nullable String defect) {
      mirrors.forEach(mirror -> mirror.audited(defect));
    }
  }
}
