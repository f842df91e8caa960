package io.relais.sync.transfer;

import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import com.google.common.collect.Lists;
import io.relais.common.Faults;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Phase;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.PlanBuilder;
import io.relais.sync.plan.Step;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a plan, phase by phase. Within a phase the files are sent side by side; what is one request
 * each is asked for in an order that suits the tree, without waiting in between.
 */
public final class PlanRunner {
  /** Files that are sent at once, each on a thread of its own with a buffer of up to 128 KiB. */
  private static final int MOST_SIDE_BY_SIDE = 384;

  /** The same for what is one short request. */
  private static final int WIDTH_OF_REQUESTS = 2048;

  /** Bytes of a file that weigh as much as its name: a buffer of them is held for each. */
  private static final int BYTES_OF_A_PLACE = 16 << 10;

  private static final int SEARCH = 0100;
  private static final Comparator<Step> PARENTS_FIRST =
      Comparator.comparingInt(step -> depth(step.path()));
  private static final Comparator<Step> CHILDREN_FIRST = PARENTS_FIRST.reversed();
  private static final Logger LOG = LoggerFactory.getLogger(PlanRunner.class);

  private final SyncTarget target;
  private final StepExecutor executor;

  /**
   * Prepares to run one plan.
   *
   * @param stopping turns true when everything under way is to be dropped
   * @param deltas for large files
   * @param index what the target is known to have; asked by many threads
   * @param large what sends large files beside plans; null where nothing does
   */
  public PlanRunner(
      SyncTarget target,
      SourceTree source,
      InstantSource clock,
      BooleanSupplier stopping,
      TransferProgress transferProgress,
      DeltaRules deltas,
      PlanBuilder.Lookup index,
      @Nullable LargeUploads large) {
    this.target = target;
    this.executor =
        new StepExecutor(
            target,
            source,
            clock,
            stopping,
            transferProgress,
            deltas,
            new PathKindGuard(index),
            large);
  }

  /**
   * Runs all of it.
   *
   * @param leftovers temporary names that earlier runs left behind, to be removed on the way
   * @param results gets what became of each step, on the calling thread, as it comes
   * @throws io.relais.sync.remote.TargetUnavailableException if the connection is lost; what was
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
        case FILES -> atOnce.stage(groupByPath(steps), filesSideBySide(), results);
        case SYMLINKS -> {
          atOnce.stage(groupByPath(steps), filesSideBySide(), results);
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
   * Runs uploads and {@link #isRequest requests} of different paths that don't depend on one
   * another; what goes wrong with a path is in its result. For use by many threads.
   *
   * @throws io.relais.sync.remote.TargetUnavailableException if the connection is lost
   * @throws StoppedException if {@code stopping} turned true
   */
  public List<StepResult> runSteps(List<Step> steps) throws IOException {
    List<Step.Upload> uploads = new ArrayList<>();
    List<Step> requests = new ArrayList<>();
    List<StepResult> results = new ArrayList<>();
    for (Step step : steps) {
      if (step instanceof Step.Upload upload) {
        uploads.add(upload);
      } else {
        requests.add(step);
      }
    }
    executor.executeInOrder(requests, results::add);
    results.addAll(executor.executeTogether(uploads));
    return results;
  }

  /**
   * Whether everything above a step's path is a directory, by the index and by what this run has
   * done. Otherwise the step is refused, and nothing may be sent there.
   */
  public boolean isWithinDirectories(Step step) {
    return executor.isWithinDirectories(step);
  }

  private int filesSideBySide() {
    return Math.min(MOST_SIDE_BY_SIDE, target.capabilities().filesAtOnce());
  }

  /** How much may be under way at once, as {@link #weight} counts it. */
  public int width() {
    return target.capabilities().filesAtOnce();
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

  /** Whether a step is the upload of a small file, best run together with others. */
  public static boolean isSmallUpload(Step step) {
    return step instanceof Step.Upload upload
        && upload.source().size() <= FileSender.LARGEST_TOGETHER;
  }

  /** Whether a step is one short request, best sent together with others. */
  public static boolean isRequest(Step step) {
    return StepExecutor.isRequest(step);
  }

  private void runPhase(Phase phase, List<Step> steps, Consumer<StepResult> results)
      throws IOException {
    switch (phase) {
      case ADOPT -> steps.forEach(step -> results.accept(StepResult.Done.of(step)));
      case FILES -> runSideBySide(steps, filesSideBySide(), results);
      case SYMLINKS -> runSideBySide(steps, WIDTH_OF_REQUESTS, results);
      case UNLOCK -> runInOrder(sorted(steps, PARENTS_FIRST), results);
      case DIRECTORIES -> {
        if (steps.stream().allMatch(StepExecutor::isRequest)) {
          runInOrder(sorted(steps, PARENTS_FIRST), results);
        } else {
          runLevels(steps, results);
        }
      }
      case DELETES -> {
        Comparator<Step> filesFirst = Comparator.comparing(PlanRunner::isDirectoryDelete);
        runInOrder(sorted(steps, filesFirst.thenComparing(CHILDREN_FIRST)), results);
      }
      case SETTLE -> {
        Comparator<Step> lockingLast = Comparator.comparing(PlanRunner::locks);
        runInOrder(sorted(steps, lockingLast.thenComparing(CHILDREN_FIRST)), results);
      }
    }
  }

  private static List<Step> sorted(List<Step> steps, Comparator<Step> order) {
    return steps.stream().sorted(order).toList();
  }

  /** Requests, each of which may need those before it. */
  private void runInOrder(List<Step> steps, Consumer<StepResult> results) throws IOException {
    for (List<Step> requests : Lists.partition(steps, WIDTH_OF_REQUESTS)) {
      executor.executeInOrder(requests, results);
    }
  }

  private static boolean isDirectoryDelete(Step step) {
    return step instanceof Step.Delete(var _, EntryKind entryKind)
        && entryKind == EntryKind.DIRECTORY;
  }

  /** Whether a directory takes a mode that keeps its owner from what it holds. */
  private static boolean locks(Step step) {
    return switch (step) {
      case Step.SetAttributes(var _, var source, var _) -> (source.mode() & SEARCH) == 0;
      case Step.Unlock(var _, int mode) -> (mode & SEARCH) == 0;
      default -> false;
    };
  }

  private void runSideBySide(List<Step> steps, int width, Consumer<StepResult> results)
      throws IOException {
    StepExecutor.sideBySide(groupByPath(steps), width, executor::execute, results);
  }

  private void runLevels(List<Step> steps, Consumer<StepResult> results) throws IOException {
    Map<Integer, List<Step>> levels = new TreeMap<>();
    for (Step step : steps) {
      levels.computeIfAbsent(depth(step.path()), _ -> new ArrayList<>()).add(step);
    }
    for (List<Step> level : levels.values()) {
      runSideBySide(level, WIDTH_OF_REQUESTS, results);
    }
  }

  private static int depth(RelPath path) {
    return path.isRoot() ? 0 : 1 + CharMatcher.is('/').countIn(path.latin1());
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
        LOG.warn("a temporary name could not be removed: {}", Faults.describe(e));
      }
    }
  }
}
