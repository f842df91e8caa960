package io.relais.sync.transfer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import io.relais.sync.plan.Phase;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.scan.SourceTree;
import io.relais.sync.target.SyncTarget;
import io.relais.sync.target.TargetException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a plan, phase by phase. Within a phase the steps of different paths run side by side; where
 * directories depend on one another, one level of the tree after the other.
 */
public final class PlanRunner {
  private static final Logger LOG = LoggerFactory.getLogger(PlanRunner.class);

  private final SyncTarget target;
  private final Parallel parallel;
  private final StepExecutor executor;

  /**
   * Prepares to run one plan.
   *
   * @param stopping turns true when everything under way is to be dropped
   * @param deltas for large files
   */
  public PlanRunner(
      SyncTarget target,
      SourceTree source,
      InstantSource clock,
      BooleanSupplier stopping,
      Progress progress,
      DeltaRules deltas) {
    this.target = target;
    this.parallel = new Parallel();
    this.executor = new StepExecutor(target, source, clock, stopping, progress, deltas);
  }

  /**
   * Runs all of it.
   *
   * @param leftovers temporary names that earlier runs left behind, to be removed on the way
   * @param results gets what became of each step, on the calling thread, as it comes
   * @throws io.relais.sync.target.TargetUnavailableException if the connection is lost; what was
   *     confirmed by then has been reported
   * @throws StoppedException if {@code stopping} turned true
   */
  public void run(Plan plan, List<RelPath> leftovers, Consumer<StepResult> results)
      throws IOException {
    for (Phase phase : Phase.values()) {
      switch (phase) {
        case DELETES -> clear(leftovers);
        case SETTLE -> clear(asides());
        case ADOPT, UNLOCK, DIRECTORIES, FILES, SYMLINKS -> {}
      }
      runPhase(phase, plan.phases().get(phase), results);
    }
  }

  /**
   * Runs it so that what is visible at the target changes in one step: everything is sent first,
   * and put in place only if nobody objects.
   *
   * @param objection asked once all is staged; a reason not to switch, and then everything staged
   *     is dropped and reported as changed; null to go on
   */
  public void runConsistently(
      Plan plan, List<RelPath> leftovers, Objection objection, Consumer<StepResult> results)
      throws IOException {
    ConsistentSwitch atOnce = new ConsistentSwitch(target, executor, objection);
    for (Phase phase : Phase.values()) {
      List<Step> steps = plan.phases().get(phase);
      switch (phase) {
        case FILES -> atOnce.stage(parallel, groupByPath(steps).values(), results);
        case SYMLINKS -> {
          atOnce.stage(parallel, groupByPath(steps).values(), results);
          atOnce.publish(results);
        }
        case ADOPT, UNLOCK, DIRECTORIES -> runPhase(phase, steps, results);
        case DELETES -> {
          clear(leftovers);
          if (!atOnce.wasRefused()) {
            runPhase(phase, steps, results);
          }
        }
        case SETTLE -> {
          clear(asides());
          runPhase(phase, steps, results);
        }
      }
    }
  }

  /** A last look before what was staged is put in place. */
  public interface Objection {
    /** Why it must not be, in one line; null if it may. */
    @Nullable String raise() throws IOException;
  }

  private void runPhase(Phase phase, List<Step> steps, Consumer<StepResult> results)
      throws IOException {
    switch (phase) {
      case ADOPT, FILES, SYMLINKS ->
          parallel.run(groupByPath(steps).values(), executor::execute, results);
      case UNLOCK, DIRECTORIES -> runLevels(steps, Comparator.naturalOrder(), results);
      case DELETES, SETTLE -> runLevels(steps, Comparator.reverseOrder(), results);
    }
  }

  private void runLevels(List<Step> steps, Comparator<Integer> order, Consumer<StepResult> results)
      throws IOException {
    Map<Integer, List<Step>> levels = new TreeMap<>(order);
    levels.putAll(group(steps, step -> depth(step.path())));
    for (List<Step> level : levels.values()) {
      parallel.run(groupByPath(level).values(), executor::execute, results);
    }
  }

  private static int depth(RelPath path) {
    return path.isRoot() ? 0 : 1 + (int) path.latin1().chars().filter(c -> c == '/').count();
  }

  private static SequencedMap<RelPath, List<Step>> groupByPath(List<Step> steps) {
    return group(steps, Step::path);
  }

  private static <K> SequencedMap<K, List<Step>> group(List<Step> steps, Function<Step, K> key) {
    SequencedMap<K, List<Step>> groups = new LinkedHashMap<>();
    for (Step step : steps) {
      groups.computeIfAbsent(key.apply(step), _ -> new ArrayList<>()).add(step);
    }
    return groups;
  }

  private List<RelPath> asides() {
    return ImmutableList.copyOf(Iterables.consumingIterable(executor.asides()));
  }

  /**
   * Leftovers go before what holds them is deleted; everything before the times of directories are
   * set, since this moves them.
   */
  private void clear(List<RelPath> temporaries) throws IOException {
    for (RelPath path : temporaries) {
      try {
        TreeRemover.remove(target, path);
      } catch (TargetException e) {
        // It stays under its temporary name, and is tried again when it is next listed.
        LOG.warn("a temporary name could not be removed: {}", e.getMessage());
      }
    }
  }
}
