package io.relais.sync.delta;

/**
 * The table of the gear hash: a random number for each byte. It must never change: lists of chunks
 * that were made with another one match nothing.
 */
final class Gear {
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
