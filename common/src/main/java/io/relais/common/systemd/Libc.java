package io.relais.common.systemd;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.time.Duration;

/**
 * The C library's calls that sd_notify(3) needs; the JDK has no datagram sockets of unix's. Each
 * returns what the call does: 0 or more, or minus the error number. Constants and structures are
 * those of 64-bit Linux with the generic headers (x86-64, ARM, RISC-V).
 */
final class Libc {
  static final int AF_UNIX = 1;

  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDTIMEO = 21;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int CLOCK_MONOTONIC = 1;
  private static final int EINTR = 4;

  private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = ERRNO_LAYOUT.varHandle(PathElement.groupElement("errno"));

  private final Linker linker = Linker.nativeLinker();
  private final MethodHandle socket =
      capturing("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private final MethodHandle setsockopt =
      capturing(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private final MethodHandle sendto =
      capturing(
          "sendto",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
  private final MethodHandle close = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private final MethodHandle clockGettime =
      call("clock_gettime", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));

  private MethodHandle capturing(String name, FunctionDescriptor descriptor) {
    return call(name, descriptor, Linker.Option.captureCallState("errno"));
  }

  private MethodHandle call(String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
  }

  /** socket(2), a unix datagram socket. */
  int socket(Arena arena) {
    MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
    try {
      int result = (int) socket.invokeExact(errno, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      return result >= 0 ? result : failure(errno);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** setsockopt(2) with SO_SNDTIMEO; a timeout of zero would be none. */
  int setSendTimeout(Arena arena, int descriptor, Duration timeout) {
    MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
    MemorySegment timeval =
        arena.allocateFrom(JAVA_LONG, timeout.toSeconds(), timeout.toNanosPart() / 1000);
    try {
      int result =
          (int)
              setsockopt.invokeExact(
                  errno, descriptor, SOL_SOCKET, SO_SNDTIMEO, timeval, (int) timeval.byteSize());
      return result >= 0 ? result : failure(errno);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** sendto(2), made again when a signal interrupts it. */
  int sendto(Arena arena, int descriptor, byte[] message, byte[] address) {
    MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
    MemorySegment data = arena.allocateFrom(JAVA_BYTE, message);
    MemorySegment to = arena.allocate(address.length, Short.BYTES);
    MemorySegment.copy(address, 0, to, JAVA_BYTE, 0, address.length);
    try {
      long result;
      do {
        result =
            (long)
                sendto.invokeExact(
                    errno, descriptor, data, data.byteSize(), MSG_NOSIGNAL, to, address.length);
      } while (result < 0 && failure(errno) == -EINTR);
      return result >= 0 ? (int) result : failure(errno);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** close(2). A datagram has left, or hasn't, before: its errors say nothing. */
  void close(int descriptor) {
    try {
      int _ = (int) close.invokeExact(descriptor);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** clock_gettime(2) of CLOCK_MONOTONIC, in microseconds. It can't fail. */
  long monotonicMicros() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment timespec = arena.allocate(JAVA_LONG, 2);
      int _ = (int) clockGettime.invokeExact(CLOCK_MONOTONIC, timespec);
      return timespec.getAtIndex(JAVA_LONG, 0) * 1_000_000
          + timespec.getAtIndex(JAVA_LONG, 1) / 1000;
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  private static int failure(MemorySegment errno) {
    return -(int) ERRNO.get(errno, 0L);
  }

  private static AssertionError impossible(Throwable t) {
    return new AssertionError("a downcall can't throw", t);
  }
}
