package io.relais.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Locks on ranges of bytes that belong to the open file description (fcntl(2), {@code
 * F_OFD_SETLK}). Those of other processes that take the older kind conflict with them, so they hold
 * against every program; but unlike the older kind they don't end when another descriptor of the
 * same file is closed in this process.
 */
public final class OfdLock {
  private static final int F_OFD_GETLK = 36;
  private static final int F_OFD_SETLK = 37;
  private static final short F_RDLCK = 0;
  private static final short F_WRLCK = 1;
  private static final short F_UNLCK = 2;
  private static final int FLOCK_SIZE = 32;
  private static final int START = 8;
  private static final int LENGTH = 16;

  private OfdLock() {}

  /** Whether the range was locked for reading; false if somebody else has it for writing. */
  public static boolean lock(Scratch scratch, int descriptor, long start, long length, String path)
      throws IOException {
    int result =
        Libc.fcntl(
            scratch.errno(), descriptor, F_OFD_SETLK, flock(scratch, F_RDLCK, start, length));
    if (result == -Errno.EAGAIN || result == -Errno.EACCES) {
      return false;
    }
    return check(result, path);
  }

  public static void unlock(Scratch scratch, int descriptor, long start, long length, String path)
      throws IOException {
    boolean _ =
        check(
            Libc.fcntl(
                scratch.errno(), descriptor, F_OFD_SETLK, flock(scratch, F_UNLCK, start, length)),
            path);
  }

  /** Whether somebody else has a lock there, of whatever kind. */
  public static boolean isTaken(
      Scratch scratch, int descriptor, long start, long length, String path) throws IOException {
    MemorySegment lock = flock(scratch, F_WRLCK, start, length);
    boolean _ = check(Libc.fcntl(scratch.errno(), descriptor, F_OFD_GETLK, lock), path);
    return lock.get(JAVA_SHORT, 0) != F_UNLCK;
  }

  private static boolean check(int result, String path) throws IOException {
    if (result < 0) {
      throw Errno.exception(-result, path);
    }
    return true;
  }

  private static MemorySegment flock(Scratch scratch, short type, long start, long length) {
    MemorySegment lock = scratch.allocate(FLOCK_SIZE).fill((byte) 0);
    lock.set(JAVA_SHORT, 0, type);
    lock.set(JAVA_LONG, START, start);
    lock.set(JAVA_LONG, LENGTH, length);
    return lock;
  }
}
