package io.relais.sync.remote;

import io.relais.sync.delta.Piece;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Begins no large file that the target's disk has no room for. A file that replaces another, or is
 * put together from one, needs as much as a new one: both are there at once. Files below {@link
 * #LARGE} are sent for as long as the disk takes them, and cost no question: what is kept free is
 * kept for them.
 */
public final class SpaceReservingTarget extends ForwardingTarget {
  /**
   * In bytes. With a smaller one a round trip more would be felt, and no disk becomes full by it.
   */
  public static final long LARGE = 8 << 20;

  private final SpaceReservations reservations;
  private final LongUnaryOperator reserve;

  /**
   * Makes one.
   *
   * @param reservations of the target's host
   * @param reserve how many bytes are to stay free of a file system of so many
   */
  public SpaceReservingTarget(
      SyncTarget target, SpaceReservations reservations, LongUnaryOperator reserve) {
    super(target);
    this.reservations = reservations;
    this.reserve = reserve;
  }

  @Override
  public Staging stage(
      RelPath path, Content content, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    if (expectedSize < LARGE) {
      return super.stage(path, content, mtimeSeconds, mode, expectedSize);
    }
    try (SpaceReservations.Share share = take(path, expectedSize)) {
      Content counted = share == null ? content : counted(content, share);
      Staged staged = super.stage(path, counted, mtimeSeconds, mode, expectedSize).await();
      return () -> staged;
    }
  }

  @Override
  public Staged stageAssembled(
      RelPath path, Base base, Recipe recipe, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    if (expectedSize < LARGE) {
      return super.stageAssembled(path, base, recipe, mtimeSeconds, mode, expectedSize);
    }
    try (SpaceReservations.Share share = take(path, expectedSize)) {
      Recipe counted = share == null ? recipe : counted(recipe, share);
      return super.stageAssembled(path, base, counted, mtimeSeconds, mode, expectedSize);
    }
  }

  /** Null where the server can't tell: then the file is begun, and fails if it has to. */
  private SpaceReservations.@Nullable Share take(RelPath path, long size) throws IOException {
    SpaceReservations.Before before = reservations.before();
    Space space;
    try {
      space = space(path.parent());
    } catch (TargetException e) {
      return null;
    }
    return space == null
        ? null
        : reservations.take(before, space, size, reserve.applyAsLong(space.totalBytes()));
  }

  private static Content counted(Content content, SpaceReservations.Share share) {
    return new Content() {
      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = content.read(buffer, offset, length);
        share.sent(count);
        return count;
      }

      @Override
      public void leftOut(int count) {
        content.leftOut(count);
      }

      @Override
      public void finish() throws IOException {
        content.finish();
      }
    };
  }

  private static Recipe counted(Recipe recipe, SpaceReservations.Share share) {
    return new Recipe() {
      @Override
      public @Nullable Piece next() throws IOException {
        Piece piece = recipe.next();
        share.sent(piece == null ? 0 : piece.length());
        return piece;
      }

      @Override
      public void finish() throws IOException {
        recipe.finish();
      }
    };
  }
}
