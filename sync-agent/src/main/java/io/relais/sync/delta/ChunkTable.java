package io.relais.sync.delta;

/** Where the chunks of a list are in its content. Immutable; 16 bytes a chunk. */
final class ChunkTable {
  private final ChunkList list;
  private final long[] offsets;

  /** Open addressing; a chunk's number plus one, 0 for nothing. */
  private final int[] slots;

  ChunkTable(ChunkList list) {
    this.list = list;
    int count = list.count();
    this.offsets = new long[count];
    this.slots = new int[Integer.highestOneBit(Math.max(1, count)) * 4];
    long offset = 0;
    for (int i = 0; i < count; i++) {
      offsets[i] = offset;
      offset += list.length(i);
      insert(i);
    }
  }

  /** Of equal chunks the first is kept. */
  private void insert(int chunk) {
    int slot = slot(list.start(chunk));
    while (slots[slot] != 0) {
      int other = slots[slot] - 1;
      if (list.sameAs(other, chunk)) {
        return;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    slots[slot] = chunk + 1;
  }

  private int slot(int hashStart) {
    return hashStart & (slots.length - 1);
  }

  /**
   * A chunk with this content, or -1.
   *
   * @param preferred the one that is taken if several have it: what follows the last match makes
   *     one longer copy with it
   */
  int find(int length, byte[] hash, int preferred) {
    if (preferred >= 0 && preferred < offsets.length && list.is(preferred, length, hash)) {
      return preferred;
    }
    int start = hash[0] << 24 | (hash[1] & 0xFF) << 16 | (hash[2] & 0xFF) << 8 | (hash[3] & 0xFF);
    int slot = slot(start);
    while (slots[slot] != 0) {
      if (list.is(slots[slot] - 1, length, hash)) {
        return slots[slot] - 1;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    return -1;
  }

  long offset(int chunk) {
    return offsets[chunk];
  }
}
