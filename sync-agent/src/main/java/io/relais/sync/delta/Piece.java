package io.relais.sync.delta;

/** A part of a file that is put together; the parts follow one another without gaps. */
public sealed interface Piece {
  long length();

  /** A range of the old content. */
  record Copy(long offset, long length) implements Piece {}

  /** Zeros, which are neither copied nor sent: the file has a hole there, if it can. */
  record Zeros(long length) implements Piece {}

  /**
   * New bytes.
   *
   * @param data holds them only until the next piece is asked for
   */
  @SuppressWarnings("ArrayRecordComponent") // a view of a buffer, never compared
  record Literal(byte[] data, int from, int count) implements Piece {
    @Override
    public long length() {
      return count;
    }
  }
}
