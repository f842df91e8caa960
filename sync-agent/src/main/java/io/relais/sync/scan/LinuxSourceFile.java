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

  private final int descriptor;
  private final RelPath path;
  private boolean closed;

  LinuxSourceFile(int descriptor, RelPath path) {
    this.descriptor = descriptor;
    this.path = path;
  }

  @Override
  public synchronized SourceEntry stat() throws IOException {
    checkOpen();
    try (Scratch scratch = new Scratch()) {
      check(scratch.statx(descriptor));
      return Statx.entry(scratch.statx, null);
    }
  }

  @Override
  public synchronized int read(byte[] buffer, int offset, int length) throws IOException {
    checkFromIndexSize(offset, length, buffer.length);
    checkOpen();
    try (Scratch scratch = new Scratch()) {
      MemorySegment chunk = scratch.allocate(Math.clamp(length, 1, CHUNK));
      int done = 0;
      while (done < length) {
        MemorySegment wanted = chunk.asSlice(0, Math.min(chunk.byteSize(), length - done));
        int count = check(Libc.read(scratch.errno(), descriptor, wanted));
        if (count == 0) {
          break;
        }
        MemorySegment.copy(chunk, JAVA_BYTE, 0, buffer, offset + done, count);
        done += count;
      }
      return done;
    }
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
