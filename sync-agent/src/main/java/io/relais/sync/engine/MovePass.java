package io.relais.sync.engine;

import com.google.common.collect.ImmutableSet;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.plan.Move;
import io.relais.sync.plan.MoveOrder;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.Rules;
import io.relais.sync.scan.SourceTree;
import io.relais.sync.target.SyncTarget;
import io.relais.sync.target.TemporaryNamer;
import io.relais.sync.transfer.StoppedException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Repeats at the target what was only moved at the source, before the survey of a round: which then
 * finds it in its place, and repairs what this has left or got wrong. So this only has to be quick,
 * and may give up wherever it is in doubt. For the owner's thread.
 */
final class MovePass {
  private final SourceTree source;
  private final SyncTarget target;
  private final MirrorIndex index;
  private final Rules rules;
  private final TemporaryNamer names;
  private final InstantSource clock;
  private final Instant window;
  private final BooleanSupplier stopping;
  private final boolean listing;

  /**
   * @param window by when an entry must have stood at the target to count for the delete guard
   * @param listing whether what was moved is to be listed at the target: it may hold what somebody
   *     else has changed there, and what is to be told of by its new path
   */
  MovePass(
      SourceTree source,
      SyncTarget target,
      MirrorIndex index,
      Rules rules,
      TemporaryNamer names,
      InstantSource clock,
      Instant window,
      BooleanSupplier stopping,
      boolean listing) {
    this.source = source;
    this.target = target;
    this.index = index;
    this.rules = rules;
    this.names = names;
    this.clock = clock;
    this.window = window;
    this.stopping = stopping;
    this.listing = listing;
  }

  /**
   * What was done.
   *
   * @param scope what was to be looked at, and what this has changed
   * @param moved how many entries, each directory as one
   */
  record Result(Scope scope, long moved) {}

  /**
   * Moves.
   *
   * @param upcoming paths that are due soon: the other end of a move may be among them
   */
  Result run(Scope scope, Supplier<Set<RelPath>> upcoming) throws IOException {
    if (index.count() <= 1 || !rules.delete()) {
      return new Result(scope, 0);
    }
    Traces traces = new Traces(source, index, rules);
    try {
      look(scope, traces, upcoming);
    } catch (FileSystemException e) {
      // The survey says what can't be read; what moved there is sent again.
      return new Result(scope, 0);
    }
    Result result = traces.areComplete() ? move(scope, traces) : new Result(scope, 0);
    forgetBrokenOff(traces);
    return result;
  }

  private static void look(Scope scope, Traces traces, Supplier<Set<RelPath>> upcoming)
      throws IOException {
    for (RelPath root : scope.relists()) {
      traces.search(root);
    }
    for (RelPath root : scope.rescans()) {
      traces.search(root);
    }
    for (RelPath path : scope.hints()) {
      traces.look(path);
    }
    traces.askForDirectories();
    if (!scope.isWhole() && !traces.areComplete() && !traces.areNone()) {
      for (RelPath path : upcoming.get()) {
        traces.look(path);
      }
    }
  }

  private Result move(Scope scope, Traces traces) throws IOException {
    MoveFinder.Found found = new MoveFinder(source, index, rules, traces, clock, stopping).find();
    if (found.moves().isEmpty()) {
      return new Result(scope, 0);
    }
    MoveRunner runner = new MoveRunner(target, index, clock, window);
    for (MoveOrder.Wave wave : MoveOrder.of(found.moves(), found.directories(), names::take)) {
      if (stopping.getAsBoolean()) {
        throw new StoppedException();
      }
      runner.run(wave);
    }
    return new Result(widened(scope, found), runner.done());
  }

  /** A tree is read again with all below it: what happened in it as it moved may have no hint. */
  private Scope widened(Scope scope, MoveFinder.Found found) {
    Set<RelPath> hints = new HashSet<>(scope.hints());
    Set<RelPath> rescans = new HashSet<>(scope.rescans());
    Set<RelPath> relists = new HashSet<>(scope.relists());
    for (Move move : found.moves()) {
      hints.add(move.from());
      (listing ? relists : rescans).add(move.to());
    }
    rescans.addAll(found.directories().keySet());
    return new Scope(
        ImmutableSet.copyOf(hints), ImmutableSet.copyOf(rescans), ImmutableSet.copyOf(relists));
  }

  /** What was to go on from a temporary name and did not is of no use any more. */
  private void forgetBrokenOff(Traces traces) {
    for (RelPath path : traces.brokenOff()) {
      if (index.get(path) != null) {
        index.batch(() -> index.removeTree(path));
      }
    }
  }
}
