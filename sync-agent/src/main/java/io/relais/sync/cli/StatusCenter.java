package io.relais.sync.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Joiner;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.systemd.SystemdNotifier;
import io.relais.sync.cli.Main.World;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.engine.MirrorState;
import io.relais.sync.engine.StatusBoard;
import io.relais.sync.transfer.Progress;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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

  @GuardedBy("this")
  private final Set<String> waitingFor = new HashSet<>();

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
    this.waitingFor.addAll(Settings.names(config));
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
    waitingFor.retainAll(names);
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
    if (!(state instanceof MirrorState.CatchingUp)) {
      display.end(mirror);
    }
    entries.put(mirror, StatusFile.entry(state, report, world.clock().instant()));
    writeSoon();
    memory.seen(state instanceof MirrorState.InSync);
    if (waitingFor.remove(mirror) && waitingFor.isEmpty()) {
      systemd.ready();
    }
    systemd.status(line());
  }

  @GuardedBy("this")
  private String line() {
    return Joiner.on("; ")
        .join(
            entries.entrySet().stream()
                .map(each -> each.getKey() + ": " + each.getValue().path("message").asText())
                .iterator());
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
