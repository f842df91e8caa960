package io.relais.sync.delta;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.checkIndex;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The chunks of one content, in order: for each its length and 160 bits of its SHA-256, 24 bytes in
 * memory and on disk. Immutable.
 */
public final class ChunkList {
  static final int HASH_BYTES = 20;
  private static final int HEADER = Integer.BYTES;
  private static final int ENTRY = Integer.BYTES + HASH_BYTES;

  private final ByteBuffer packed;
  private final ChunkSize size;
  private final long totalBytes;

  private ChunkList(byte[] packed) {
    checkArgument(packed.length >= HEADER && (packed.length - HEADER) % ENTRY == 0, "cut off");
    this.packed = ByteBuffer.wrap(packed);
    this.size = new ChunkSize(this.packed.getInt(0));
    long total = 0;
    for (int i = 0; i < count(); i++) {
      checkArgument(length(i) > 0 && length(i) <= size.max(), "a chunk of %s bytes", length(i));
      total += length(i);
    }
    this.totalBytes = total;
  }

  /**
   * What {@link #toBytes} gave.
   *
   * @throws IllegalArgumentException if these bytes can't be that
   */
  public static ChunkList of(byte[] bytes) {
    return new ChunkList(bytes.clone());
  }

  /** For keeping. */
  public byte[] toBytes() {
    return packed.array().clone();
  }

  /** How the content was cut. */
  public ChunkSize size() {
    return size;
  }

  /** The length of the content. */
  public long totalBytes() {
    return totalBytes;
  }

  /** Bits of the first chunk's hash, by which a content that begins alike can be found; or 0. */
  public long beginning() {
    return count() == 0 ? 0 : packed.getLong(HEADER + Integer.BYTES);
  }

  /** What the list itself takes. */
  public int listBytes() {
    return packed.capacity();
  }

  int count() {
    return (packed.capacity() - HEADER) / ENTRY;
  }

  int length(int chunk) {
    return packed.getInt(HEADER + checkIndex(chunk, count()) * ENTRY);
  }

  boolean is(int chunk, int length, byte[] hash) {
    int at = HEADER + chunk * ENTRY + Integer.BYTES;
    return length(chunk) == length
        && Arrays.equals(packed.array(), at, at + HASH_BYTES, hash, 0, HASH_BYTES);
  }

  boolean sameAs(int one, int other) {
    int at = HEADER + one * ENTRY;
    int otherAt = HEADER + other * ENTRY;
    byte[] bytes = packed.array();
    return Arrays.equals(bytes, at, at + ENTRY, bytes, otherAt, otherAt + ENTRY);
  }

  /** The first bits of a chunk's hash. */
  int start(int chunk) {
    return packed.getInt(HEADER + chunk * ENTRY + Integer.BYTES);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ChunkList list && packed.equals(list.packed);
  }

  @Override
  public int hashCode() {
    return packed.hashCode();
  }

  @Override
  public String toString() {
    return count() + " chunks of " + totalBytes + " bytes";
  }

  /** Takes one chunk after the other. For one thread. */
  static final class Builder {
    private byte[] bytes = new byte[HEADER + 64 * ENTRY];
    private int length = HEADER;

    Builder(ChunkSize size) {
      ByteBuffer.wrap(bytes).putInt(size.average());
    }

    void add(int chunkLength, byte[] hash) {
      if (length + ENTRY > bytes.length) {
        bytes = Arrays.copyOf(bytes, HEADER + (bytes.length - HEADER) * 2);
      }
      ByteBuffer.wrap(bytes).putInt(length, chunkLength);
      System.arraycopy(hash, 0, bytes, length + Integer.BYTES, HASH_BYTES);
      length += ENTRY;
    }

    ChunkList build() {
      return new ChunkList(Arrays.copyOf(bytes, length));
    }
  }
}
