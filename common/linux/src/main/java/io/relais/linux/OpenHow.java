package io.relais.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A {@code struct open_how}, which tells openat2(2) how to open (linux/openat2.h). */
public final class OpenHow {
  /** Fails with ELOOP where any component is a symlink, the last one too. */
  private static final long RESOLVE_NO_SYMLINKS = 0x04;

  /** Fails with EXDEV where the path leads out of the directory it starts from. */
  private static final long RESOLVE_BENEATH = 0x08;

  private static final long BYTES = 24;
  private static final long FLAGS = 0;
  private static final long RESOLVE = 16;

  private OpenHow() {}

  /** For a path that meets no symlink and stays below. Lives as long as the process. */
  public static MemorySegment plainlyBelow(int flags) {
    MemorySegment how = Arena.global().allocate(BYTES, Long.BYTES);
    how.set(JAVA_LONG, FLAGS, flags);
    how.set(JAVA_LONG, RESOLVE, RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
    return how.asReadOnly();
  }
}
