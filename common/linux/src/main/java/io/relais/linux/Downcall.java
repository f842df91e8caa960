package io.relais.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** How functions of the C library are found and called, and how a failed call is told. */
final class Downcall {
  /** Where a failed call leaves its error number. */
  static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();

  private static final VarHandle ERRNO =
      ERRNO_LAYOUT.varHandle(StructLayout.PathElement.groupElement("errno"));

  private Downcall() {}

  /**
   * A function whose first argument is where it leaves its error number.
   *
   * @throws java.util.NoSuchElementException if this C library doesn't have it
   * @throws IllegalCallerException if this JVM may not make native calls
   */
  static MethodHandle capturing(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker.Option[] all = new Linker.Option[options.length + 1];
    System.arraycopy(options, 0, all, 1, options.length);
    all[0] = Linker.Option.captureCallState("errno");
    return plain(name, descriptor, all);
  }

  /** A function whose errors nobody asks for; it throws as {@link #capturing} does. */
  static MethodHandle plain(String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
  }

  /** What a call has returned, or minus the error number. */
  static int result(int returned, MemorySegment errno) {
    return returned >= 0 ? returned : failure(errno);
  }

  /** The same for a call that returns a 64-bit number. */
  static long result(long returned, MemorySegment errno) {
    return returned >= 0 ? returned : failure(errno);
  }

  static boolean isInterrupted(long returned, MemorySegment errno) {
    return returned < 0 && failure(errno) == -Errno.EINTR;
  }

  private static int failure(MemorySegment errno) {
    return -(int) ERRNO.get(errno, 0L);
  }

  static AssertionError impossible(Throwable t) {
    return new AssertionError("a downcall can't throw", t);
  }
}
