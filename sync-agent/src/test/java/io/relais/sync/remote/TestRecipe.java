package io.relais.sync.remote;

import io.relais.sync.delta.Piece;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** What is put together in tests, and what happens meanwhile. */
final class TestRecipe implements SyncTarget.Recipe {
  private final Queue<Piece> pieces;
  private final Event afterFirst;
  private final Event atEnd;
  private int given;

  /** Something that happens while a file is put together. */
  interface Event {
    void happen() throws IOException;
  }

  private TestRecipe(Event afterFirst, Event atEnd, Piece... pieces) {
    this.afterFirst = afterFirst;
    this.atEnd = atEnd;
    this.pieces = new ArrayDeque<>(Arrays.asList(pieces));
  }

  static TestRecipe of(Piece... pieces) {
    return new TestRecipe(() -> {}, () -> {}, pieces);
  }

  /** Does something when the first piece was taken and the next is asked for. */
  static TestRecipe after(Event event, Piece... pieces) {
    return new TestRecipe(event, () -> {}, pieces);
  }

  static TestRecipe endingWith(Event event, Piece... pieces) {
    return new TestRecipe(() -> {}, event, pieces);
  }

  @Override
  public @Nullable Piece next() throws IOException {
    if (given++ == 1) {
      afterFirst.happen();
    }
    return pieces.poll();
  }

  @Override
  public void finish() throws IOException {
    atEnd.happen();
  }
}
