package io.relais.benchmark.mirror;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * One direction of one connection. Without a delay one thread copies; else one reads, and another
 * writes what is due. Buffers are direct and used again, so a copy costs two system calls and next
 * to nothing besides.
 */
final class DelayedFlow {
  private static final int WHOLE = 256 * 1024;

  /** Small, since what is under way in small packets takes a buffer for each. */
  private static final int DELAYED = 64 * 1024;

  /** 64 MiB: more than any real link holds in half a round trip, so it is no limit of its own. */
  private static final int MOST_CHUNKS = 1024;

  private static final ConcurrentLinkedQueue<ByteBuffer> FREE = new ConcurrentLinkedQueue<>();

  private final SocketChannel from;
  private final SocketChannel to;
  private final AtomicLong counter;
  private final long delay;
  private final BlockingQueue<Chunk> underWay = new LinkedBlockingQueue<>(MOST_CHUNKS);

  /** What was read, and when to pass it on; empty for the end of the stream. */
  private record Chunk(ByteBuffer bytes, long due) {}

  DelayedFlow(SocketChannel from, SocketChannel to, AtomicLong counter, long delayNanos) {
    this.from = from;
    this.to = to;
    this.counter = counter;
    this.delay = delayNanos;
  }

  void start() {
    Work reading = delay == 0 ? this::copy : this::read;
    start(reading);
    if (delay > 0) {
      start(this::write);
    }
  }

  /** What one thread does until the connection ends. */
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private void start(Work work) {
    Thread.ofPlatform()
        .daemon()
        .name("wire-flow")
        .start(
            () -> {
              try {
                work.run();
              } catch (IOException | InterruptedException e) {
                // One end is gone, so the other has to go as well.
                close(from);
                close(to);
                underWay.clear();
                var _ = underWay.offer(new Chunk(ByteBuffer.allocate(0), System.nanoTime()));
              }
            });
  }

  private void copy() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(WHOLE);
    for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
      counter.addAndGet(n);
      writeAll(buffer.flip());
      buffer.clear();
    }
    to.shutdownOutput();
  }

  private void read() throws IOException, InterruptedException {
    int count;
    do {
      ByteBuffer free = FREE.poll();
      ByteBuffer buffer = free == null ? ByteBuffer.allocateDirect(DELAYED) : free.clear();
      count = from.read(buffer);
      counter.addAndGet(Math.max(0, count));
      underWay.put(new Chunk(buffer.flip(), System.nanoTime() + delay));
    } while (count >= 0);
  }

  private void write() throws IOException, InterruptedException {
    for (Chunk chunk = underWay.take(); chunk.bytes.hasRemaining(); chunk = underWay.take()) {
      for (long wait = left(chunk); wait > 0; wait = left(chunk)) {
        LockSupport.parkNanos(wait);
      }
      writeAll(chunk.bytes);
      FREE.add(chunk.bytes);
    }
    to.shutdownOutput();
  }

  private static long left(Chunk chunk) {
    return chunk.due - System.nanoTime();
  }

  private void writeAll(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing is left to be done with it.
    }
  }
}
