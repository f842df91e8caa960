package io.relais.sync.transfer;

import com.google.common.hash.HashCode;
import io.relais.common.IoFunction;
import io.relais.common.IoSupplier;
import io.relais.sync.delta.ChunkLister;
import io.relais.sync.delta.ChunkSize;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.remote.BytesContent;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.SyncTarget.Staged;
import io.relais.sync.remote.TargetException;
import io.relais.sync.transfer.DeltaRules.Known;
import io.relais.sync.transfer.DeltaUpload.SameContentException;
import io.relais.sync.transfer.StepResult.Extent;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets files to the target, under temporary names: whole, or put together there from what it has.
 * Safe for use by many threads.
 */
final class FileSender {
  private static final Logger LOG = LoggerFactory.getLogger(FileSender.class);

  /** A file that became larger than this times what it was has little to be copied. */
  private static final int LARGEST_GROWTH = 8;

  /** Each has its buffers and two lists of chunks in memory, 4 MiB for a file of 1 GiB. */
  private static final int ASSEMBLED_AT_ONCE = 16;

  /** Larger ones have round trips of their own to fill. */
  static final int LARGEST_TOGETHER = 128 << 10;

  private final Semaphore assembling = new Semaphore(ASSEMBLED_AT_ONCE);
  private final SyncTarget target;
  private final IoFunction<RelPath, SourceContent> opener;
  private final TransferProgress transferProgress;
  private final DeltaRules deltas;
  private final @Nullable LargeUploads large;

  /**
   * Makes one.
   *
   * @param opener opens a file of the source
   * @param large what may have sent a file already; null for nothing
   */
  FileSender(
      SyncTarget target,
      IoFunction<RelPath, SourceContent> opener,
      TransferProgress transferProgress,
      DeltaRules deltas,
      @Nullable LargeUploads large) {
    this.large = large;
    this.target = target;
    this.opener = opener;
    this.transferProgress = transferProgress;
    this.deltas = deltas;
  }

  /** Sends the file, unless only its attributes turn out to differ: then nothing is staged. */
  StagedStep stage(Step.Upload step) throws IOException {
    return begin(step).get();
  }

  /**
   * Begins what {@link #stage} does with a small file, so that others can share its round trip; a
   * large one is sent at once.
   *
   * @return waits for the server; to be called once
   */
  IoSupplier<StagedStep> begin(Step.Upload step) throws IOException {
    StagedStep ahead = large == null ? null : large.take(step);
    if (ahead != null) {
      return () -> ahead;
    }
    if (step.source().size() > LARGEST_TOGETHER || mayBeAssembled(step)) {
      StagedStep sent = stageLarge(step);
      return () -> sent;
    }
    HashCode known = step.unlessContentIs();
    return counted(
        step,
        content ->
            known == null ? beginSending(step, content) : beginIfOther(step, content, known));
  }

  private StagedStep stageLarge(Step.Upload step) throws IOException {
    Optional<StagedStep> assembled = mayBeAssembled(step) ? assembled(step) : Optional.empty();
    if (assembled.isPresent()) {
      return assembled.get();
    }
    if (step.unlessContentIs() != null) {
      Optional<StagedStep> same = attributesOnly(step, step.unlessContentIs());
      if (same.isPresent()) {
        return same.get();
      }
    }
    return counted(step, content -> sendWhole(step, content));
  }

  private IoSupplier<StagedStep> beginSending(Step.Upload step, SourceContent content)
      throws IOException {
    SyncTarget.Staging staging = beginFile(step, content.entry(), content);
    return begun(step, content, staging, content.hash());
  }

  /** Reads it once, and then knows whether it has to be sent. */
  private IoSupplier<StagedStep> beginIfOther(
      Step.Upload step, SourceContent content, HashCode known) throws IOException {
    SourceEntry entry = content.entry();
    byte[] all = content.readAll();
    HashCode hash = content.hash();
    if (!hash.equals(known) || isSentAgain(step)) {
      return begun(step, content, beginFile(step, entry, new BytesContent(all)), hash);
    }
    transferProgress.dropped(content.bytesRead());
    return beginTouched(step, entry, hash);
  }

  private boolean isSentAgain(Step.Upload step) {
    return step.copy() == Step.Upload.Copy.DOUBTED
        && deltas.doubts().sendsAgain(step.path(), step.source().size());
  }

  /** Only the attributes differ, if anything does. */
  private IoSupplier<StagedStep> beginTouched(Step.Upload step, SourceEntry entry, HashCode hash)
      throws IOException {
    TargetEntry wanted = entry.asTarget();
    if (target.capabilities().disk().isSame(wanted, step.replaces())) {
      return () -> unsent(step, entry, hash, new Extent.Nothing());
    }
    StagedStep same = unsent(step, entry, hash, new Extent.AttributesSet());
    RemoteChange remoteChange = new RemoteChange.SetAttributes(step.path(), wanted);
    SyncTarget.Pending pending = target.begin(List.of(remoteChange)).getFirst();
    return () -> {
      try {
        pending.await();
        return same;
      } catch (TargetException e) {
        if (e.reason() != TargetException.Reason.PERMISSION_DENIED) {
          throw e;
        }
        // Only its owner may set them, but anyone who may write to the directory may replace it.
        return stage(Step.Upload.replacing(step.path(), step.source()));
      }
    };
  }

  private static StagedStep unsent(
      Step.Upload step, SourceEntry entry, HashCode hash, Extent extent) {
    return new StagedStep(null, new StepResult.Done(step, entry, hash, null, extent));
  }

