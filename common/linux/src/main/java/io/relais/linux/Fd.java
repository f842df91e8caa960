package io.relais.linux;

import java.io.IOException;
import java.nio.file.Path;

/** A descriptor, closed at the end of the block that opened it unless it belongs to the tree. */
public record Fd(int number, boolean owned) implements AutoCloseable {
  public static Fd owned(int number) {
    return new Fd(number, true);
  }

  public static Fd borrowed(int number) {
    return new Fd(number, false);
  }

  /**
   * A directory, only to look up names in it.
   *
   * @param latin1 its path, one character a byte
   * @throws IOException if there is none, or it may not be reached
   */
  public static Fd ofDirectory(String latin1) throws IOException {
    int flags = Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_CLOEXEC;
    try (Scratch scratch = new Scratch()) {
      int number = Libc.openat(scratch.errno(), Libc.AT_FDCWD, scratch.string(latin1), flags);
      if (number < 0) {
        throw Errno.exception(-number, latin1);
      }
      return owned(number);
    }
  }

  /** A way to a name in this directory, however long its path is (proc_pid_fd(5)). */
  public Path resolve(String name) {
    return Path.of("/proc/self/fd/" + number, name);
  }

  @Override
  public void close() {
    if (owned) {
      Libc.close(number);
    }
  }
}
