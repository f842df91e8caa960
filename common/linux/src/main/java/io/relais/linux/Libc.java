package io.relais.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The C library's calls, raw. Each returns what the system call does: a value of 0 or more, or
 * minus the error number ({@link Errno}). A call interrupted by a signal is made again.
 *
 * <p>Flags that differ between processors follow {@code asm/fcntl.h}; everything else is the same
 * on all of Linux.
 */
public final class Libc {
  public static final int AT_FDCWD = -100;
  public static final int AT_SYMLINK_NOFOLLOW = 0x100;
  static final int AT_NO_AUTOMOUNT = 0x800;
  static final int AT_EMPTY_PATH = 0x1000;

  private static final boolean ARM = isArm(System.getProperty("os.arch"));

  public static final int SEEK_SET = 0;
  public static final int SEEK_DATA = 3;

  public static final int O_RDONLY = 0;
  public static final int O_NOCTTY = 0x100;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_DIRECTORY = ARM ? 0x4000 : 0x10000;
  public static final int O_NOFOLLOW = ARM ? 0x8000 : 0x20000;
  public static final int O_NOATIME = 0x40000;
  public static final int O_CLOEXEC = 0x80000;
  public static final int O_PATH = 0x200000;

  private static final MethodHandle OPENAT =
      Downcall.capturing(
          "openat",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT),
          Linker.Option.firstVariadicArg(3));
  private static final MethodHandle STATX =
      Downcall.capturing(
          "statx", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle READLINKAT =
      Downcall.capturing(
          "readlinkat", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG));
  private static final MethodHandle FSTATFS =
      Downcall.capturing("fstatfs", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle LSEEK =
      Downcall.capturing("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle FCNTL =
      Downcall.capturing(
          "fcntl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle READ =
      Downcall.capturing("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

  /** The wrapper {@code getdents64} came only with glibc 2.30, so it is called by its number. */
  private static final MethodHandle SYSCALL =
      Downcall.capturing(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG),
          Linker.Option.firstVariadicArg(1));

  /** Most C libraries have no wrapper for {@code openat2}. */
  private static final MethodHandle SYSCALL_OPENAT2 =
      Downcall.capturing(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG),
          Linker.Option.firstVariadicArg(1));

  private static final MethodHandle CLOSE =
      Downcall.plain("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private static final MethodHandle GETPWUID =
      Downcall.plain(
          "getpwuid_r",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));

  /** The same on all processors, as for every system call since Linux 5.1. */
  private static final long OPENAT2 = 437;

  private static final long GETDENTS64 = ARM || isRiscV() ? 61 : 217;

  private Libc() {}

  private static boolean isArm(String arch) {
    return switch (arch) {
      case "amd64", "riscv64" -> false;
      case "aarch64" -> true;
      default -> throw new UnsupportedOperationException("no system call numbers for " + arch);
    };
  }

  private static boolean isRiscV() {
    return System.getProperty("os.arch").equals("riscv64");
  }

  /** openat(2), never to create. */
  public static int openat(MemorySegment errno, int directory, MemorySegment name, int flags) {
    try {
      int result;
      do {
        result = (int) OPENAT.invokeExact(errno, directory, name, flags);
      } while (Downcall.isInterrupted(result, errno));
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** openat2(2), as its {@code how} says ({@link OpenHow}). */
  public static int openat2(
      MemorySegment errno, int directory, MemorySegment path, MemorySegment how) {
    try {
      long result;
      do {
        result =
            (long)
                SYSCALL_OPENAT2.invokeExact(errno, OPENAT2, directory, path, how, how.byteSize());
      } while (Downcall.isInterrupted(result, errno));
      return (int) Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** statx(2) into {@code buffer}, laid out as {@link Statx} reads it. */
  static int statx(
      MemorySegment errno,
      int directory,
      MemorySegment name,
      int flags,
      int mask,
      MemorySegment buffer) {
    try {
      int result = (int) STATX.invokeExact(errno, directory, name, flags, mask, buffer);
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** readlinkat(2): how many bytes were put into {@code buffer}; no NUL after them. */
  public static int readlinkat(
      MemorySegment errno, int directory, MemorySegment name, MemorySegment buffer) {
    try {
      long result =
          (long) READLINKAT.invokeExact(errno, directory, name, buffer, buffer.byteSize());
      return (int) Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** fstatfs(2) into {@code buffer}, a {@code struct statfs}. */
  public static int fstatfs(MemorySegment errno, int descriptor, MemorySegment buffer) {
    try {
      int result;
      do {
        result = (int) FSTATFS.invokeExact(errno, descriptor, buffer);
      } while (Downcall.isInterrupted(result, errno));
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** fcntl(2) with a {@code struct flock}, for the locks that {@link OfdLock} describes. */
  static int fcntl(MemorySegment errno, int descriptor, int command, MemorySegment lock) {
    try {
      int result;
      do {
        result = (int) FCNTL.invokeExact(errno, descriptor, command, lock);
      } while (Downcall.isInterrupted(result, errno));
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /**
   * getpwuid_r(3): 0, also where there is no such account, or an error number, not negated.
   *
   * @param found gets where in {@code entry} the account is; NULL for none
   */
  public static int getpwuid(
      int uid, MemorySegment entry, MemorySegment text, MemorySegment found) {
    try {
      return (int) GETPWUID.invokeExact(uid, entry, text, text.byteSize(), found);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** getdents64(2): how many bytes of entries were put into {@code buffer}; 0 at the end. */
  public static int getdents64(MemorySegment errno, int directory, MemorySegment buffer) {
    try {
      long result =
          (long) SYSCALL.invokeExact(errno, GETDENTS64, directory, buffer, buffer.byteSize());
      return (int) Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** read(2): how many bytes were put into {@code buffer}; 0 at the end. */
  public static int read(MemorySegment errno, int file, MemorySegment buffer) {
    try {
      long result;
      do {
        result = (long) READ.invokeExact(errno, file, buffer, buffer.byteSize());
      } while (Downcall.isInterrupted(result, errno));
      return (int) Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** lseek(2): the offset from the beginning of the file, or minus the error number. */
  public static long lseek(MemorySegment errno, int file, long offset, int whence) {
    try {
      long result = (long) LSEEK.invokeExact(errno, file, offset, whence);
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** close(2). Its errors say nothing about a descriptor that was only read. */
  public static void close(int descriptor) {
    try {
      int _ = (int) CLOSE.invokeExact(descriptor);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }
}
