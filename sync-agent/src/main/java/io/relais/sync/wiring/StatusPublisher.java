package io.relais.sync.wiring;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.Faults;
import io.relais.common.systemd.SystemdNotifier;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.remote.RemoteWait;
import io.relais.sync.status.CopyReport;
import io.relais.sync.status.MirrorState;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.TransferProgress;
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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where all mirrors show how they stand, and from where it goes on: to systemd (readiness after the
 * first scan of each, status line, watchdog), to {@code status.json}, and to anybody who watches
 * the progress. Safe for use by many threads.
 */
public final class StatusPublisher implements StatusSink, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusPublisher.class);

  /** What changes within it is written once. */
  private static final long WRITE_MILLIS = 200;

  private static final long TICK_MILLIS = 200;

  /** Between two tries to write where that can't be done. */
  private static final long UNWRITTEN_MILLIS = 10_000;

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
  private final Map<String, Shown> entries = new TreeMap<>();

  /** The mirrors that the file last said to be in sync: that is taken back at once. */
  @GuardedBy("this")
  private Set<String> saidInSync = Set.of();

  /** What a mirror has shown, and when. */
  private record Shown(MirrorState state, Report report, Instant at) {}

  /** What a mirror has been waiting for, where that is long. */
  @GuardedBy("this")
  private final Map<String, RemoteWait> waiting = new HashMap<>();

  @GuardedBy("this")
  private final Map<String, CopyReport> copies = new HashMap<>();

  @GuardedBy("this")
  private final Set<String> unready = new HashSet<>();

  private final IdleHeapTrimmer memory = new IdleHeapTrimmer(timer);

  /** Held while the file is written, so that nobody who shows something waits for that. */
  private final Object writer = new Object();

  @GuardedBy("writer")
  private String told = "";

  /** Whether what was to be written last could not be. */
  @GuardedBy("writer")
  private boolean unwritten;

  @GuardedBy("this")
  private boolean writing;

  @GuardedBy("this")
  private boolean ticking;

  public StatusPublisher(AgentConfig config, World world, SystemdNotifier systemd) {
    this.world = world;
    this.systemd = systemd;
    this.file = new StatusFile(config);
    this.display = ProgressDisplay.fitting(world);
    this.unready.addAll(MirrorSettingsFactory.names(config));
    systemd.watchdogInterval().ifPresent(this::feedWatchdog);
  }

  private void feedWatchdog(Duration interval) {
    long half = interval.toMillis() / 2;
    var _ = timer.scheduleAtFixedRate(systemd::watchdog, 0, half, TimeUnit.MILLISECONDS);
  }

  /** Another configuration: mirrors that are no longer there are no longer shown. */
  public synchronized void reconfigured(AgentConfig next) {
    file = new StatusFile(next);
    List<String> names = MirrorSettingsFactory.names(next);
    entries.keySet().retainAll(names);
    unready.retainAll(names);
    waiting.keySet().retainAll(names);
    copies.keySet().retainAll(names);
    writeSoon();
  }

  @Override
  public synchronized void transferring(String mirror, TransferProgress transferProgress) {
    display.begin(mirror, transferProgress);
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
        && !report.alsoIs(MirrorState.Condition.CATCHING_UP)) {
      display.end(mirror);
    }
    entries.put(mirror, new Shown(state, report, world.clock().instant()));
    if (saidInSync.contains(mirror) && !state.kind().saysNothingWaits()) {
      saidInSync = Set.of();
      soon(this::write, 0);
    } else {
      writeSoon();
    }
    memory.seen(state instanceof MirrorState.InSync);
    if (!state.isBeginning() && unready.remove(mirror) && unready.isEmpty()) {
      systemd.ready();
    }
  }

  @Override
  public synchronized void waiting(String mirror, @Nullable RemoteWait now) {
    if (now == null) {
      waiting.remove(mirror);
    } else {
      waiting.put(mirror, now);
    }
    writeSoon();
  }

  @Override
  public synchronized void copy(String mirror, CopyReport report) {
    copies.put(mirror, report);
    writeSoon();
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
    RemoteWait now = waiting.get(mirror);
    Shown shown = entries.get(mirror);
    return mirror
        + ": "
        + (shown == null ? "" : shown.report().describe(shown.state()))
        + (now == null ? "" : ", " + now.describe());
  }

  @GuardedBy("this")
  private void writeSoon() {
    if (!writing) {
      writing = true;
      soon(this::write, WRITE_MILLIS);
    }
  }

  /** How the mirrors stand now, as the file has it. */
  public synchronized ObjectNode current() {
    Instant now = world.clock().instant();
    Map<String, ObjectNode> all = new TreeMap<>();
    entries.forEach(
        (mirror, shown) -> {
          ObjectNode entry = StatusFile.entry(shown.state(), shown.report(), shown.at());
          StatusFile.setWaiting(entry, waiting.get(mirror), now);
          StatusFile.setCopy(entry, copies.getOrDefault(mirror, CopyReport.NOTHING));
          all.put(mirror, entry);
        });
    return StatusFile.of(all);
  }

  /** What the file says is what systemd is told, and both at the same time. */
  private void write() {
    synchronized (writer) {
      StatusFile to;
      ObjectNode all;
      String line;
      synchronized (this) {
        writing = false;
        to = file;
        all = current();
        saidInSync =
            entries.entrySet().stream()
                .filter(each -> each.getValue().state().kind().saysNothingWaits())
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
        line = line();
      }
      writeDown(to, all);
      if (!line.equals(told)) {
        told = line;
        systemd.status(line);
      }
    }
  }

  @GuardedBy("writer")
  private void writeDown(StatusFile to, ObjectNode status) {
    try {
      to.write(status);
      if (unwritten) {
        LOG.info("{} is written again", to);
      }
      unwritten = false;
    } catch (IOException e) {
      if (!unwritten) {
        LOG.warn(
            "{} can't be written, and is removed, since it would no longer be true: {};"
                + " 'sync-agent status' still works",
            to,
            Faults.describe(e));
      }
      unwritten = true;
      soon(this::write, UNWRITTEN_MILLIS);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    display.close();
    write();
  }
}
