package io.relais.common.lifecycle;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;

/**
 * Unix signals. They are {@code sun.misc.Signal}'s: module {@code jdk.unsupported}, meant to be
 * used where there is no other way, but javac warns of it; so it is called by reflection.
 */
public final class Signals {
  private static final Class<?> SIGNAL = type("sun.misc.Signal");
  private static final Class<?> HANDLER = type("sun.misc.SignalHandler");

  /** What a signal did before. */
  public interface Restoration extends AutoCloseable {
    /** Gives the signal back. Where several actions were set for one, do it in reverse order. */
    @Override
    void close();
  }

  private Signals() {}

  /**
   * Runs {@code action} at each signal of this kind, in place of what was done so far. For TERM,
   * INT and HUP that was to end the JVM: now the action has to see to it.
   *
   * <p>The JVM starts a thread for each signal that comes, so an action may run while an earlier
   * one still does. It must not block nor take long: it posts to a queue, sets a flag, completes a
   * future. What it throws ends only its thread, by way of the uncaught exception handler.
   *
   * <p>A TERM, INT or HUP that was ignored when the process started stays ignored, and the action
   * never runs: so it is for HUP under {@code nohup}, and for INT in a script's background job.
   *
   * @param name without SIG, as in {@code "HUP"}
   * @return puts back what was there; may be left alone
   * @throws IllegalArgumentException if there is no such signal, or the JVM keeps it for itself, as
   *     it does with QUIT, and with TERM, INT and HUP when started with {@code -Xrs}
   */
  @CanIgnoreReturnValue
  public static Restoration on(String name, Runnable action) {
    Object signal = signal(name);
    Object previous = handle(signal, handler(action));
    return () -> handle(signal, previous);
  }

  private static Object signal(String name) {
    try {
      return SIGNAL.getConstructor(String.class).newInstance(name);
    } catch (InvocationTargetException e) {
      throw refusal(e);
    } catch (ReflectiveOperationException e) {
      throw changed(e);
    }
  }

  /** {@code SignalHandler.handle} gives the signal, which the action knows already. */
  private static Object handler(Runnable action) {
    try {
      MethodHandle run =
          MethodHandles.lookup()
              .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
              .bindTo(action);
      return MethodHandleProxies.asInterfaceInstance(
          HANDLER, MethodHandles.dropArguments(run, 0, SIGNAL));
    } catch (ReflectiveOperationException e) {
      throw changed(e);
    }
  }

  private static Object handle(Object signal, Object handler) {
    try {
      return SIGNAL.getMethod("handle", SIGNAL, HANDLER).invoke(null, signal, handler);
    } catch (InvocationTargetException e) {
      throw refusal(e);
    } catch (ReflectiveOperationException e) {
      throw changed(e);
    }
  }

  private static IllegalArgumentException refusal(InvocationTargetException e) {
    Throwable cause = e.getCause();
    return new IllegalArgumentException(cause == null ? null : cause.getMessage(), cause);
  }

  private static Class<?> type(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw changed(e);
    }
  }

  private static IllegalStateException changed(ReflectiveOperationException e) {
    return new IllegalStateException("this Java has no sun.misc.Signal (jdk.unsupported)", e);
  }
}
