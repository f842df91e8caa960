package io.relais.sync.transfer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import io.relais.common.IoFunction;
import io.relais.common.IoSupplier;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SourceChangedException;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.SyncTarget.Pending;
import io.relais.sync.remote.SyncTarget.Staged;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out single steps. Safe for use by many threads.
 *
 * <p>What goes wrong with one path becomes a {@link StepResult}; only what ends everything is
 * thrown: {@link TargetUnavailableException}, {@link TargetRefusedException} and {@link
 * StoppedException}.
 */
final class StepExecutor {
  private static final Logger LOG = LoggerFactory.getLogger(StepExecutor.class);

  /** Files of another account that are replaced side by side. */
  private static final int REPLACED_TOGETHER = 16;

  private final SyncTarget target;
  private final BooleanSupplier stopping;
  private final TransferProgress transferProgress;
  private final FileSender files;
  private final PathKindGuard kinds;
  private final ObstacleFinder obstacleFinder;
  private final Queue<RelPath> asides = new ConcurrentLinkedQueue<>();

  StepExecutor(
      SyncTarget target,
      SourceTree source,
      InstantSource clock,
      BooleanSupplier stopping,
      TransferProgress transferProgress,
      DeltaRules deltas,
      PathKindGuard kinds,
      @Nullable LargeUploads large) {
    this.target = target;
    this.kinds = kinds;
    this.obstacleFinder = new ObstacleFinder(target);
    this.stopping = stopping;
    this.transferProgress = transferProgress;
    this.files =
        new FileSender(
            target,
            path -> SourceContent.open(source, path, clock, stopping, transferProgress),
            transferProgress,
            deltas,
            large);
  }

  /** What was moved out of the way so far, and is still there. */
  Queue<RelPath> asides() {
    return asides;
  }

  /**
   * Carries out groups of steps side by side, those of one group in order until one of them is not
   * done. When one ends everything, no other is begun, and its exception comes out here once those
   * under way have ended and their results are reported.
   *
   * @param width how many groups are under way at once
   * @param task carries out one step; called on many virtual threads
   * @param results called on the calling thread
   */
  static void sideBySide(
      Collection<List<Step>> groups,
      int width,
      IoFunction<Step, StepResult> task,
      Consumer<StepResult> results)
      throws IOException {
    record Ended(StepResult result, List<Step> rest) {}

    WorkScheduler.explore(
        () -> false, // Each step asks that by itself.
        width,
        groups,
        group -> new Ended(task.apply(group.getFirst()), group.subList(1, group.size())),
        ended -> {
          results.accept(ended.result());
          boolean goesOn =
              switch (ended.result()) {
                case StepResult.Done _, StepResult.Staged _ -> !ended.rest().isEmpty();
                case StepResult.Changed _, StepResult.Failed _ -> false;
              };
          return goesOn ? ImmutableList.of(ended.rest()) : ImmutableList.of();
        });
  }

  /** Carries out one step to its end. */
  StepResult execute(Step step) throws IOException {
    return guarded(
        step,
        () -> {
          requirePlace(step);
          return switch (step) {
            case Step.Upload upload -> publish(files.stage(upload));
            case Step.MakeSymlink link -> publish(stageLink(link));
            default -> simple(step);
          };
        });
  }

  /**
   * Carries out the uploads of different paths to their end, small ones side by side: they share
   * their round trips, and one thread waits for all of them.
   */
  List<StepResult> executeTogether(List<Step.Upload> uploads) throws IOException {
    List<StepResult> results = new ArrayList<>(uploads.size());
    LinkedHashMap<Step, IoSupplier<StagedStep>> begun = new LinkedHashMap<>();
    List<StagedStep> sent = new ArrayList<>(uploads.size());
    boolean whole = false;
    try {
      for (Step.Upload upload : uploads) {
        attempt(
            upload,
            () -> {
              requirePlace(upload);
              return begun.put(upload, files.begin(upload));
            },
            results);
      }
      while (!begun.isEmpty()) {
        Map.Entry<Step, IoSupplier<StagedStep>> next = begun.pollFirstEntry();
        attempt(next.getKey(), () -> sent.add(next.getValue().get()), results);
      }
      whole = true;
    } finally {
      if (!whole) {
        begun.forEach(this::drop);
      }
    }
    publishEach(sent, results);
    return results;
  }

  /** Does a part of a step; the result is for the case that it ends there. */
  private void attempt(
      Step step, IoSupplier<? extends @Nullable Object> part, List<StepResult> results)
      throws IOException {
    StepResult result =
        guarded(
            step,
            () -> {
              var _ = part.get();
              return new StepResult.Staged(step);
            });
    if (!(result instanceof StepResult.Staged)) {
      results.add(result);
    }
  }

