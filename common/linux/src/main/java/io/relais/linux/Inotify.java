package io.relais.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * An inotify instance (inotify(7)), and a second descriptor by which {@link #wake} ends a wait for
 * it; and, where it is asked for, a third that tells of mounts (proc_pid_mountinfo(5)). Safe for
 * use by many threads, but only one may read; nothing may be called after {@link #close}.
 *
 * <p>Numbers follow {@code sys/inotify.h}, the same on all of Linux; those of {@code asm/fcntl.h}
 * are those of {@link Libc}.
 */
public final class Inotify implements AutoCloseable {
  public static final int IN_MODIFY = 0x2;
  public static final int IN_ATTRIB = 0x4;
  public static final int IN_CLOSE_WRITE = 0x8;
  public static final int IN_MOVED_FROM = 0x40;
  public static final int IN_MOVED_TO = 0x80;
  public static final int IN_CREATE = 0x100;
  public static final int IN_DELETE = 0x200;
  public static final int IN_DELETE_SELF = 0x400;
  public static final int IN_MOVE_SELF = 0x800;
  public static final int IN_UNMOUNT = 0x2000;
  public static final int IN_Q_OVERFLOW = 0x4000;
  public static final int IN_IGNORED = 0x8000;
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

  private static final int NONE = -1; // poll leaves it out
  private static final short POLLIN = 1;
  private static final short POLLPRI = 2;
  private static final long POLLFD = 8;

  /** Where each is in what poll is given. */
  private static final long EVENTS = 0;

  private static final long WAKER = POLLFD;
  private static final long MOUNTS = 2 * POLLFD;

  /** Apart, so that a C library without one of them, or a JVM that may not call it, is told. */
  private static final class Calls {
    static final MethodHandle INIT =
        Downcall.capturing("inotify_init1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    static final MethodHandle ADD =
        Downcall.capturing(
            "inotify_add_watch", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    static final MethodHandle REMOVE =
        Downcall.capturing("inotify_rm_watch", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    static final MethodHandle EVENTFD =
        Downcall.capturing("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    static final MethodHandle POLL =
        Downcall.capturing("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    static final MethodHandle WRITE =
        Downcall.capturing("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

    private Calls() {}
  }

  /** The user or the process has as many instances or descriptors as it may have. */
  public static final class LimitReachedException extends IOException {
    private static final long serialVersionUID = 1;

    LimitReachedException(String message) {
      super(message);
    }
  }

  private final int events;
  private final int waker;
  private final int mounts;

  private Inotify(int events, int waker, int mounts) {
    this.events = events;
    this.waker = waker;
    this.mounts = mounts;
  }

  /**
   * Opens an instance.
   *
   * @throws LimitReachedException if the user or the process may have no more
   * @throws IOException if this C library or kernel has no such call, or refuses it
   */
  public static Inotify open() throws IOException {
    return open(false);
  }

  /** The same, with an eye on what is mounted. */
  public static Inotify openWithMounts() throws IOException {
    return open(true);
  }

  private static Inotify open(boolean withMounts) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      int events =
          Downcall.result(
              (int) Calls.INIT.invokeExact(errno, Libc.O_NONBLOCK | Libc.O_CLOEXEC), errno);
      if (events < 0) {
        throw failure("inotify_init1", -events);
      }
      int waker =
          Downcall.result(
              (int) Calls.EVENTFD.invokeExact(errno, 0, Libc.O_NONBLOCK | Libc.O_CLOEXEC), errno);
      if (waker < 0) {
        Libc.close(events);
        throw failure("eventfd", -waker);
      }
      int mounts = withMounts ? openMounts(arena, errno) : NONE;
      return new Inotify(events, waker, mounts);
    } catch (IOException e) {
      throw e;
    } catch (LinkageError e) {
      throw new IOException("the C library's calls for it can't be used", e);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  private static IOException failure(String call, int errno) {
    String message = call + ": " + Errno.text(errno);
    return switch (errno) {
      case Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM -> new LimitReachedException(message);
      default -> new IOException(message);
    };
  }

  /** Without /proc nothing tells of mounts. */
  private static int openMounts(Arena arena, MemorySegment errno) {
    MemorySegment path = arena.allocateFrom("/proc/self/mountinfo", ISO_8859_1);
    return Math.max(NONE, Libc.openat(errno, Libc.AT_FDCWD, path, Libc.O_CLOEXEC));
  }

  /**
   * Watches a directory: the number of its watch, the same as before if this very directory is
   * watched already under whatever name; or minus the error number.
   *
   * @param more events to ask for beside those about what is in the directory
   */
  public int add(String latin1, int more) {
    return addWatch(latin1, WANTED | more);
  }

  /** The same for a path of any kind, a symlink itself; tells of its own end and move. */
  public int addWaypoint(String latin1) {
    return addWatch(latin1, IN_DELETE_SELF | IN_MOVE_SELF | IN_DONT_FOLLOW);
  }

  /** The same for a symlink, which loses its name, and so changes, a little before its end. */
  public int addLink(String latin1) {
    return addWatch(latin1, IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_DONT_FOLLOW);
  }

  /** The same for a directory, or where a symlink leads; tells also of what is new in it. */
  public int addParent(String latin1) {
    return addWatch(latin1, IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF);
  }

  /** Whether it tells of mounts. */
  public boolean seesMounts() {
    return mounts != NONE;
  }

  private int addWatch(String latin1, int mask) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      MemorySegment path = arena.allocateFrom(latin1, ISO_8859_1);
      return Downcall.result((int) Calls.ADD.invokeExact(errno, events, path, mask), errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /**
   * Makes a mark among the events: that a watch of this number has ended, after all that there are
   * so far. Or minus the error number, if no watch is left for it, or there is no /proc.
   */
  public int mark() {
    int watch = addWatch("/proc/self/mountinfo", IN_DELETE_SELF);
    if (watch >= 0) {
      remove(watch);
    }
    return watch;
  }

  /** Ends a watch, if there still is one of that number. */
  public void remove(int watch) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      int _ = (int) Calls.REMOVE.invokeExact(errno, events, watch);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /**
   * Waits for events and reads some: how many bytes; 0 once {@link #wake} was called.
   *
   * @throws IOException if the kernel refuses, which it never should
   */
  public int read(MemorySegment buffer) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      MemorySegment all = arena.allocate(3 * POLLFD, Integer.BYTES);
      while (isToGoOn(all, errno)) {
        int count = Libc.read(errno, events, buffer);
        if (count > 0) {
          return count;
        }
        require(count);
      }
      return 0;
    }
  }

  /**
   * Reads some events without waiting: how many bytes.
   *
   * @throws IOException if the kernel refuses, which it never should
   */
  public int readNow(MemorySegment buffer) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int count = Libc.read(arena.allocate(Downcall.ERRNO_LAYOUT), events, buffer);
      if (count == -Errno.EAGAIN) {
        return 0;
      }
      require(count);
      return Math.max(0, count);
    }
  }

  /** The number of its descriptor. */
  public int descriptor() {
    return events;
  }

  /**
   * Waits until there are events, which are dropped, or a mount has changed; false once {@link
   * #wake} was called.
   *
   * @throws IOException if the kernel refuses, which it never should
   */
  public boolean await(MemorySegment buffer) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      MemorySegment all = arena.allocate(3 * POLLFD, Integer.BYTES);
      if (!isToGoOn(all, errno)) {
        return false;
      }
      if (happened(all, EVENTS)) {
        require(Libc.read(errno, events, buffer));
      }
      return true;
    }
  }

  /** Waits until something has happened; false once {@link #wake} was called. */
  private boolean isToGoOn(MemorySegment all, MemorySegment errno) throws IOException {
    while (true) {
      int ready = poll(all, errno);
      if (ready > 0) {
        return !happened(all, WAKER);
      }
      require(ready);
    }
  }

  private int poll(MemorySegment all, MemorySegment errno) {
    watchFor(all, EVENTS, events, POLLIN);
    watchFor(all, WAKER, waker, POLLIN);
    watchFor(all, MOUNTS, mounts, POLLPRI);
    try {
      return Downcall.result((int) Calls.POLL.invokeExact(errno, all, 3L, -1), errno);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  private static void watchFor(MemorySegment all, long at, int descriptor, short what) {
    all.set(JAVA_INT, at, descriptor);
    all.set(JAVA_SHORT, at + 4, what);
    all.set(JAVA_SHORT, at + 6, (short) 0);
  }

  private static boolean happened(MemorySegment all, long at) {
    return all.get(JAVA_SHORT, at + 6) != 0;
  }

  private static void require(int result) throws IOException {
    if (result < 0 && result != -Errno.EINTR) {
      throw new IOException("inotify failed with error number " + -result);
    }
  }

  /** Ends this and every later {@link #read} or {@link #await}. */
  public void wake() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Downcall.ERRNO_LAYOUT);
      long _ = (long) Calls.WRITE.invokeExact(errno, waker, arena.allocateFrom(JAVA_LONG, 1L), 8L);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  @Override
  public void close() {
    Libc.close(events);
    Libc.close(waker);
    if (mounts != NONE) {
      Libc.close(mounts);
    }
  }
}
