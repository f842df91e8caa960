package io.relais.sync.transfer;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.relais.sync.delta.Matcher;
import io.relais.sync.delta.Piece;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.SyncTarget.Base;
import io.relais.sync.remote.SyncTarget.Staged;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.transfer.DeltaRules.Known;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One file that is put together at the target from what is there and what is new. For one thread.
 */
final class DeltaUpload implements SyncTarget.Recipe {
  private final SyncTarget target;
  private final RelPath path;
  private final Known known;
  private final SourceContent content;
  private final Matcher matcher;

  /** Nothing has changed, as it turned out, so nothing is to be put in place. */
  static final class SameContentException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** What {@link #isSame} has found to be as it was, from the beginning on. */
  private long same;

  private @Nullable Piece afterSame;
  private long sent;
  private @Nullable HashCode hash;

  DeltaUpload(SyncTarget target, RelPath path, Known known, SourceContent content) {
    this.target = target;
    this.path = path;
    this.known = known;
    this.content = content;
    this.matcher = new Matcher(content::readUnhashed, known.chunks(), content.entry().size());
  }

  /** Whether it is put together from what is in its own place. */
  private boolean isOwn() {
    return known.path().equals(path);
  }

  /**
   * Whether nothing has changed, where that is likely: reads until the first difference, before the
   * target has anything to do. With another time it is not: then it is faster to let the target
   * copy from the start, and to drop that if need be.
   */
  boolean isSame() throws IOException {
    if (!isOwn() || content.entry().asTarget().mtimeSeconds() != known.entry().mtimeSeconds()) {
      return false;
    }
    while (true) {
      Piece piece = matcher.next();
      if (piece instanceof Piece.Copy(long offset, long length) && offset == same) {
        same += length;
      } else {
        afterSame = piece;
        break;
      }
    }
    if (afterSame != null || !matcher.isSame()) {
      return false;
    }
    content.finish();
    return true;
  }

  /**
   * Puts it together under a temporary name.
   *
   * @param verify whether it is read back
   * @throws SameContentException if it is what is there already; nothing is staged then
   * @throws TargetException if that can't be done, and it is better sent whole
   */
  Staged stage(boolean verify) throws IOException {
    SourceEntry entry = content.entry();
    Staged staged =
        target.stageAssembled(
            path,
            new Base(known.path(), known.entry().size(), known.entry().mtimeSeconds()),
            this,
            entry.asTarget().mtimeSeconds(),
            entry.mode(),
            content.room());
    hash = matcher.content();
    if (verify) {
      verify(staged, hash);
    }
    return staged;
  }

  @Override
  public @Nullable Piece next() throws IOException {
    Piece next = nextPiece();
    sent += next instanceof Piece.Literal literal ? literal.length() : 0;
    return next;
  }

  private @Nullable Piece nextPiece() throws IOException {
    if (same > 0) {
      Piece first = new Piece.Copy(0, same);
      same = 0;
      return first;
    }
    if (afterSame != null) {
      Piece second = afterSame;
      afterSame = null;
      return second;
    }
    return matcher.next();
  }

  @Override
  public void finish() throws IOException {
    content.finish();
    if (isOwn() && matcher.isSame()) {
      throw new SameContentException();
    }
  }

  /** What the matcher found out; once all was read. */
  StepResult.Done done(Step.Upload step, StepResult.Extent extent) {
    return new StepResult.Done(
        step, content.entry(), hash == null ? matcher.content() : hash, matcher.chunks(), extent);
  }

  /** How much of it the target did not have. */
  long sentBytes() {
    return sent;
  }

  /** Reads it back, and drops it if it is not what was read here. */
  private void verify(Staged staged, HashCode wanted) throws IOException {
    Hasher there = Hashing.sha256().newHasher();
    boolean right = false;
    try {
      boolean whole = target.read(staged.temporary(), content.entry().size(), there::putBytes);
      right = whole && there.hash().equals(wanted);
    } finally {
      if (!right) {
        target.discard(staged);
      }
    }
    if (!right) {
      throw new TargetException(
          Reason.FAILURE, path + ": what was put together there is not what it should be");
    }
  }
}
