package io.relais.sync.transfer;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.plan.Summary;
import io.relais.sync.remote.ForwardingTarget;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SourceChangedException;
import io.relais.sync.remote.SpaceReservingTarget;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends large files beside everything else, so that nothing small has to wait until they are there.
 *
 * <p>Only the sending is done here, to temporary names. A file that is there is put in place by an
 * ordinary plan: its path is hinted at, compared again, and the step that sends it finds that done
 * ({@link #take}), if the source still has what was sent. So whatever holds for a plan holds for
 * large files: nothing is published but what the source has now, below what are directories now,
 * and recorded, with the directory's time restored. Where a directory at the target is renamed or
 * removed, what is on its way into it is dropped before that ({@link #guarded}), and sent again if
 * there is still reason to.
 *
 * <p>What was sent and not put in place is lost with the connection. For one connection, and the
 * owner's thread but where something else is said.
 */
public final class LargeUploads implements AutoCloseable {
  /** In bytes: a smaller file is there about as soon as it could be handed over to this. */
  public static final long LARGE = SpaceReservingTarget.LARGE;

  /** As many as there are spare channels. */
  private static final int AT_ONCE = 6;

  /** Beyond so many, which take some megabytes of memory, files are sent in their plan. */
  private static final int MOST = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(LargeUploads.class);

  private final SyncTarget target;
  private final InstantSource clock;
  private final BooleanSupplier stopping;
  private final DeltaRules deltas;
  private final Consumer<RelPath> again;
  private final Consumer<Set<RelPath>> disturbed;
  private final Set<RelPath> disturbances = ConcurrentHashMap.newKeySet();

  @GuardedBy("this")
  private final Map<RelPath, Job> jobs = new HashMap<>();

  @GuardedBy("this")
  private final Queue<Job> waiting = new ArrayDeque<>();

  @GuardedBy("this")
  private int running;

  @GuardedBy("this")
  private TransferProgress transferProgress = newProgress();

  @GuardedBy("this")
  private OptionalLong takenSince = OptionalLong.empty();

  private volatile @Nullable SourceTree source;

  /**
   * Begins with nothing to send.
   *
   * @param again told, by any thread, which paths are to be compared at once
   * @param disturbed told, on the owner's thread, in which directories something was made at the
   *     target and removed again
   */
  public LargeUploads(
      SyncTarget target,
      InstantSource clock,
      BooleanSupplier stopping,
      DeltaRules deltas,
      Consumer<RelPath> again,
      Consumer<Set<RelPath>> disturbed) {
    this.target = target;
    this.clock = clock;
    this.stopping = stopping;
    this.deltas = deltas;
    this.again = again;
    this.disturbed = disturbed;
  }

  private static TransferProgress newProgress() {
    return new TransferProgress(Summary.NOTHING, System.nanoTime());
  }

  /** One file. What it leaves is written before {@code done}, which is written under the lock. */
  private final class Job {
    final Step.Upload step;
    final TransferProgress counted;
    final List<RemoteChange> changes = new ArrayList<>();
    final CountDownLatch end = new CountDownLatch(1);
    volatile boolean cancelled;
    volatile long startNanos;
    boolean begun;
    boolean done;
    boolean offered;
    @Nullable StagedStep upload;
    @Nullable Throwable failure;

    Job(Step.Upload step, TransferProgress counted) {
      this.step = step;
      this.counted = counted;
    }

    void run() {
      startNanos = System.nanoTime();
      try {
        upload =
            new FileSender(new StagingOnly(target, changes), this::open, counted, deltas, null)
                .stage(step);
      } catch (IOException | RuntimeException | Error e) {
        failure = e;
      }
      ended(this);
    }

    private SourceContent open(RelPath path) throws IOException {
      SourceTree tree = source;
      if (tree == null) {
        throw new StoppedException();
      }
      return SourceContent.open(
          tree, path, clock, () -> cancelled || stopping.getAsBoolean(), counted);
    }

    /** Whether what came out is the answer to a step of now. */
    boolean answers(Step.Upload now) {
      if (upload == null) {
        return failure instanceof SourceChangedException
            || failure instanceof NoSuchFileException
            || isSame(step.source(), now.source());
      }
      SourceEntry sent = upload.done().asRead();
      return sent != null && isSame(sent, now.source());
    }
  }

  /** What is not visible is done, and what would be is noted. */
  private static final class StagingOnly extends ForwardingTarget {
    private final List<RemoteChange> changes;

    StagingOnly(SyncTarget target, List<RemoteChange> changes) {
      super(target);
      this.changes = changes;
    }

    @Override
    public List<Pending> begin(List<RemoteChange> all) {
      changes.addAll(all);
      return all.stream().<Pending>map(remoteChange -> () -> {}).toList();
    }
  }

  /** A time of change of 0 says nothing. */
  private static boolean isSame(SourceEntry sent, SourceEntry now) {
    return sent.kind() == now.kind()
        && sent.size() == now.size()
        && sent.mtimeNanos() == now.mtimeNanos()
        && (sent.ctimeNanos() == now.ctimeNanos() || sent.isRacy() || now.isRacy())
        && sent.mode() == now.mode()
        && sent.device() == now.device()
        && sent.inode() == now.inode();
  }

  /** To be called before each round, with the source as it then is; null if there is none. */
  public void beginRound(@Nullable SourceTree current) {
    if (!Objects.equals(source, current)) {
      source = current;
      drop(RelPath.ROOT);
    }
    synchronized (this) {
      jobs.values().forEach(job -> job.offered = job.done);
      takenSince = OptionalLong.empty();
    }
  }

  /**
   * Whether an upload is left to this: it is being sent, or is begun now, and its path will be
   * hinted at once it is there. Otherwise the step is to be carried out.
   */
  public boolean defers(Step.Upload step) {
    boolean large = step.source().size() >= LARGE;
    Job outdated = null;
    boolean deferred = false;
    synchronized (this) {
      Job job = jobs.get(step.path());
      if (job != null && !job.done && large) {
        return true;
      }
      if (job != null && job.done && job.answers(step)) {
        return false;
      }
      if (job != null) {
        jobs.remove(step.path());
        outdated = job;
      }
      if (large && source != null && jobs.size() < MOST) {
        add(step);
        deferred = true;
      }
    }
    cancel(outdated);
    return deferred;
  }

  @GuardedBy("this")
  private void add(Step.Upload step) {
    if (jobs.isEmpty()) {
      transferProgress = newProgress();
    }
    transferProgress.grow(step);
    Job job = new Job(step, transferProgress);
    jobs.put(step.path(), job);
    waiting.add(job);
    beginNext();
  }

  @GuardedBy("this")
  private void beginNext() {
    while (running < AT_ONCE && !waiting.isEmpty()) {
      Job job = waiting.remove();
      if (!job.cancelled) {
        running++;
        job.begun = true;
        Thread.ofVirtual().name("large").start(job::run);
      }
    }
  }

  private void ended(Job job) {
    synchronized (this) {
      running--;
      job.done = true;
      beginNext();
    }
    if (job.cancelled) {
      discard(job);
    } else {
      again.accept(job.step.path());
    }
    job.end.countDown();
  }

  private void discard(Job job) {
    StagedStep upload = job.upload;
    if (upload == null || upload.staged() == null) {
      return;
    }
    try {
      target.discard(upload.staged());
    } catch (IOException e) {
      // It is found when its directory is next listed.
      LOG.debug("{} was dropped: {}", job.step.path(), e.getMessage());
    }
  }

  /**
   * Gives what became of an upload, once; null if it is to be carried out now. For any thread.
   *
   * @throws IOException what it failed with
   */
  @Nullable StagedStep take(Step.Upload step) throws IOException {
    Job job;
    synchronized (this) {
      job = jobs.remove(step.path());
      if (job == null) {
        return null;
      }
    }
    if (!job.done || !job.answers(step)) {
      cancel(job);
      return null;
    }
    if (job.upload == null) {
      return failed(job);
    }
    try {
      for (SyncTarget.Pending pending : target.begin(job.changes)) {
        pending.await();
      }
    } catch (TargetException e) {
      if (e.reason() != TargetException.Reason.PERMISSION_DENIED) {
        throw e;
      }
      return null; // It is another account's, and is replaced where the step is carried out.
    }
    synchronized (this) {
      // The origin is arbitrary: only differences mean something.
      if (takenSince.isEmpty() || job.startNanos - takenSince.getAsLong() < 0) {
        takenSince = OptionalLong.of(job.startNanos);
      }
    }
    return job.upload;
  }

  /** A directory that was locked by then is unlocked where the step is carried out in its plan. */
  private static @Nullable StagedStep failed(Job job) throws IOException {
    return switch (job.failure) {
      case TargetException e when e.reason() == TargetException.Reason.PERMISSION_DENIED -> null;
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> throw new IllegalStateException(job.failure);
    };
  }

  /** To be called after each round that was carried out, with what it has looked at. */
  public void endRound(Predicate<RelPath> lookedAt) throws IOException {
    List<Job> gone = new ArrayList<>();
    SourceTree tree = source;
    for (Job job : List.copyOf(all())) {
      if (lookedAt.test(job.step.path()) && (job.offered || !isThere(tree, job.step.path()))) {
        gone.add(job);
      }
    }
    synchronized (this) {
      gone.forEach(job -> jobs.remove(job.step.path(), job));
    }
    gone.forEach(this::cancel);
    settle();
  }

  private synchronized List<Job> all() {
    return new ArrayList<>(jobs.values());
  }

  private static boolean isThere(@Nullable SourceTree tree, RelPath path) throws IOException {
    SourceEntry entry = tree == null ? null : tree.stat(path);
    return entry != null && entry.kind() == EntryKind.FILE;
  }

  /** Ends it, now or soon; what it has at the target is removed. */
  private void cancel(@Nullable Job job) {
    if (job == null) {
      return;
    }
    boolean done;
    synchronized (this) {
      job.cancelled = true;
      done = job.done;
      if (!job.begun) {
        waiting.remove(job);
        job.end.countDown();
      } else {
        disturbances.add(job.step.path().parent());
      }
    }
    if (done) {
      discard(job);
    }
  }

  /** Drops what is at or below a path, and returns once nothing of it is at the target any more. */
  private void drop(RelPath path) {
    List<Job> dropped = new ArrayList<>();
    synchronized (this) {
      jobs.values().removeIf(job -> job.step.path().startsWith(path) && dropped.add(job));
    }
    dropped.forEach(this::cancel);
    for (Job job : dropped) {
      boolean interrupted = false;
      while (true) {
        try {
          job.end.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      again.accept(job.step.path());
    }
  }

  private void settle() {
    Set<RelPath> directories = Set.copyOf(disturbances);
    if (!directories.isEmpty()) {
      disturbances.removeAll(directories);
      disturbed.accept(directories);
      // Where an entry of a directory is looked at, the directory's own time is restored.
      directories.forEach(again);
    }
  }

  /** Whether something is on its way into a directory, or was and is not yet in place. */
  public synchronized boolean isBusyIn(RelPath directory) {
    return jobs.keySet().stream()
        .anyMatch(path -> !path.isRoot() && path.parent().equals(directory));
  }

  /** Whether a file is on its way, or was sent and is not yet in place. */
  public synchronized boolean isSending(RelPath path) {
    return jobs.containsKey(path);
  }

  /** How many files are on their way, or wait to be. For any thread. */
  public synchronized int count() {
    return jobs.size();
  }

  /**
   * When the sending of what this round has taken began, by {@link System#nanoTime}; empty if it
   * has taken nothing.
   */
  public synchronized OptionalLong takenSince() {
    return takenSince;
  }

  /** How far those are that are on their way. */
  public synchronized TransferProgress progress() {
    return transferProgress;
  }

  /** The target, for plans and moves: where they take a directory away, nothing is left in it. */
  public SyncTarget guarded() {
    return new ForwardingTarget(target) {
      @Override
      public RelPath moveAside(RelPath path) throws IOException {
        drop(path);
        return super.moveAside(path);
      }

      @Override
      public List<Optional<TargetException>> move(List<Renaming> renamings) throws IOException {
        for (Renaming renaming : renamings) {
          drop(renaming.from());
          drop(renaming.to());
        }
        // Before the index has them under other names.
        settle();
        return super.move(renamings);
      }

      @Override
      public List<Pending> begin(List<RemoteChange> changes) throws IOException {
        for (RemoteChange remoteChange : changes) {
          if (remoteChange instanceof RemoteChange.RemoveDirectory) {
            drop(remoteChange.path());
          }
        }
        return super.begin(changes);
      }
    };
  }

  /** Drops everything. */
  @Override
  public void close() {
    drop(RelPath.ROOT);
  }
}
