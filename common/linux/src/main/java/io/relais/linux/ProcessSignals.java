package io.relais.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Signals (signal(7)) beyond those that the JDK can send and handle. */
public final class ProcessSignals {
  public static final int SIGKILL = 9;

  private static final MethodHandle KILL =
      Downcall.plain("kill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle SIGNAL =
      Downcall.plain("signal", FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS));

  private ProcessSignals() {}

  /** kill(2) to a process group; it does no harm if there is none any more. */
  public static void sendToGroup(long leader, int signal) {
    try {
      int _ = (int) KILL.invokeExact(Math.toIntExact(-leader), signal);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }

  /**
   * Makes a signal end this process at once, with the signal's number for the exit code: its
   * handler is the C library's {@code _exit} itself.
   */
  public static void exitOn(int signal) {
    MemorySegment exit = Linker.nativeLinker().defaultLookup().findOrThrow("_exit");
    try {
      MemorySegment _ = (MemorySegment) SIGNAL.invokeExact(signal, exit);
    } catch (Throwable t) {
      throw Downcall.impossible(t);
    }
  }
}
