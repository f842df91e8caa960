package io.relais.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The native memory of one call. For one thread. */
public final class Scratch implements AutoCloseable {
  /** A target has at most PATH_MAX - 1 bytes; one more tells that it was cut off. */
  private static final int LINK_BUFFER = 4096;

  /** It has 120 bytes on 64-bit processors (statfs(2)). */
  private static final int STATFS_BYTES = 128;

  private static final MemorySegment EMPTY = Arena.global().allocateFrom("").asReadOnly();

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);

  /** The {@code struct statx} that {@link #statx} fills. */
  public final MemorySegment statx = arena.allocate(Statx.BYTES, Long.BYTES);

  private @Nullable MemorySegment linkBuffer;
  private @Nullable MemorySegment statfs;

  public MemorySegment errno() {
    return errno;
  }

  public MemorySegment allocate(long bytes) {
    return arena.allocate(bytes, Long.BYTES);
  }

  public MemorySegment string(String latin1) {
    return arena.allocateFrom(latin1, ISO_8859_1);
  }

  /** The same for every symlink of a listing. */
  public MemorySegment linkBuffer() {
    if (linkBuffer == null) {
      linkBuffer = allocate(LINK_BUFFER);
    }
    return linkBuffer;
  }

  /** For a {@code struct statfs}, the same every time. */
  public MemorySegment statfs() {
    if (statfs == null) {
      statfs = allocate(STATFS_BYTES);
    }
    return statfs;
  }

  /**
   * The names in a relative path, each with a NUL after it.
   *
   * @param path one character a byte; empty for no names
   */
  public MemorySegment[] names(String path) {
    if (path.isEmpty()) {
      return new MemorySegment[0];
    }
    String[] names = path.split("/");
    MemorySegment whole = string(path);
    MemorySegment[] segments = new MemorySegment[names.length];
    long at = 0;
    for (int i = 0; i < names.length; i++) {
      segments[i] = whole.asSlice(at, names[i].length() + 1L);
      at += names[i].length() + 1L;
      whole.set(JAVA_BYTE, at - 1, (byte) 0);
    }
    return segments;
  }

  /** statx(2) into {@link #statx}; 0, or minus the error number. */
  public int statx(int directory, MemorySegment name, int flags) {
    return Libc.statx(errno, directory, name, flags | Libc.AT_NO_AUTOMOUNT, Statx.MASK, statx);
  }

  /** Looks at the descriptor itself. */
  public int statx(int descriptor) {
    return statx(descriptor, EMPTY, Libc.AT_EMPTY_PATH);
  }

  @Override
  public void close() {
    arena.close();
  }
}
