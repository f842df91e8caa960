package io.relais.sync.transfer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import io.relais.sync.plan.Kind;
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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a plan, phase by phase. Within a phase the steps of different paths run side by side; where
 * directories depend on one another, one level of the tree after the other.
 */
public final class PlanRunner {
  /** Files that are sent at once, each on a thread of its own with a buffer of up to 128 KiB. */
  private static final int MOST_SIDE_BY_SIDE = 384;

  /** The same for what is one short request. */
  private static final int WIDTH_OF_REQUESTS = 2048;

  /** Bytes of a file that weigh as much as its name: a buffer of them is held for each. */
  private static final int BYTES_OF_A_PLACE = 16 << 10;

  private static final int SEARCH = 0100;
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
        case FILES -> atOnce.stage(parallel, filesSideBySide(), groupByPath(steps), results);
        case SYMLINKS -> {
          atOnce.stage(parallel, filesSideBySide(), groupByPath(steps), results);
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

  /**
   * Runs steps of different paths that don't depend on one another, uploads together; what goes
   * wrong with a path is in its result. For use by many threads.
   *
   * @throws io.relais.sync.target.TargetUnavailableException if the connection is lost
   * @throws StoppedException if {@code stopping} turned true
   */
  public List<StepResult> runSteps(List<Step> steps) throws IOException {
    List<Step.Upload> uploads = new ArrayList<>();
    List<StepResult> results = new ArrayList<>();
    for (Step step : steps) {
      if (step instanceof Step.Upload upload) {
        uploads.add(upload);
      } else {
        results.add(executor.execute(step));
      }
    }
    results.addAll(executor.executeTogether(uploads));
    return results;
  }

  private int filesSideBySide() {
    return Math.min(MOST_SIDE_BY_SIDE, target.filesAtOnce());
  }

  /** How much may be under way at once, as {@link #weight} counts it. */
  public int width() {
    return target.filesAtOnce();
  }

  /** Small files weigh 1 each, and none more than nine of them. */
  public static int weight(List<Step> steps) {
    int sum = steps.size();
    for (Step step : steps) {
      if (step instanceof Step.Upload upload) {
        sum +=
            (int)
                (Math.min(upload.source().size(), FileSender.LARGEST_TOGETHER) / BYTES_OF_A_PLACE);
      }
    }
    return sum;
  }

  /** Whether a step is best run together with others of its kind. */
  public static boolean goesTogether(Step step) {
    return step instanceof Step.Upload upload
        && upload.source().size() <= FileSender.LARGEST_TOGETHER;
  }

  private void runPhase(Phase phase, List<Step> steps, Consumer<StepResult> results)
      throws IOException {
    switch (phase) {
      case ADOPT -> steps.forEach(step -> results.accept(StepResult.Done.of(step)));
      case FILES -> parallel.run(groupByPath(steps), filesSideBySide(), executor::execute, results);
      case SYMLINKS -> runSideBySide(steps, results);
      case UNLOCK, DIRECTORIES -> runLevels(steps, Comparator.naturalOrder(), results);
      case DELETES -> {
        runSideBySide(only(steps, step -> !isDirectoryDelete(step)), results);
        runLevels(only(steps, PlanRunner::isDirectoryDelete), Comparator.reverseOrder(), results);
      }
      case SETTLE -> {
        runSideBySide(only(steps, step -> !locks(step)), results);
        runLevels(only(steps, PlanRunner::locks), Comparator.reverseOrder(), results);
      }
    }
  }

  private static List<Step> only(List<Step> steps, Predicate<Step> wanted) {
    return steps.stream().filter(wanted).toList();
  }

  private static boolean isDirectoryDelete(Step step) {
    return step instanceof Step.Delete(var _, Kind kind) && kind == Kind.DIRECTORY;
  }

  /** Whether a directory takes a mode that keeps its owner from what it holds. */
  private static boolean locks(Step step) {
    return switch (step) {
      case Step.SetAttributes(var _, var source) -> (source.mode() & SEARCH) == 0;
      case Step.Unlock(var _, int mode) -> (mode & SEARCH) == 0;
      default -> false;
    };
  }

  private void runSideBySide(List<Step> steps, Consumer<StepResult> results) throws IOException {
    parallel.run(groupByPath(steps), WIDTH_OF_REQUESTS, executor::execute, results);
  }

  private void runLevels(List<Step> steps, Comparator<Integer> order, Consumer<StepResult> results)
      throws IOException {
    Map<Integer, List<Step>> levels = new TreeMap<>(order);
    for (Step step : steps) {
      levels.computeIfAbsent(depth(step.path()), _ -> new ArrayList<>()).add(step);
    }
    for (List<Step> level : levels.values()) {
      runSideBySide(level, results);
    }
  }

  private static int depth(RelPath path) {
    return path.isRoot() ? 0 : 1 + (int) path.latin1().chars().filter(c -> c == '/').count();
  }

  /** A plan has the steps of one path one after the other. */
  private static List<List<Step>> groupByPath(List<Step> steps) {
    List<List<Step>> groups = new ArrayList<>(steps.size());
    int begin = 0;
    for (int end = 1; end <= steps.size(); end++) {
      if (end == steps.size() || !steps.get(end).path().equals(steps.get(begin).path())) {
        groups.add(steps.subList(begin, end));
        begin = end;
      }
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
