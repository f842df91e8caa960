package io.relais.sync.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.config.SyncConfig;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All mirrors of one configuration, and the change from one configuration to the next. */
public final class Agent {
  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

  /** What SIGTERM leaves is five seconds; the rest is for the connections to close. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(4);

  private final Consumer<Throwable> crashed;

  @GuardedBy("this")
  private final Map<SyncConfig, SyncUnit> units = new LinkedHashMap<>();

  @GuardedBy("this")
  private Assembler assembler;

  @GuardedBy("this")
  private AgentConfig config;

  /** Makes units for one configuration; closing it ends its connections. */
  public interface Assembler extends AutoCloseable {
    /**
     * Makes a unit; nothing of it runs yet.
     *
     * @throws IOException if its state directory can't be used (the user's to mend)
     */
    SyncUnit assemble(SyncConfig sync) throws IOException;

    @Override
    void close();
  }

  /**
   * Prepares an agent.
   *
   * @param crashed told of a defect that ended a mirror
   */
  public Agent(AgentConfig config, Assembler assembler, Consumer<Throwable> crashed) {
    this.config = config;
    this.assembler = assembler;
    this.crashed = crashed;
  }

  /** Starts all mirrors. */
  public synchronized void start() throws IOException {
    for (SyncConfig sync : config.syncs()) {
      begin(sync);
    }
  }

  @GuardedBy("this")
  private void begin(SyncConfig sync) throws IOException {
    SyncUnit unit = assembler.assemble(sync);
    units.put(sync, unit);
    unit.start(crashed);
  }

  /** Whether {@link #reload} with this configuration can keep the connections. */
  public synchronized boolean keepsConnections(AgentConfig next) {
    return next.ssh().equals(config.ssh())
        && next.stateDirectory().equals(config.stateDirectory())
        && next.fullScan().equals(config.fullScan());
  }

  /**
   * Goes over to another configuration: mirrors that are the same in both go on undisturbed.
   *
   * @param fresh an assembler for {@code next} if {@link #keepsConnections} said no; the old one is
   *     then closed
   */
  public synchronized void reload(AgentConfig next, Assembler fresh) throws IOException {
    boolean keep = keepsConnections(next);
    List<SyncConfig> ending = new ArrayList<>(units.keySet());
    if (keep) {
      ending.removeAll(next.syncs());
    }
    end(ending);
    if (!keep) {
      assembler.close();
      assembler = fresh;
    }
    config = next;
    for (SyncConfig sync : next.syncs()) {
      if (!units.containsKey(sync)) {
        begin(sync);
      }
    }
  }

  @GuardedBy("this")
  private void end(List<SyncConfig> ending) {
    Instant deadline = Instant.now().plus(STOP_LIMIT);
    ending.forEach(sync -> unit(sync).stop());
    for (SyncConfig sync : ending) {
      try {
        if (!unit(sync).awaitEnd(deadline)) {
          LOG.warn("{}: did not end in time; its connection is cut", sync.name());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    ending.forEach(units::remove);
  }

  @GuardedBy("this")
  private SyncUnit unit(SyncConfig sync) {
    SyncUnit unit = units.get(sync);
    if (unit == null) {
      throw new IllegalStateException("no unit " + sync.name());
    }
    return unit;
  }

  /** Stops everything, in less than five seconds: what is under way is finished or dropped. */
  public synchronized void stop() {
    end(List.copyOf(units.keySet()));
    assembler.close();
  }
}