  private SyncTarget.Staging beginFile(
      Step.Upload step, SourceEntry entry, SyncTarget.Content content) throws IOException {
    return target.stage(
        step.path(), content, entry.asTarget().mtimeSeconds(), entry.mode(), entry.size());
  }

  private IoSupplier<StagedStep> begun(
      Step.Upload step, SourceContent content, SyncTarget.Staging staging, HashCode hash) {
    SourceEntry entry = content.entry();
    Extent extent = new Extent.Sent(content.bytesSent());
    StepResult.Done done = new StepResult.Done(step, entry, hash, null, extent);
    return () -> new StagedStep(counted(content, staging::await), done);
  }

  private StagedStep sendWhole(Step.Upload step, SourceContent content) throws IOException {
    SourceEntry entry = content.entry();
    if (!target.capabilities().copiesRanges() || entry.size() < deltas.minBytes()) {
      Staged staged = stageFile(step, content, content);
      Extent extent = new Extent.Sent(content.bytesSent());
      return new StagedStep(staged, new StepResult.Done(step, entry, content.hash(), null, extent));
    }
    ChunkedContent listed = new ChunkedContent(content);
    Staged staged = stageFile(step, listed, content);
    Extent extent = new Extent.Sent(content.bytesSent());
    return new StagedStep(
        staged, new StepResult.Done(step, entry, listed.hash(), listed.chunks(), extent));
  }

  private Staged stageFile(Step.Upload step, SyncTarget.Content content, SourceContent source)
      throws IOException {
    SourceEntry entry = source.entry();
    return target
        .stage(step.path(), content, entry.asTarget().mtimeSeconds(), entry.mode(), source.room())
        .await();
  }

  private boolean mayBeAssembled(Step.Upload step) {
    return step.copy() != Step.Upload.Copy.DAMAGED
        && step.source().size() >= deltas.minBytes()
        && target.capabilities().copiesRanges();
  }

  /** What much of the new content may be taken from; null if nothing like that is known. */
  private @Nullable Known known(Step.Upload step) throws IOException {
    TargetEntry there = step.replaces();
    Known own = there == null ? null : deltas.memory().of(step.path());
    if (there == null || own == null) {
      return similar(step);
    }
    boolean stays =
        own.entry().size() == there.size()
            && target
                .capabilities()
                .disk()
                .isSameTime(own.entry().mtimeSeconds(), there.mtimeSeconds());
    return stays && own.entry().size() >= step.source().size() / LARGEST_GROWTH ? own : null;
  }

  /** Another file that begins alike, as a copy of it does. */
  private @Nullable Known similar(Step.Upload step) throws IOException {
    ChunkSize size = ChunkSize.forFile(step.source().size());
    byte[] beginning = new byte[size.longest()];
    try (SourceContent content = opener.apply(step.path())) {
      int count = content.readUnhashed(beginning, 0, beginning.length);
      transferProgress.dropped(content.bytesRead());
      ChunkLister lister = new ChunkLister(size);
      lister.update(beginning, 0, count);
      return deltas.memory().beginningWith(lister.finish().beginning());
    }
  }

  /** Puts the file together from what is there; nothing if that can't be done. */
  private Optional<StagedStep> assembled(Step.Upload step) throws IOException {
    assembling.acquireUninterruptibly();
    try {
      Known known = known(step);
      return known == null
          ? Optional.empty()
          : Optional.of(counted(step, content -> assemble(step, known, content)));
    } catch (TargetException e) {
      LOG.debug("sent whole: {}", e.getMessage());
      return Optional.empty();
    } finally {
      assembling.release();
    }
  }

  private StagedStep assemble(Step.Upload step, Known known, SourceContent content)
      throws IOException {
    DeltaUpload delta = new DeltaUpload(target, step.path(), known, content);
    if (!delta.isSame()) {
      try {
        Staged staged = delta.stage(deltas.verify());
        if (!deltas.verify()) {
          // What was wrong in the old one without anybody's knowing is wrong in this one too.
          deltas.doubts().readBack(step.path());
        }
        return new StagedStep(staged, delta.done(step, new Extent.Sent(delta.sentBytes())));
      } catch (SameContentException e) {
        LOG.debug("{} was only touched", step.path());
      }
    }
    if (step.copy() == Step.Upload.Copy.DOUBTED) {
      deltas.doubts().readBack(step.path());
    }
    target.make(new RemoteChange.SetAttributes(step.path(), content.entry().asTarget()));
    transferProgress.dropped(content.bytesRead());
    return new StagedStep(null, delta.done(step, new Extent.AttributesSet()));
  }

  private <T> T counted(Step.Upload step, IoFunction<SourceContent, T> reading) throws IOException {
    try (SourceContent content = opener.apply(step.path())) {
      return counted(content, () -> reading.apply(content));
    }
  }

  /** What was read for nothing does not count as sent. */
  private <T> T counted(SourceContent content, IoSupplier<T> sending) throws IOException {
    boolean sent = false;
    try {
      T result = sending.get();
      sent = true;
      return result;
    } finally {
      if (!sent) {
        transferProgress.dropped(content.bytesRead());
      }
    }
  }

  private Optional<StagedStep> attributesOnly(Step.Upload step, HashCode known) throws IOException {
    try (SourceContent content = opener.apply(step.path())) {
      HashCode hash = content.hashAll();
      transferProgress.dropped(content.bytesRead());
      if (!hash.equals(known) || isSentAgain(step)) {
        return Optional.empty();
      }
      return Optional.of(beginTouched(step, content.entry(), hash).get());
    }
  }
}
