package io.relais.sync.delta;

import com.google.common.hash.HashCode;
import io.relais.sync.delta.ContentDigest.Sha256;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a new content once, and tells which of its chunks the old one had. On the way it makes the
 * list of the new one, and its hash, on a second thread. For one thread.
 *
 * <p>Memory: two buffers of 512 KiB and the largest chunk, and the lists.
 */
public final class Matcher {
  private static final int READ = 512 << 10;

  /** A longer copy is told in parts, so that it can begin while the next part is still read. */
  private static final int MOST_COPY = 4 << 20;

  private static final int MOST_LITERAL = 256 << 10;

  /** Where the new content comes from. */
  public interface Input {
    /** Reads the next bytes, fewer only at the end; how many, 0 at the end. */
    int read(byte[] buffer, int offset, int length) throws IOException;
  }

  private final Input input;
  private final ChunkList old;
  private final ChunkTable table;
  private final Cutter cutter;
  private final ChunkList.Builder list;
  private final @Nullable ChunkLister lister;
  private final MessageDigest chunkDigest = Sha256.digest();
  private final ContentDigest contentDigest = new ContentDigest();

  private byte[] window;
  private byte[] spare;
  private int literal; // what is before the chunk that is being read, and to be sent
  private int chunk;
  private int scanned;
  private int filled;
  private boolean ended;

  private long copyOffset;
  private long copyLength;
  private long zeros;
  private int following = -1;

  /**
   * Prepares to read.
   *
   * @param old what there is to copy from
   * @param bytes about how many will be read, for the list of the new content
   */
  public Matcher(Input input, ChunkList old, long bytes) {
    this.input = input;
    this.old = old;
    this.table = new ChunkTable(old);
    this.cutter = new Cutter(old.size());
    this.list = new ChunkList.Builder(old.size());
    // Only what is cut alike can match, so a list in another size is made beside.
    this.lister = old.size().suits(bytes) ? null : new ChunkLister(ChunkSize.forFile(bytes));
    int capacity = READ + old.size().max();
    this.window = new byte[capacity];
    this.spare = new byte[capacity];
  }

  /**
   * What comes next: the pieces make up the new content, without gaps. The bytes of a literal are
   * good until this is called again.
   *
   * @return null at the end
   */
  public @Nullable Piece next() throws IOException {
    while (true) {
      int end = cutter.cut(window, scanned, filled);
      if (end < 0 && !ended) {
        if (literal < chunk) {
          scanned = filled;
          return takeLiteral();
        }
        refill();
        continue;
      }
      if (end < 0 && chunk == filled) {
        return rest();
      }
      scanned = end < 0 ? filled : end;
      Piece piece = chunkEnded(scanned);
      if (piece != null) {
        return piece;
      }
    }
  }

  /** What becomes final by the chunk that ends here; null if nothing does. */
  private @Nullable Piece chunkEnded(int end) {
    int length = end - chunk;
    chunkDigest.update(window, chunk, length);
    byte[] hash = chunkDigest.digest();
    list.add(length, hash);
    if (isZero(chunk, end)) {
      return toLeaveOut(end);
    }
    int found = table.find(length, hash, following);
    return found < 0 ? toSend(end) : toCopy(found, end);
  }

  private boolean isZero(int from, int to) {
    // All bytes are equal if each is equal to the next.
    return window[from] == 0 && Arrays.equals(window, from, to - 1, window, from + 1, to);
  }

  private @Nullable Piece toLeaveOut(int end) {
    Piece before = literal < chunk ? takeLiteral() : takeCopy();
    zeros += end - chunk;
    chunk = end;
    literal = end;
    return before;
  }

  private @Nullable Piece toSend(int end) {
    following = -1;
    Piece before = takeCopyOrZeros();
    chunk = end;
    return before == null && chunk - literal >= MOST_LITERAL ? takeLiteral() : before;
  }

  private @Nullable Piece toCopy(int found, int end) {
    long offset = table.offset(found);
    Piece before = null;
    if (literal < chunk) {
      before = takeLiteral();
    } else if (zeros > 0) {
      before = takeZeros();
    } else if (copyLength > 0 && (offset != copyOffset + copyLength || copyLength >= MOST_COPY)) {
      before = takeCopy();
    }
    if (copyLength == 0) {
      copyOffset = offset;
    }
    copyLength += end - chunk;
    following = found + 1;
    chunk = end;
    literal = end;
    return before;
  }

  private @Nullable Piece rest() {
    return literal < chunk ? takeLiteral() : takeCopyOrZeros();
  }

  /** Only one of the three is waiting at any time. */
  private @Nullable Piece takeCopyOrZeros() {
    return zeros > 0 ? takeZeros() : takeCopy();
  }

  private Piece takeZeros() {
    Piece taken = new Piece.Zeros(zeros);
    zeros = 0;
    return taken;
  }

  private Piece takeLiteral() {
    Piece taken = new Piece.Literal(window, literal, chunk - literal);
    literal = chunk;
    return taken;
  }

  private @Nullable Piece takeCopy() {
    if (copyLength == 0) {
      return null;
    }
    Piece taken = new Piece.Copy(copyOffset, copyLength);
    copyLength = 0;
    return taken;
  }

  /** Goes over to the other buffer, with the beginning of the chunk that is being read. */
  private void refill() throws IOException {
    int kept = filled - chunk;
    contentDigest.await();
    System.arraycopy(window, chunk, spare, 0, kept);
    byte[] full = window;
    window = spare;
    spare = full;
    int count = input.read(window, kept, READ);
    ended = count == 0;
    literal = 0;
    chunk = 0;
    scanned = kept;
    filled = kept + count;
    contentDigest.update(window, kept, count);
    if (lister != null) {
      lister.update(window, kept, count);
    }
  }

  /** Whether what was read is the old content, from end to end. Once all was read. */
  public boolean isSame() {
    return list.build().equals(old);
  }

  /** The list of what was read. Once all was read. */
  public ChunkList chunks() {
    return lister == null ? list.build() : lister.finish();
  }

  /** SHA-256 of what was read. Once all was read, and once. */
  public HashCode content() {
    return contentDigest.finish();
  }

  /** Where the chunks of a list are in its content. Immutable; 16 bytes a chunk. */
  private static final class ChunkTable {
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
}
