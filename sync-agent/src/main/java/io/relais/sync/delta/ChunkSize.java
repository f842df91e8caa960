package io.relais.sync.delta;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * How large chunks are, roughly.
 *
 * @param average bytes, a power of two from {@link #LEAST} to {@link #MOST}
 */
public record ChunkSize(int average) {
  /** A write of less costs the server more for the request than for its bytes. */
  static final int LEAST = 4 << 10;

  /** Four times this is held in memory at once. */
  static final int MOST = 4 << 20;

  public ChunkSize {
    checkArgument(
        average >= LEAST && average <= MOST && Integer.bitCount(average) == 1,
        "chunks of %s bytes",
        average);
  }

  /**
   * What suits a file of so many bytes: about the square root. A list grows with the root too, and
   * so does what is sent needlessly at the borders of a change, a few chunks: at 1 GiB these have
   * 32 KiB, and the list 800 KB.
   */
  public static ChunkSize forFile(long bytes) {
    long wanted = (long) Math.sqrt((double) bytes);
    return new ChunkSize(Math.clamp(Long.highestOneBit(Math.max(1, wanted)), LEAST, MOST));
  }

  /**
   * Whether a file of so many bytes may still be cut in this size, so that its new list matches the
   * old one: a file that grows should not be sent whole again whenever another size would suit it
   * better.
   */
  public boolean suits(long bytes) {
    int best = forFile(bytes).average;
    return average >= best / 4 && average <= best * 4;
  }

  /** With so many bytes of it {@link ChunkList#beginning} of a content is known. */
  public int longest() {
    return max();
  }

  int min() {
    return average / 4;
  }

  int max() {
    return average * 4;
  }

  /** Before the average a cut is four times as rare as it takes, and after it as frequent. */
  long strictMask() {
    return topBits(bits() + 2);
  }

  long looseMask() {
    return topBits(bits() - 2);
  }

  private int bits() {
    return Integer.numberOfTrailingZeros(average);
  }

  /** Each byte shifts the hash by one bit, so the top ones have seen the most of them. */
  private static long topBits(int count) {
    return -1L << (Long.SIZE - count);
  }
}
