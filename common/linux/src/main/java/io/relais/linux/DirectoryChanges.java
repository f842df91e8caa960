package io.relais.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The C library's calls that change what a directory holds, or a file that is open: raw, and with
 * results as those of {@link Libc}. None of them follows a symlink in the last place.
 */
public final class DirectoryChanges {
  /** For {@link #unlinkat}: what is removed is an empty directory. */
  public static final int AT_REMOVEDIR = 0x200;

  private static final int O_WRONLY = 1;
  private static final int O_CREAT = 0x40;
  private static final int O_EXCL = 0x80;
  private static final int PRIVATE = 0600;

  /** For a time that is to stay (utimensat(2)). */
  private static final long UTIME_OMIT = (1L << 30) - 2;

  private static final MethodHandle OPENAT =
      Downcall.capturing(
          "openat",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
          Linker.Option.firstVariadicArg(3));
  private static final MethodHandle WRITE =
      Downcall.capturing("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle FSYNC =
      Downcall.capturing("fsync", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle FCHMOD =
      Downcall.capturing("fchmod", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle FUTIMENS =
      Downcall.capturing("futimens", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle FCHOWNAT =
      Downcall.capturing(
          "fchownat",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle MKDIRAT =
      Downcall.capturing("mkdirat", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SYMLINKAT =
      Downcall.capturing("symlinkat", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS));
  private static final MethodHandle RENAMEAT =
      Downcall.capturing(
          "renameat", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS));
  private static final MethodHandle UNLINKAT =
      Downcall.capturing("unlinkat", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));

  private DirectoryChanges() {}

  /** openat(2) of a file that must not be there yet, to be written; only its owner may read it. */
  public static int create(MemorySegment errno, int directory, MemorySegment name) {
    try {
      int flags = O_WRONLY | O_CREAT | O_EXCL | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;
      int result;
      do {
        result = (int) OPENAT.invokeExact(errno, directory, name, flags, PRIVATE);
      } while (Downcall.isInterrupted(result, errno));
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** write(2): how many of the first {@code length} bytes of {@code buffer} were written. */
  public static long write(MemorySegment errno, int file, MemorySegment buffer, long length) {
    try {
      long result;
      do {
        result = (long) WRITE.invokeExact(errno, file, buffer, length);
      } while (Downcall.isInterrupted(result, errno));
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** fsync(2), of a file or a directory. */
  public static int fsync(MemorySegment errno, int descriptor) {
    try {
      int result;
      do {
        result = (int) FSYNC.invokeExact(errno, descriptor);
      } while (Downcall.isInterrupted(result, errno));
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** fchmod(2). */
  public static int fchmod(MemorySegment errno, int descriptor, int mode) {
    try {
      int result = (int) FCHMOD.invokeExact(errno, descriptor, mode);
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** futimens(3): sets the time of the last change of the content alone. */
  public static int setModified(Scratch scratch, int descriptor, long seconds) {
    try {
      MemorySegment times = scratch.allocate(4L * Long.BYTES);
      times.setAtIndex(JAVA_LONG, 1, UTIME_OMIT);
      times.setAtIndex(JAVA_LONG, 2, seconds);
      int result = (int) FUTIMENS.invokeExact(scratch.errno(), descriptor, times);
      return Downcall.result(result, scratch.errno());
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** fchownat(2), of what bears the name itself. */
  public static int lchownat(
      MemorySegment errno, int directory, MemorySegment name, long user, long group) {
    try {
      int result =
          (int)
              FCHOWNAT.invokeExact(
                  errno, directory, name, (int) user, (int) group, Libc.AT_SYMLINK_NOFOLLOW);
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** mkdirat(2). */
  public static int mkdirat(MemorySegment errno, int directory, MemorySegment name, int mode) {
    try {
      int result = (int) MKDIRAT.invokeExact(errno, directory, name, mode);
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** symlinkat(2). */
  public static int symlinkat(
      MemorySegment errno, MemorySegment text, int directory, MemorySegment name) {
    try {
      int result = (int) SYMLINKAT.invokeExact(errno, text, directory, name);
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** renameat(2), within one directory. */
  public static int rename(
      MemorySegment errno, int directory, MemorySegment from, MemorySegment to) {
    try {
      int result = (int) RENAMEAT.invokeExact(errno, directory, from, directory, to);
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** unlinkat(2). */
  public static int unlinkat(MemorySegment errno, int directory, MemorySegment name, int flags) {
    try {
      int result = (int) UNLINKAT.invokeExact(errno, directory, name, flags);
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }
}
