package io.relais.sftp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.apache.sshd.common.io.AbstractIoWriteFuture;
import org.apache.sshd.common.io.IoOutputStream;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.closeable.AbstractCloseable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class OutboundQueueTest {
  private final FakeStream stream = new FakeStream();
  private final OutboundQueue queue = new OutboundQueue(stream, Runnable::run);
  private final List<String> done = new ArrayList<>();

  private void send(String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    queue.send(
        bytes,
        0,
        bytes.length,
        failure -> done.add(failure == null ? text : text + ": " + failure.getMessage()));
  }

  @Test
  void writesAtOnceWhenNothingIsUnderWay() {
    send("one");
    assertThat(stream.written).containsExactly("one");
    assertThat(done).isEmpty();
    stream.finish(null);
    assertThat(done).containsExactly("one");
  }

  @Test
  void joinsWhatQueuedUpMeanwhile() {
    send("one");
    send("two");
    send("three");
    assertThat(stream.written).containsExactly("one");
    stream.finish(null);
    assertThat(stream.written).containsExactly("one", "twothree");
    stream.finish(null);
    assertThat(done).containsExactly("one", "two", "three");
  }

  @Test
  void keepsOnePacketsWorthTogether() {
    send("first");
    String large = "x".repeat(30_000);
    send(large);
    send("y".repeat(3_000));
    stream.finish(null);
    assertThat(stream.written).containsExactly("first", large);
    stream.finish(null);
    assertThat(stream.written).hasSize(3);
  }

  @Test
  void tellsEachWhenAWriteFailed() {
    send("one");
    send("two");
    stream.refusing = true;
    stream.finish(new IOException("gone"));
    assertThat(done).containsExactly("one: gone", "two: closed");
    send("three");
    assertThat(done).hasSize(3);
  }

  @Test
  void doesNothingOnTheThreadThatTellsOfTheEndOfAWrite() {
    Queue<Runnable> later = new ArrayDeque<>();
    OutboundQueue above = new OutboundQueue(stream, later::add);
    above.send(new byte[] {'a'}, 0, 1, failure -> done.add("a"));
    above.send(new byte[] {'b'}, 0, 1, failure -> done.add("b"));

    // It may hold the lock of the session below.
    stream.finish(null);

    assertThat(done).isEmpty();
    assertThat(stream.written).containsExactly("a");
    later.remove().run();
    assertThat(done).containsExactly("a");
    assertThat(stream.written).containsExactly("a", "b");
  }

  /** Remembers what is written, and finishes each write when it is told to. */
  private static final class FakeStream extends AbstractCloseable implements IoOutputStream {
    final List<String> written = new ArrayList<>();
    boolean refusing;
    private @Nullable WriteFuture pending;

    @Override
    public IoWriteFuture writeBuffer(Buffer buffer) throws IOException {
      if (refusing) {
        throw new EOFException("closed");
      }
      assertThat(pending).isNull();
      written.add(new String(buffer.array(), buffer.rpos(), buffer.available(), US_ASCII));
      WriteFuture future = new WriteFuture();
      pending = future;
      return future;
    }

    void finish(@Nullable IOException failure) {
      WriteFuture future = pending;
      pending = null;
      if (future != null) {
        future.setValue(failure == null ? true : failure);
      }
    }
  }

  private static final class WriteFuture extends AbstractIoWriteFuture {
    WriteFuture() {
      super("test", null);
    }
  }
}
