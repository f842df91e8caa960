package io.relais.sync.scan;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.util.Objects.checkFromIndexSize;

import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.SourceEntry;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;

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

  private boolean closed;

  /** Takes over the descriptor of a file that is {@code opened} by a look at that descriptor. */
  LinuxSourceFile(int descriptor, RelPath path, SourceEntry opened) {
    this.descriptor = descriptor;
    this.path = path;
    this.opened = opened;
    this.size = opened.size();
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
      SourceEntry entry = Statx.entry(scratch.statx, null);
      size = entry.size();
      return entry;
    }
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
        MemorySegment wanted = chunk.asSlice(0, Math.min(chunk.byteSize(), length - done));
        int count = check(Libc.read(scratch.errno(), descriptor, wanted));
        if (count == 0) {
          break;
        }
        MemorySegment.copy(chunk, JAVA_BYTE, 0, buffer, offset + done, count);
        done += count;
        position += count;
      }
      return done;
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
