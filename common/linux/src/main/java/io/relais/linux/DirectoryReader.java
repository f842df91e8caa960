package io.relais.linux;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Reads the names in an open directory (getdents64(2)). {@code struct linux_dirent64}: inode and
 * offset, 8 bytes each, 2 bytes length of the record, 1 byte type, the name and a NUL.
 */
public final class DirectoryReader {
  private static final int BUFFER = 32 * 1024;
  private static final long D_RECLEN = 16;
  public static final long D_TYPE = 18;
  public static final long D_NAME = 19;

  /** To clear a new buffer would cost more than to read a small directory into it. */
  private static final BlockingQueue<MemorySegment> SPARE = new ArrayBlockingQueue<>(8);

  /** Takes one name. */
  public interface NameConsumer {
    /**
     * Called for every name but {@code .} and {@code ..}.
     *
     * @param name one character a byte
     * @param raw the same with a NUL after it; valid only during the call
     */
    void accept(String name, MemorySegment raw) throws IOException;
  }

  private DirectoryReader() {}

  /**
   * Hands over each name in an open directory, but {@code .} and {@code ..}.
   *
   * @param place what the directory is called in a message, wherever that is needed
   * @throws IOException if it can't be read, or by the consumer
   */
  public static void forEach(Scratch scratch, int directory, Object place, NameConsumer consumer)
      throws IOException {
    MemorySegment spare = SPARE.poll();
    MemorySegment buffer = spare == null ? Arena.ofAuto().allocate(BUFFER, Long.BYTES) : spare;
    try {
      while (true) {
        int filled = Libc.getdents64(scratch.errno(), directory, buffer);
        if (filled < 0) {
          throw Errno.exception(-filled, place.toString());
        }
        if (filled == 0) {
          return;
        }
        eachIn(buffer.asSlice(0, filled), consumer);
      }
    } finally {
      var _ = SPARE.offer(buffer);
    }
  }

  private static void eachIn(MemorySegment records, NameConsumer consumer) throws IOException {
    for (long at = 0; at < records.byteSize(); ) {
      int length = length(records, at);
      MemorySegment raw = records.asSlice(at + D_NAME, length - D_NAME);
      String name = raw.getString(0, ISO_8859_1);
      if (!name.equals(".") && !name.equals("..")) {
        consumer.accept(name, raw);
      }
      at += length;
    }
  }

  public static int length(MemorySegment records, long at) {
    return Short.toUnsignedInt(records.get(JAVA_SHORT, at + D_RECLEN));
  }
}
