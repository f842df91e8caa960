package io.relais.common.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One line each way: a JSON object and a line feed, of at most {@link #MOST_BYTES}, within a time.
 * For one thread.
 */
public final class JsonLine implements AutoCloseable {
  /** Of a line, with its end. */
  static final int MOST_BYTES = 1 << 20;

  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(16).build())
              .build());

  private final SocketChannel channel;
  private final Selector selector;
  private final long limitNanos;
  private long deadline;

  /**
   * Takes a channel, which is closed with this.
   *
   * @param limit for all that is read and written here
   */
  JsonLine(SocketChannel channel, Duration limit) throws IOException {
    this.channel = channel;
    this.limitNanos = limit.toNanos();
    this.deadline = System.nanoTime() + limitNanos;
    Selector opened = null;
    try {
      channel.configureBlocking(false);
      opened = Selector.open();
      channel.register(opened, SelectionKey.OP_READ);
    } catch (IOException e) {
      channel.close();
      if (opened != null) {
        opened.close();
      }
      throw e;
    }
    this.selector = opened;
  }

  /** What was said is not an object on one line: whoever said it is to blame. */
  static class MalformedException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }
  }

  /** Whoever speaks has hung up, or ended. */
  static final class EndedException extends MalformedException {
    private static final long serialVersionUID = 1L;

    EndedException() {
      super("it ends before its line does");
    }

    EndedException(IOException cause) {
      this();
      initCause(cause);
    }
  }

  /** The time is up. */
  static final class LateException extends IOException {
    private static final long serialVersionUID = 1L;

    LateException() {
      super("nothing more came in time");
    }
  }

  /**
   * Reads one object.
   *
   * @throws EndedException if whoever speaks hangs up before
   * @throws MalformedException if it is none
   * @throws LateException if it does not come in time
   */
  ObjectNode read() throws IOException {
    byte[] line = readLine();
    try {
      if (JSON.readTree(line) instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException e) {
      throw new MalformedException("it is not JSON");
    }
    throw new MalformedException("it is not a JSON object");
  }

  private byte[] readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(8 << 10);
    while (true) {
      buffer.clear();
      int count = read(buffer);
      for (int i = 0; i < count; i++) {
        if (buffer.get(i) == '\n') {
          line.write(buffer.array(), 0, i);
          return line.toByteArray();
        }
      }
      if (line.size() + count >= MOST_BYTES) {
        throw new MalformedException("it has more than %,d bytes".formatted(MOST_BYTES));
      }
      line.write(buffer.array(), 0, count);
      if (count == 0) {
        await(SelectionKey.OP_READ);
      }
    }
  }

  /** An error of the channel is the end of it, as when the other side did not read all it got. */
  private int read(ByteBuffer buffer) throws EndedException {
    int count;
    try {
      count = channel.read(buffer);
    } catch (IOException e) {
      throw new EndedException(e);
    }
    if (count < 0) {
      throw new EndedException();
    }
    return count;
  }

  /** Whether the other side has hung up; what it says is dropped. For any thread. */
  boolean isHungUp() {
    try {
      int _ = read(ByteBuffer.allocate(1 << 10));
      return false;
    } catch (EndedException e) {
      return true;
    }
  }

  /**
   * Waits until something is done, however long that takes; false if the other side hangs up
   * before.
   */
  boolean awaitDone(CompletableFuture<?> work) throws IOException {
    var _ = work.whenComplete((_, _) -> selector.wakeup());
    channel.keyFor(selector).interestOps(SelectionKey.OP_READ);
    while (!work.isDone()) {
      if (isHungUp()) {
        return false;
      }
      int _ = selector.select();
      selector.selectedKeys().clear();
    }
    return true;
  }

  /** Begins the limit again: what was done in between may take its time. */
  void restart() {
    deadline = System.nanoTime() + limitNanos;
  }

  /**
   * Writes one object.
   *
   * @throws EndedException if the other side has hung up
   * @throws LateException if it does not take it in time
   */
  void write(ObjectNode object) throws IOException {
    ByteBuffer line = ByteBuffer.wrap((JSON.writeValueAsString(object) + "\n").getBytes(UTF_8));
    while (line.hasRemaining()) {
      if (write(line) == 0) {
        await(SelectionKey.OP_WRITE);
      }
    }
  }

  private int write(ByteBuffer line) throws EndedException {
    try {
      return channel.write(line);
    } catch (IOException e) {
      throw new EndedException(e);
    }
  }

  private void await(int what) throws IOException {
    SelectionKey key = channel.keyFor(selector);
    key.interestOps(what);
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0 || (selector.select(millis) == 0 && System.nanoTime() >= deadline)) {
      throw new LateException();
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted while waiting for the other side");
    }
    selector.selectedKeys().clear();
  }

  /** A new object. */
  public static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /** A field's text; null where it is missing or is not text. */
  public static @Nullable String text(JsonNode object, String field) {
    JsonNode value = object.path(field);
    return value.isTextual() ? value.textValue() : null;
  }

  @Override
  public void close() throws IOException {
    try (selector) {
      channel.close();
    }
  }
}
