package io.relais.common.lifecycle;

import com.google.common.base.Throwables;
import io.relais.common.ExitCode;
import io.relais.linux.ProcessSignals;

/**
 * Ends the process with {@link ExitCode#OUT_OF_MEMORY} when its memory is used up, on whichever
 * thread that shows. A program that goes on without what it could not allocate may do anything.
 *
 * <p>Libraries catch every error of their threads, and without memory no code of ours can be relied
 * on. So it is the JVM that notices, at the first such error: the launcher has it run a command
 * (java(1), {@code -XX:OnOutOfMemoryError}) that says what to do and sends the process a signal.
 * Its handler is the C library's {@code _exit} itself, which takes the signal's number for the exit
 * code. What the JVM does not notice, as when no thread can be started, comes here as an error.
 */
public final class OutOfMemory {
  /** The signal is named by its number; the launcher has it too. */
  private static final int SIGNAL = ExitCode.OUT_OF_MEMORY.code();

  private OutOfMemory() {}

  /** Sets all of this up for the process. To be called once, when it starts. */
  public static void endProcess() {
    ProcessSignals.exitOn(SIGNAL);
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          endIfBehind(failure);
          System.err.print("thread " + thread.getName() + ": ");
          failure.printStackTrace();
        });
  }

  /** Ends the process if this is what a failure comes from. */
  public static void endIfBehind(Throwable failure) {
    if (Throwables.getCausalChain(failure).stream().anyMatch(OutOfMemoryError.class::isInstance)) {
      // Neither hooks nor finally blocks: they need memory.
      System.err.println("out of memory: " + Throwables.getRootCause(failure).getMessage());
      Runtime.getRuntime().halt(ExitCode.OUT_OF_MEMORY.code());
    }
  }
}
