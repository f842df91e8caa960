package io.relais.sync.source;

import io.relais.sync.entry.SourceEntry;
import java.io.Closeable;
import java.io.IOException;

/** An open file of the source. For one thread at a time. */
public interface SourceFile extends Closeable {
  /** The file as it was when it was opened, before anything was read; costs nothing. */
  SourceEntry opened();

  /** Looks at the open file itself, whatever its name leads to by now. */
  SourceEntry stat() throws IOException;

  /** How many bytes of it are stored, which is less than its size if it has holes. */
  long allocated();

  /**
   * Reads the next bytes, fewer only at the end of the file. What was written behind its end since
   * the last look at it ({@link #opened} or {@link #stat}) may be left out: another look tells.
   *
   * @return how many were read; 0 at the end
   */
  int read(byte[] buffer, int offset, int length) throws IOException;

  /**
   * Takes a lock for reading on a range of bytes, which lasts until it is given back or the file is
   * closed. It never waits, and changes nothing of the file.
   *
   * @return false if another program has some of it locked for writing
   * @throws IOException if the file system has no locks
   */
  default boolean lock(long start, long length) throws IOException {
    throw new IOException("this file can't be locked");
  }

  /** Gives back what {@link #lock} has taken. */
  default void unlock(long start, long length) throws IOException {
    throw new IOException("this file can't be locked");
  }

  /** Whether another program has a lock of any kind on some of a range. */
  default boolean isLockedElsewhere(long start, long length) throws IOException {
    throw new IOException("this file can't be locked");
  }
}
