package io.relais.sync.watch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * An inotify instance (inotify(7)), and a second descriptor by which {@link #wake} ends a wait for
 * it. Safe for use by many threads, but only one may read; nothing may be called after {@link
 * #close}.
 *
 * <p>Numbers follow {@code sys/inotify.h}, the same on all of Linux; those of {@code asm/fcntl.h}
 * are the same on the processors that {@link #isSupported} names.
 */
final class Inotify implements AutoCloseable {
  static final int IN_MODIFY = 0x2;
  static final int IN_ATTRIB = 0x4;
  static final int IN_CLOSE_WRITE = 0x8;
  static final int IN_MOVED_FROM = 0x40;
  static final int IN_MOVED_TO = 0x80;
  static final int IN_CREATE = 0x100;
  static final int IN_DELETE = 0x200;
  static final int IN_DELETE_SELF = 0x400;
  static final int IN_MOVE_SELF = 0x800;
  static final int IN_UNMOUNT = 0x2000;
  static final int IN_Q_OVERFLOW = 0x4000;
  static final int IN_IGNORED = 0x8000;
  static final int IN_ISDIR = 0x40000000;

  private static final int IN_ONLYDIR = 0x1000000;
  private static final int IN_DONT_FOLLOW = 0x2000000;
  private static final int IN_EXCL_UNLINK = 0x4000000;
  private static final int WANTED =
      IN_MODIFY
          | IN_ATTRIB
          | IN_CLOSE_WRITE
          | IN_MOVED_FROM
          | IN_MOVED_TO
          | IN_CREATE
          | IN_DELETE
          | IN_ONLYDIR
          | IN_DONT_FOLLOW
          | IN_EXCL_UNLINK;

  static final int ENOENT = 2;
  static final int EACCES = 13;
  static final int ENOTDIR = 20;
  static final int ENAMETOOLONG = 36;
  static final int ELOOP = 40;
  private static final int EINTR = 4;

  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;
  private static final short POLLIN = 1;
  private static final int POLLFD = 8;

  private static final MemoryLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle INIT =
      call("inotify_init1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle ADD =
      call("inotify_add_watch", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle REMOVE =
      call("inotify_rm_watch", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle EVENTFD =
      call("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle POLL =
      call("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle READ =
      call("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle WRITE =
      call("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final int events;
  private final int waker;

  private Inotify(int events, int waker) {
    this.events = events;
    this.waker = waker;
  }

  /** Whether this system has inotify as it is called here. Safe to ask anywhere. */
  static boolean isSupported() {
    return System.getProperty("os.name").equals("Linux")
        && switch (System.getProperty("os.arch")) {
          case "amd64", "aarch64", "riscv64" -> true;
          default -> false;
        };
  }

  /**
   * Opens an instance.
   *
   * @throws IOException if the user or the process may have no more
   */
  static Inotify open() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      int events = result((int) INIT.invokeExact(errno, O_NONBLOCK | O_CLOEXEC), errno);
      if (events < 0) {
        throw new IOException("no inotify instance: error number " + -events);
      }
      int waker = result((int) EVENTFD.invokeExact(errno, 0, O_NONBLOCK | O_CLOEXEC), errno);
      if (waker < 0) {
        int _ = (int) CLOSE.invokeExact(errno, events);
        throw new IOException("no descriptor for inotify: error number " + -waker);
      }
      return new Inotify(events, waker);
    } catch (IOException e) {
      throw e;
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /**
   * Watches a directory: the number of its watch, the same as before if this very directory is
   * watched already under whatever name; or minus the error number.
   *
   * @param more events to ask for beside those about what is in the directory
   */
  int add(String latin1, int more) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      MemorySegment path = arena.allocateFrom(latin1, ISO_8859_1);
      return result((int) ADD.invokeExact(errno, events, path, WANTED | more), errno);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /** Ends a watch, if there still is one of that number. */
  void remove(int watch) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      int _ = (int) REMOVE.invokeExact(errno, events, watch);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  /**
   * Waits for events and reads some: how many bytes; 0 once {@link #wake} was called.
   *
   * @throws IOException if the kernel refuses, which it never should
   */
  int read(MemorySegment buffer) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      MemorySegment both = arena.allocate(2 * POLLFD, Integer.BYTES);
      while (true) {
        watchFor(both, 0, events);
        watchFor(both, POLLFD, waker);
        int ready = result((int) POLL.invokeExact(errno, both, 2L, -1), errno);
        if (ready >= 0 && both.get(JAVA_SHORT, POLLFD + 6) != 0) {
          return 0;
        }
        long count = ready;
        if (ready > 0) {
          count = (long) READ.invokeExact(errno, events, buffer, buffer.byteSize());
          count = count >= 0 ? count : -(int) ERRNO.get(errno, 0L);
        }
        if (count > 0) {
          return (int) count;
        }
        if (count < 0 && count != -EINTR) {
          throw new IOException("inotify failed with error number " + -count);
        }
      }
    } catch (IOException e) {
      throw e;
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  private static void watchFor(MemorySegment pollfds, int at, int descriptor) {
    pollfds.set(JAVA_INT, at, descriptor);
    pollfds.set(JAVA_SHORT, at + 4, POLLIN);
    pollfds.set(JAVA_SHORT, at + 6, (short) 0);
  }

  /** Ends this and every later {@link #read}. */
  void wake() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      long _ = (long) WRITE.invokeExact(errno, waker, arena.allocateFrom(JAVA_LONG, 1L), 8L);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  @Override
  public void close() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      int _ = (int) CLOSE.invokeExact(errno, events);
      int _ = (int) CLOSE.invokeExact(errno, waker);
    } catch (Throwable t) {
      throw impossible(t);
    }
  }

  private static MethodHandle call(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        descriptor,
        Linker.Option.captureCallState("errno"));
  }

  private static int result(int value, MemorySegment errno) {
    return value >= 0 ? value : -(int) ERRNO.get(errno, 0L);
  }

  private static AssertionError impossible(Throwable t) {
    return new AssertionError("a downcall can't throw", t);
  }
}
