package io.relais.testbed.ssh;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Passes bytes on after a delay, in order, without holding up whoever sends them; at once as long
 * as there never was a delay.
 */
final class DelayLine implements AutoCloseable {
  private final OutputStream out;
  private final Supplier<Duration> delay;
  private final Queue<Delayed> waiting = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private boolean closed;
  private boolean started;

  DelayLine(OutputStream out, Supplier<Duration> delay) {
    this.out = out;
    this.delay = delay;
  }

  void send(byte[] bytes, int length) throws IOException {
    lock.lock();
    try {
      if (!started && delay.get().isZero()) {
        out.write(bytes, 0, length);
        return;
      }
      if (!started) {
        started = true;
        Thread.ofVirtual().name("proxy-delay").start(this::drain);
      }
      waiting.add(new Delayed(bytes, length, System.nanoTime() + delay.get().toNanos()));
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until everything has been passed on. */
  void flush() {
    lock.lock();
    try {
      while (!waiting.isEmpty() && !closed) {
        moved.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private void drain() {
    lock.lock();
    try {
      while (!closed) {
        Delayed head = waiting.peek();
        if (head == null) {
          moved.await();
        } else if (head.due > System.nanoTime()) {
          moved.awaitNanos(head.due - System.nanoTime());
        } else {
          out.write(head.bytes);
          waiting.remove();
          moved.signalAll();
        }
      }
    } catch (IOException | InterruptedException e) {
      closed = true;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      moved.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static final class Delayed {
    private final byte[] bytes;
    private final long due;

    Delayed(byte[] bytes, int length, long due) {
      this.bytes = Arrays.copyOf(bytes, length);
      this.due = due;
    }
  }
}
