package io.relais.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.time.Duration;

/**
 * Datagram sockets of the unix family (unix(7)), which the JDK doesn't have, and the monotonic
 * clock: what sd_notify(3) needs. Each returns what the call does: 0 or more, or minus the error
 * number. Constants and structures are those of 64-bit Linux with the generic headers (x86-64, ARM,
 * RISC-V). For any number of threads.
 */
public final class UnixDatagrams {
  public static final int AF_UNIX = 1;

  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDTIMEO = 21;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int CLOCK_MONOTONIC = 1;

  private final MethodHandle socket =
      Downcall.capturing("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private final MethodHandle setsockopt =
      Downcall.capturing(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private final MethodHandle sendto =
      Downcall.capturing(
          "sendto",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
  private final MethodHandle close =
      Downcall.plain("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private final MethodHandle clockGettime =
      Downcall.plain("clock_gettime", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));

  /**
   * Looks for the calls.
   *
   * @throws java.util.NoSuchElementException if this C library doesn't have one
   * @throws IllegalCallerException if this JVM may not make native calls
   * @throws UnsupportedOperationException if it can't, on this processor
   */
  public UnixDatagrams() {}

  /** socket(2), a unix datagram socket. */
  public int socket(Arena arena) {
    MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
    try {
      int result = (int) socket.invokeExact(errno, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** setsockopt(2) with SO_SNDTIMEO; a timeout of zero would be none. */
  public int setSendTimeout(Arena arena, int descriptor, Duration timeout) {
    MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
    MemorySegment timeval =
        arena.allocateFrom(JAVA_LONG, timeout.toSeconds(), timeout.toNanosPart() / 1000);
    try {
      int result =
          (int)
              setsockopt.invokeExact(
                  errno, descriptor, SOL_SOCKET, SO_SNDTIMEO, timeval, (int) timeval.byteSize());
      return Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** sendto(2), made again when a signal interrupts it. */
  public int sendto(Arena arena, int descriptor, byte[] message, byte[] address) {
    MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
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
      } while (Downcall.isInterrupted(result, errno));
      return (int) Downcall.result(result, errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** close(2). A datagram has left, or hasn't, before: its errors say nothing. */
  public void close(int descriptor) {
    try {
      int _ = (int) close.invokeExact(descriptor);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /** clock_gettime(2) of CLOCK_MONOTONIC, in microseconds. It can't fail. */
  public long monotonicMicros() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment timespec = arena.allocate(JAVA_LONG, 2);
      int _ = (int) clockGettime.invokeExact(CLOCK_MONOTONIC, timespec);
      return timespec.getAtIndex(JAVA_LONG, 0) * 1_000_000
          + timespec.getAtIndex(JAVA_LONG, 1) / 1000;
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }
}
