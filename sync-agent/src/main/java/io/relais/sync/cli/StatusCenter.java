package io.relais.sync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.systemd.SystemdNotifier;
import io.relais.sync.cli.Main.World;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.engine.MirrorState;
import io.relais.sync.engine.StatusBoard;
import io.relais.sync.target.Waiting;
import io.relais.sync.transfer.Progress;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where all mirrors show how they stand, and from where it goes on: to systemd (readiness after the
 * first scan of each, status line, watchdog), to {@code status.json}, and to whoever watches the
 * progress. Safe for use by many threads.
 */
final class StatusCenter implements StatusBoard, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusCenter.class);

  /** What changes within it is written once. */
  private static final long WRITE_MILLIS = 200;

  private static final long TICK_MILLIS = 200;

  private final World world;
  private final SystemdNotifier systemd;
  private final ProgressDisplay display;

  /** Takes nothing more once this is closed: what stands then has been written. */
  private final ScheduledExecutorService timer =
      new ScheduledThreadPoolExecutor(
          1,
          Thread.ofPlatform().daemon().name("status").factory(),
          new ThreadPoolExecutor.DiscardPolicy());

  @GuardedBy("this")
  private StatusFile file;

  @GuardedBy("this")
  private final Map<String, ObjectNode> entries = new TreeMap<>();

  /** What a mirror has been waiting for, where that is long. */
  @GuardedBy("this")
  private final Map<String, Waiting> waiting = new HashMap<>();

  @GuardedBy("this")
  private final Set<String> unready = new HashSet<>();

  private final RestingMemory memory = new RestingMemory(timer);

  @GuardedBy("this")
  private boolean writing;

  @GuardedBy("this")
  private boolean ticking;

  StatusCenter(AgentConfig config, World world, SystemdNotifier systemd) {
    this.world = world;
    this.systemd = systemd;
    this.file = new StatusFile(config);
    this.display = ProgressDisplay.fitting(world);
    this.unready.addAll(Settings.names(config));
    systemd.watchdogInterval().ifPresent(this::feedWatchdog);
  }

  private void feedWatchdog(Duration interval) {
    long half = interval.toMillis() / 2;
    var _ = timer.scheduleAtFixedRate(systemd::watchdog, 0, half, TimeUnit.MILLISECONDS);
  }

  /** Another configuration: mirrors that are no longer there are no longer shown. */
  synchronized void reconfigured(AgentConfig next) {
    file = new StatusFile(next);
    List<String> names = Settings.names(next);
    entries.keySet().retainAll(names);
    unready.retainAll(names);
    waiting.keySet().retainAll(names);
    writeSoon();
  }

  @Override
  public synchronized void transferring(String mirror, Progress progress) {
    display.begin(mirror, progress);
    if (!ticking) {
      ticking = true;
      tickSoon();
    }
  }

  private void tickSoon() {
    soon(this::tick, TICK_MILLIS);
  }

  private synchronized void tick() {
    ticking = display.tick();
    if (ticking) {
      tickSoon();
    }
  }

  private void soon(Runnable task, long millis) {
    var _ = timer.schedule(task, millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public synchronized void show(String mirror, MirrorState state, Report report) {
    if (!(state instanceof MirrorState.CatchingUp)
        && !report.alsoIs(MirrorState.Kind.CATCHING_UP)) {
      display.end(mirror);
    }
    Instant now = world.clock().instant();
    ObjectNode entry = StatusFile.entry(state, report, now);
    StatusFile.setWaiting(entry, waiting.get(mirror), now);
    entries.put(mirror, entry);
    writeSoon();
    memory.seen(state instanceof MirrorState.InSync);
    if (!state.isBeginning() && unready.remove(mirror) && unready.isEmpty()) {
      systemd.ready();
    }
    systemd.status(line());
  }

  @Override
  public synchronized void waiting(String mirror, @Nullable Waiting now) {
    if (now == null) {
      waiting.remove(mirror);
    } else {
      waiting.put(mirror, now);
    }
    ObjectNode entry = entries.get(mirror);
    if (entry != null) {
      StatusFile.setWaiting(entry, now, world.clock().instant());
      writeSoon();
      systemd.status(line());
    }
  }

  @GuardedBy("this")
  private String line() {
    List<String> lines = new ArrayList<>();
    for (String mirror : entries.keySet()) {
      lines.add(line(mirror));
    }
    return String.join("; ", lines);
  }

  @GuardedBy("this")
  private String line(String mirror) {
    Waiting now = waiting.get(mirror);
    ObjectNode entry = entries.get(mirror);
    return mirror
        + ": "
        + (entry == null ? "" : entry.path("message").asText())
        + (now == null ? "" : ", " + now.describe());
  }

  @GuardedBy("this")
  private void writeSoon() {
    if (!writing) {
      writing = true;
      soon(this::write, WRITE_MILLIS);
    }
  }

  private synchronized void write() {
    writing = false;
    try {
      file.write(entries);
    } catch (IOException e) {
      LOG.debug("the status file can't be written", e);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    display.close();
    write();
  }
}
