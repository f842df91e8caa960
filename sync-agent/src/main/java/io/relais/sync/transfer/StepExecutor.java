package io.relais.sync.transfer;

import com.google.common.collect.Lists;
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
import io.relais.sync.transfer.FileSender.Begun;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
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

  /** A staged entry, and what its step becomes once it is in place. */
  record Prepared(Staged staged, StepResult.Done whenPublished) {}

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
    List<Begun> begun = new ArrayList<>(uploads.size());
    List<Upload> staged = new ArrayList<>(uploads.size());
    boolean whole = false;
    try {
      for (Step.Upload upload : uploads) {
        attempt(
            upload,
            () -> {
              requirePlace(upload);
              begun.add(files.begin(upload));
            },
            results);
      }
      while (!begun.isEmpty()) {
        Begun next = begun.removeFirst();
        attempt(next.step(), () -> staged.add(next.await()), results);
      }
      whole = true;
    } finally {
      if (!whole) {
        begun.forEach(this::drop);
      }
    }
    publishEach(staged, results);
    return results;
  }

  private void attempt(Step step, StepStage stepStage, List<StepResult> results)
      throws IOException {
    StepResult result =
        guarded(
            step,
            () -> {
              stepStage.run();
              return new StepResult.Staged(step);
            });
    if (!(result instanceof StepResult.Staged)) {
      results.add(result);
    }
  }

  private interface StepStage {
    void run() throws IOException;
  }

  /** What was sent when all must end is removed, and not left for the next start. */
  private void drop(Begun begun) {
    try {
      Upload upload = begun.await();
      if (upload.staged() != null) {
        target.discard(upload.staged());
      }
    } catch (IOException e) {
      LOG.debug("{} was dropped: {}", begun.step(), e.getMessage());
    }
  }

  private void publishEach(List<Upload> uploads, List<StepResult> results) throws IOException {
    List<Upload> staged = new ArrayList<>(uploads.size());
    for (Upload upload : uploads) {
      if (upload.staged() == null) {
        results.add(upload.done());
      } else {
        staged.add(upload);
      }
    }
    if (staged.isEmpty()) {
      return;
    }
    List<Optional<TargetException>> refusals =
        target.publish(staged.stream().map(Upload::staged).toList(), SyncTarget.PublishOrder.ANY);
    for (int i = 0; i < refusals.size(); i++) {
      Upload upload = staged.get(i);
      Optional<TargetException> refusal = refusals.get(i);
      results.add(guarded(upload.done().step(), () -> published(upload, refusal)));
    }
  }

  private StepResult published(Upload upload, Optional<TargetException> refusal)
      throws TargetException {
    if (refusal.isPresent()) {
      throw refusal.get();
    }
    countFile(upload.done().step());
    return upload.done();
  }

  /** Carries out a step, but leaves a file or symlink staged: then the second value says so. */
  StepResult prepare(Step step, Queue<Prepared> staged) throws IOException {
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

  private interface Attempt {
    StepResult run() throws IOException;
  }

  private StepResult guarded(Step step, Attempt attempt) throws IOException {
    if (stopping.getAsBoolean()) {
      throw new StoppedException();
    }
    return outcome(step, attempt);
  }

  private StepResult outcome(Step step, Attempt attempt) throws IOException {
    try {
      return attempt.run();
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
              + (seen == null ? RemoteErrorText.explain(e, step, target.place()) : seen),
          isUnexpected(e),
          e.suspect());
    } catch (IOException e) {
      return new StepResult.Failed(step, step.path() + ": " + DiskErrorText.explain(e), false);
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

  private Upload stageLink(Step.MakeSymlink step) throws IOException {
    TargetEntry wanted = step.source().asTarget();
    String text = wanted.linkTarget();
    if (text == null) {
      throw new IllegalStateException("a symlink without a target: " + step.path());
    }
    return new Upload(
        target.stageSymlink(step.path(), text, wanted.mtimeSeconds()), StepResult.Done.of(step));
  }

  private StepResult publish(Upload upload) throws IOException {
    if (upload.staged() == null) {
      return upload.done();
    }
    return published(
        upload, target.publish(List.of(upload.staged()), SyncTarget.PublishOrder.GIVEN).getFirst());
  }

  private void countFile(Step step) {
    if (step instanceof Step.Upload) {
      transferProgress.fileDone();
    }
  }

  private StepResult keep(Upload upload, Queue<Prepared> staged) {
    if (upload.staged() == null) {
      return upload.done();
    }
    countFile(upload.done().step());
    staged.add(new Prepared(upload.staged(), upload.done()));
    return new StepResult.Staged(upload.done().step());
  }

  /** What was prepared; nothing is staged where only attributes were to be set. */
  record Upload(@Nullable Staged staged, StepResult.Done done) {}
}
