package io.relais.sync.source;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.util.Objects.checkFromIndexSize;

import io.relais.linux.Errno;
import io.relais.linux.Libc;
import io.relais.linux.OfdLock;
import io.relais.linux.Scratch;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;

/** A regular file, open by descriptor. */
final class LinuxSourceFile implements SourceFile {
  private static final int CHUNK = 64 * 1024;
  private static final int LEAST_CHUNK = 4096;

  private final int descriptor;
  private final RelPath path;
  private final SourceEntry opened;
  private long position;

  /** By the last look at the file. */
  private long size;

  /** Where the data after a hole begins; nothing is read before that. */
  private long dataFrom;

  private final long allocated;
  private boolean closed;

  /**
   * Takes over the descriptor of a file that is {@code opened} by a look at that descriptor.
   *
   * @param allocated how many bytes of it are stored, by that look
   */
  LinuxSourceFile(int descriptor, RelPath path, SourceEntry opened, long allocated) {
    this.descriptor = descriptor;
    this.path = path;
    this.opened = opened;
    this.size = opened.size();
    this.allocated = allocated;
  }

  @Override
  public SourceEntry opened() {
    return opened;
  }

  @Override
  public synchronized SourceEntry stat() throws IOException {
    checkOpen();
    try (Scratch scratch = new Scratch()) {
      check(scratch.statx(descriptor));
      SourceEntry entry = StatxEntry.entry(scratch.statx, null);
      size = entry.size();
      return entry;
    }
  }

  @Override
  public long allocated() {
    return allocated;
  }

  @Override
  public synchronized int read(byte[] buffer, int offset, int length) throws IOException {
    checkFromIndexSize(offset, length, buffer.length);
    checkOpen();
    if (length == 0 || isAtEnd()) {
      return 0;
    }
    try (Scratch scratch = new Scratch()) {
      MemorySegment chunk = scratch.allocate(Math.min(length, likely()));
      int done = 0;
      while (done < length && !isAtEnd()) {
        if (position < dataFrom) {
          int zeros = (int) Math.min(length - done, dataFrom - position);
          Arrays.fill(buffer, offset + done, offset + done + zeros, (byte) 0);
          done += zeros;
          position += zeros;
          continue;
        }
        MemorySegment wanted = chunk.asSlice(0, Math.min(chunk.byteSize(), length - done));
        int count = check(Libc.read(scratch.errno(), descriptor, wanted));
        if (count == 0) {
          break;
        }
        MemorySegment.copy(chunk, JAVA_BYTE, 0, buffer, offset + done, count);
        if (allocated < size && isZero(buffer, offset + done, count)) {
          findData(scratch, position + count);
        }
        done += count;
        position += count;
      }
      return done;
    }
  }

  private static boolean isZero(byte[] buffer, int from, int count) {
    // All bytes are equal if each is equal to the next.
    return buffer[from] == 0
        && Arrays.equals(buffer, from, from + count - 1, buffer, from + 1, from + count);
  }

  /** What is zero may be the beginning of a hole: whose rest need not be read. */
  private void findData(Scratch scratch, long from) throws IOException {
    long data = Libc.lseek(scratch.errno(), descriptor, from, Libc.SEEK_DATA);
    if (data == -Errno.ENXIO) {
      // None is left, by the file's size now; what comes behind the size as we know it may be
      // missed.
      data = Math.max(from, size);
      data = Libc.lseek(scratch.errno(), descriptor, data, Libc.SEEK_SET);
    }
    if (data < 0) {
      throw Errno.exception((int) -data, path.toString());
    }
    dataFrom = data;
  }

  @Override
  public synchronized boolean lock(long start, long length) throws IOException {
    checkOpen();
    try (Scratch scratch = new Scratch()) {
      return OfdLock.lock(scratch, descriptor, start, length, path.toString());
    }
  }

  @Override
  public synchronized void unlock(long start, long length) throws IOException {
    checkOpen();
    try (Scratch scratch = new Scratch()) {
      OfdLock.unlock(scratch, descriptor, start, length, path.toString());
    }
  }

  @Override
  public synchronized boolean isLockedElsewhere(long start, long length) throws IOException {
    checkOpen();
    try (Scratch scratch = new Scratch()) {
      return OfdLock.isTaken(scratch, descriptor, start, length, path.toString());
    }
  }

  /**
   * Whether to take the size's word for it. Not for an empty file: some file systems, like that of
   * the processes, make up contents as they are read, and call all of them empty.
   */
  private boolean isAtEnd() {
    return position == size && size > 0;
  }

  /** How much to ask for at once: more than there should be, to notice it if there is. */
  private int likely() {
    return Math.clamp(size - position + 1, LEAST_CHUNK, CHUNK);
  }

  private int check(int result) throws IOException {
    if (result < 0) {
      throw Errno.exception(-result, path.toString());
    }
    return result;
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Libc.close(descriptor);
    }
  }
}