  /** What was sent when all must end is removed, and not left for the next start. */
  private void drop(Step step, IoSupplier<StagedStep> begun) {
    try {
      StagedStep sent = begun.get();
      if (sent.staged() != null) {
        target.discard(sent.staged());
      }
    } catch (IOException e) {
      LOG.debug("{} was dropped: {}", step, e.getMessage());
    }
  }

  private void publishEach(List<StagedStep> sent, List<StepResult> results) throws IOException {
    List<StepResult.Done> done = new ArrayList<>(sent.size());
    List<Staged> staged = new ArrayList<>(sent.size());
    for (StagedStep each : sent) {
      if (each.staged() == null) {
        results.add(each.done());
      } else {
        done.add(each.done());
        staged.add(each.staged());
      }
    }
    if (staged.isEmpty()) {
      return;
    }
    List<Optional<TargetException>> refusals = target.publish(staged, SyncTarget.PublishOrder.ANY);
    for (int i = 0; i < refusals.size(); i++) {
      StepResult.Done published = done.get(i);
      Optional<TargetException> refusal = refusals.get(i);
      results.add(guarded(published.step(), () -> published(published, refusal)));
    }
  }

  private StepResult published(StepResult.Done done, Optional<TargetException> refusal)
      throws TargetException {
    if (refusal.isPresent()) {
      throw refusal.get();
    }
    countFile(done.step());
    return done;
  }

  /**
   * Carries out a step, but leaves a file or symlink staged, to be put in place later.
   *
   * @param staged gets what was left so
   */
  StepResult prepare(Step step, Queue<StagedStep> staged) throws IOException {
    return guarded(
        step,
        () -> {
          requirePlace(step);
          return switch (step) {
            case Step.Upload upload -> keep(files.stage(upload), staged);
            case Step.MakeSymlink link -> keep(stageLink(link), staged);
            default -> simple(step);
          };
        });
  }

  /** Whether {@link #execute} would begin the step where it is. */
  boolean isWithinDirectories(Step step) {
    return kinds.begin(step) == null;
  }

  /** Nothing is done where the plan itself, or the index, says that it may lead elsewhere. */
  private void requirePlace(Step step) throws TargetException {
    RelPath wrong = kinds.begin(step);
    if (wrong != null) {
      throw TargetException.unsafe(wrong, step.path() + ": " + wrong + " is not a directory there");
    }
  }

  /** Whether a step is one request. */
  static boolean isRequest(Step step) {
    return switch (step) {
      case Step.Unlock _, Step.MakeDirectory _, Step.SetAttributes _, Step.Delete _ -> true;
      case Step.Adopt _, Step.MoveAside _, Step.Upload _, Step.MakeSymlink _ -> false;
    };
  }

  /** Carries out steps that are one request each, in order; they share their round trips. */
  void executeInOrder(List<Step> requests, Consumer<StepResult> results) throws IOException {
    if (stopping.getAsBoolean()) {
      throw new StoppedException();
    }
    List<Step> allowed = new ArrayList<>(requests.size());
    for (Step step : requests) {
      StepResult refused =
          outcome(
              step,
              () -> {
                requirePlace(step);
                allowed.add(step);
                return new StepResult.Staged(step);
              });
      if (!(refused instanceof StepResult.Staged)) {
        results.accept(refused);
      }
    }
    List<Pending> pending = target.begin(allowed.stream().map(StepExecutor::change).toList());
    List<Step> replacing = new ArrayList<>();
    for (int i = 0; i < allowed.size(); i++) {
      Step step = allowed.get(i);
      Pending request = pending.get(i);
      StepResult result = outcome(step, () -> confirmed(step, request));
      if (result instanceof StepResult.Staged(var other)) {
        replacing.add(other);
      } else {
        results.accept(result);
      }
    }
    for (List<Step> some : Lists.partition(replacing, REPLACED_TOGETHER)) {
      List<Step.Upload> files = new ArrayList<>();
      for (Step step : some) {
        if (step instanceof Step.Upload upload) {
          files.add(upload);
        } else {
          results.accept(execute(step));
        }
      }
      executeTogether(files).forEach(results);
    }
  }

