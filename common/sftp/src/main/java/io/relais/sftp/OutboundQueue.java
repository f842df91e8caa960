package io.relais.sftp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.sshd.common.io.IoOutputStream;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Feeds a channel's output, which takes one write at a time. What queues up meanwhile goes out as
 * one write, so that small requests share packets. One message is never mixed with another.
 *
 * <p>Safe for use by many threads; {@link #send} never blocks.
 */
public final class OutboundQueue {
  /** What one SSH packet of OpenSSH's channels holds. */
  private static final int MAX_BATCH = 32 * 1024;

  private final IoOutputStream out;
  private final Executor whenWritten;

  @GuardedBy("this")
  private final ArrayDeque<Message> waiting = new ArrayDeque<>();

  @GuardedBy("this")
  private boolean writing;

  /**
   * Makes an empty queue.
   *
   * @param whenWritten runs what follows a write that was not done at once. MINA tells of its end
   *     on whatever thread comes by, which may hold the lock of the session below while what
   *     follows needs the one of a session above: so where sessions are nested, not that thread.
   */
  public OutboundQueue(IoOutputStream out, Executor whenWritten) {
    this.out = out;
    this.whenWritten = whenWritten;
  }

  /**
   * Queues one message.
   *
   * @param done told the reason when it could not be written, or null once it was
   */
  public void send(byte[] data, int offset, int length, Consumer<@Nullable Throwable> done) {
    synchronized (this) {
      waiting.add(new Message(data, offset, length, done));
    }
    drain();
  }

  private void drain() {
    while (true) {
      List<Message> batch = nextBatch();
      if (batch.isEmpty()) {
        return;
      }
      IoWriteFuture written;
      try {
        written = out.writeBuffer(join(batch));
      } catch (IOException | RuntimeException e) {
        finish(batch, e);
        continue;
      }
      if (!written.isDone()) {
        written.addListener(
            future ->
                whenWritten.execute(
                    () -> {
                      finish(batch, future.getException());
                      drain();
                    }));
        return;
      }
      finish(batch, written.getException());
    }
  }

  private synchronized List<Message> nextBatch() {
    List<Message> batch = new ArrayList<>();
    if (writing) {
      return batch;
    }
    int bytes = 0;
    while (!waiting.isEmpty()
        && (batch.isEmpty() || bytes + waiting.getFirst().length <= MAX_BATCH)) {
      Message message = waiting.removeFirst();
      batch.add(message);
      bytes += message.length;
    }
    writing = !batch.isEmpty();
    return batch;
  }

  /** A plain buffer: MINA takes one with room for a packet header for a packet of its own. */
  private static ByteArrayBuffer join(List<Message> batch) {
    if (batch.size() == 1) {
      Message only = batch.getFirst();
      return new ByteArrayBuffer(only.data, only.offset, only.length);
    }
    ByteArrayBuffer joined = new ByteArrayBuffer(MAX_BATCH);
    batch.forEach(message -> joined.putRawBytes(message.data, message.offset, message.length));
    return joined;
  }

  private void finish(List<Message> batch, @Nullable Throwable failure) {
    synchronized (this) {
      writing = false;
    }
    batch.forEach(message -> message.done.accept(failure));
  }

  private static final class Message {
    final byte[] data;
    final int offset;
    final int length;
    final Consumer<@Nullable Throwable> done;

    Message(byte[] data, int offset, int length, Consumer<@Nullable Throwable> done) {
      this.data = data;
      this.offset = offset;
      this.length = length;
      this.done = done;
    }
  }
}
