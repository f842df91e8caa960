package io.relais.sync.engine;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.Faults;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.config.SyncConfig;
import io.relais.sync.index.IndexException;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All mirrors of one configuration, and the change from one configuration to the next. */
public final class Agent {
  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

  /** What SIGTERM leaves is five seconds; the rest is for the connections to close. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(4);

  private final Consumer<Throwable> crashed;

  @GuardedBy("this")
  private final Map<SyncConfig, Running> units = new LinkedHashMap<>();

  /** A unit, and who made it: its connections end with that one. */
  private record Running(SyncUnit unit, Assembler assembler) {}

  /** Makes units for one configuration; closing it ends its connections. */
  public interface Assembler extends AutoCloseable {
    /**
     * Makes a unit; nothing of it runs yet.
     *
     * @throws IOException if its state directory can't be used (the user's to mend)
     */
    SyncUnit assemble(SyncConfig sync) throws IOException;

    /** Whether a unit that {@code other} made goes on just as one of this would. */
    boolean isLike(Assembler other, SyncConfig sync);

    @Override
    void close();
  }

  /**
   * Prepares an agent.
   *
   * @param crashed told of a defect that ended a mirror
   */
  public Agent(Consumer<Throwable> crashed) {
    this.crashed = crashed;
  }

  /**
   * Starts all mirrors.
   *
   * @throws IOException if a state directory can't be used; what was begun is ended
   */
  public synchronized void start(AgentConfig config, Assembler assembler) throws IOException {
    boolean begun = false;
    try {
      for (SyncConfig sync : config.syncs()) {
        begin(sync, assembler);
      }
      begun = true;
    } finally {
      if (!begun) {
        stop();
        assembler.close();
      }
    }
  }

  @GuardedBy("this")
  private void begin(SyncConfig sync, Assembler assembler) throws IOException {
    SyncUnit unit = assembler.assemble(sync);
    units.put(sync, new Running(unit, assembler));
    unit.start(crashed);
  }

  /**
   * Goes over to another configuration: mirrors that are the same in both go on undisturbed, on
   * their connections. One that can't be begun does not keep the others from it.
   *
   * @return the mirrors that could not be begun, with the reason
   */
  public synchronized Map<String, String> reload(AgentConfig next, Assembler fresh) {
    List<SyncConfig> ending = new ArrayList<>();
    for (Map.Entry<SyncConfig, Running> each : units.entrySet()) {
      SyncConfig sync = each.getKey();
      if (!next.syncs().contains(sync) || !fresh.isLike(each.getValue().assembler(), sync)) {
        ending.add(sync);
      }
    }
    end(ending);
    Map<String, String> failed = new LinkedHashMap<>();
    for (SyncConfig sync : next.syncs()) {
      if (!units.containsKey(sync)) {
        try {
          begin(sync, fresh);
        } catch (IOException | IndexException e) {
          failed.put(sync.name(), Faults.withFile(e));
        }
      }
    }
    if (!assemblers().contains(fresh)) {
      fresh.close();
    }
    return failed;
  }

  /**
   * Passes on reports of copies whose content is wrong (see {@link Mirror#suspect}); whether there
   * is such a mirror.
   */
  public synchronized boolean suspect(String mirror, Set<RelPath> damaged, boolean compare) {
    return units.values().stream()
        .anyMatch(running -> running.unit().suspect(mirror, damaged, compare));
  }

  @GuardedBy("this")
  private Set<Assembler> assemblers() {
    return units.values().stream().map(Running::assembler).collect(Collectors.toSet());
  }

  @GuardedBy("this")
  private void end(List<SyncConfig> ending) {
    Instant deadline = Instant.now().plus(STOP_LIMIT);
    Set<Assembler> before = assemblers();
    Map<SyncConfig, Running> ended = new LinkedHashMap<>(units);
    ended.keySet().retainAll(ending);
    ended.values().forEach(each -> each.unit().stop());
    ended.forEach((sync, each) -> await(sync, each.unit(), deadline));
    units.keySet().removeAll(ending);
    before.removeAll(assemblers());
    before.forEach(Assembler::close);
  }

  private static void await(SyncConfig sync, SyncUnit unit, Instant deadline) {
    try {
      if (!unit.awaitEnd(deadline)) {
        LOG.warn("{}: did not end in time; its connection is cut", sync.name());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops everything, in less than five seconds: what is under way is finished or dropped. */
  public synchronized void stop() {
    end(List.copyOf(units.keySet()));
  }
}