  /**
   * Waits for a request. Only the owner of an entry may set its attributes, and at the target that
   * may be another account. The root's are theirs then; a directory can't be replaced; all else
   * can.
   *
   * @return {@link StepResult.Staged} with the step that replaces it, if it is to be replaced
   */
  private static StepResult confirmed(Step step, Pending request) throws IOException {
    try {
      request.await();
      return StepResult.Done.of(step);
    } catch (TargetException e) {
      if (e.reason() == Reason.PERMISSION_DENIED
          && step instanceof Step.SetAttributes(var path, var source, var _)) {
        switch (source.kind()) {
          case FILE -> {
            return new StepResult.Staged(Step.Upload.replacing(path, source));
          }
          case SYMLINK -> {
            return new StepResult.Staged(new Step.MakeSymlink(path, source));
          }
          case DIRECTORY -> {
            if (path.isRoot()) {
              return StepResult.Done.of(step);
            }
          }
          case OTHER -> {}
        }
      }
      throw e;
    }
  }

  private static RemoteChange change(Step step) {
    return switch (step) {
      case Step.Unlock(var path, int mode) -> new RemoteChange.SetMode(path, mode);
      case Step.MakeDirectory(var path, var entry) ->
          new RemoteChange.MakeDirectory(path, entry.asTarget().mode());
      case Step.SetAttributes(var path, var entry, boolean hasMode) ->
          new RemoteChange.SetAttributes(path, entry.asTarget(), hasMode);
      case Step.Delete(var path, var entryKind) ->
          entryKind == EntryKind.DIRECTORY
              ? new RemoteChange.RemoveDirectory(path)
              : new RemoteChange.RemoveFile(path);
      case Step.Adopt _, Step.MoveAside _, Step.Upload _, Step.MakeSymlink _ ->
          throw new IllegalArgumentException("no request: " + step);
    };
  }

  private StepResult guarded(Step step, IoSupplier<StepResult> attempt) throws IOException {
    if (stopping.getAsBoolean()) {
      throw new StoppedException();
    }
    return outcome(step, attempt);
  }

  private StepResult outcome(Step step, IoSupplier<StepResult> attempt) throws IOException {
    try {
      return attempt.get();
    } catch (TargetUnavailableException | TargetRefusedException | StoppedException e) {
      throw e;
    } catch (SourceChangedException | NoSuchFileException e) {
      return new StepResult.Changed(step, step.path() + ": it changed while it was sent");
    } catch (TargetException e) {
      String seen = obstacleFinder.explain(step, e);
      return new StepResult.Failed(
          step,
          target.place().shown(step.path())
              + ": "
              + (seen == null ? ErrorText.ofStep(e, step, target.place()) : seen),
          isUnexpected(e),
          e.suspect());
    } catch (IOException e) {
      return new StepResult.Failed(step, step.path() + ": " + ErrorText.ofSource(e), false);
    }
  }

  /** A refusal that a listing may explain: a parent is gone, or something is in the way. */
  private static boolean isUnexpected(TargetException e) {
    return switch (e.reason()) {
      case NOT_FOUND, UNSAFE_PATH, FAILURE -> true;
      case PERMISSION_DENIED, NO_SPACE, NO_ROOM, UNSUPPORTED, FOLLOWS_SYMLINKS -> false;
    };
  }

  private StepResult simple(Step step) throws IOException {
    if (isRequest(step)) {
      StepResult result = confirmed(step, target.begin(List.of(change(step))).getFirst());
      return result instanceof StepResult.Staged(var replacing) ? execute(replacing) : result;
    }
    if (step instanceof Step.MoveAside(var path, var _)) {
      asides.add(target.moveAside(path));
    }
    return StepResult.Done.of(step);
  }

  private StagedStep stageLink(Step.MakeSymlink step) throws IOException {
    TargetEntry wanted = step.source().asTarget();
    String text = wanted.linkTarget();
    if (text == null) {
      throw new IllegalStateException("a symlink without a target: " + step.path());
    }
    return new StagedStep(
        target.stageSymlink(step.path(), text, wanted.mtimeSeconds()), StepResult.Done.of(step));
  }

  private StepResult publish(StagedStep sent) throws IOException {
    if (sent.staged() == null) {
      return sent.done();
    }
    return published(
        sent.done(),
        target.publish(List.of(sent.staged()), SyncTarget.PublishOrder.GIVEN).getFirst());
  }

  private void countFile(Step step) {
    if (step instanceof Step.Upload) {
      transferProgress.fileDone();
    }
  }

  private StepResult keep(StagedStep sent, Queue<StagedStep> staged) {
    if (sent.staged() == null) {
      return sent.done();
    }
    countFile(sent.done().step());
    staged.add(sent);
    return new StepResult.Staged(sent.done().step());
  }
}
