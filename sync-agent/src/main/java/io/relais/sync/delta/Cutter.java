package io.relais.sync.delta;

/**
 * Cuts a stream where its content says so: FastCDC with normalised chunking (Xia et al., IEEE TPDS
 * 31/9, 2020). A cut depends on the 64 bytes before it, so that an insertion moves the cuts after
 * it and changes none but the nearest. For one thread.
 */
final class Cutter {
  private final int min;
  private final int average;
  private final int max;
  private final long strictMask;
  private final long looseMask;
  private int length;
  private long hash;

  Cutter(ChunkSize size) {
    this.min = size.min();
    this.average = size.average();
    this.max = size.max();
    this.strictMask = size.strictMask();
    this.looseMask = size.looseMask();
  }

  /**
   * Goes on with the next bytes, to the end of the chunk that they belong to.
   *
   * @return the index after that chunk's last byte, or -1 where the chunk does not end in them
   */
  int cut(byte[] data, int from, int to) {
    int at = Math.min(to, from + Math.max(0, min - length));
    length += at - from;
    if (at < to && length < average) {
      int stop = Math.min(to, at + average - length);
      int end = scan(data, at, stop, strictMask);
      if (end >= 0) {
        return ended(end);
      }
      length += stop - at;
      at = stop;
    }
    if (at < to && length >= average) {
      int stop = Math.min(to, at + max - length);
      int end = scan(data, at, stop, looseMask);
      if (end >= 0) {
        return ended(end);
      }
      length += stop - at;
      at = stop;
    }
    return length == max ? ended(at) : -1;
  }

  private int scan(byte[] data, int from, int to, long mask) {
    long[] table = Gear.TABLE;
    long h = hash;
    for (int i = from; i < to; i++) {
      h = (h << 1) + table[data[i] & 0xFF];
      if ((h & mask) == 0) {
        return i + 1;
      }
    }
    hash = h;
    return -1;
  }

  private int ended(int end) {
    length = 0;
    hash = 0;
    return end;
  }

  /**
   * The table of the gear hash: a random number for each byte. It must never change: lists of
   * chunks that were made with another one match nothing.
   */
  static final class Gear {
    static final long[] TABLE = table();

    private Gear() {}

    /** SplitMix64 (Steele, Lea, Flood, 2014) from the seed 0, one number after the other. */
    private static long[] table() {
      long[] table = new long[256];
      long state = 0;
      for (int i = 0; i < table.length; i++) {
        state += 0x9E3779B97F4A7C15L;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        table[i] = z ^ (z >>> 31);
      }
      return table;
    }
  }
}
