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
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
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

  /** Whoever speaks has hung up. */
  static final class EndedException extends MalformedException {
    private static final long serialVersionUID = 1L;

    EndedException() {
      super("the request ends before its line does");
    }
  }

  /**
   * Reads one object.
   *
   * @throws MalformedException if it is none
   * @throws IOException if nothing more comes, or not in time
   */
  ObjectNode read() throws IOException {
    byte[] line = readLine();
    try {
      if (JSON.readTree(line) instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException e) {
      throw new MalformedException("the request is not JSON");
    }
    throw new MalformedException("the request is not a JSON object");
  }

  private byte[] readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(8 << 10);
    while (true) {
      buffer.clear();
      int count = channel.read(buffer);
      if (count < 0) {
        throw new EndedException();
      }
      for (int i = 0; i < count; i++) {
        if (buffer.get(i) == '\n') {
          line.write(buffer.array(), 0, i);
          return line.toByteArray();
        }
      }
      if (line.size() + count >= MOST_BYTES) {
        throw new MalformedException("the request has more than %,d bytes".formatted(MOST_BYTES));
      }
      line.write(buffer.array(), 0, count);
      if (count == 0) {
        await(SelectionKey.OP_READ);
      }
    }
  }

  /** Begins the limit again: what was done in between may take its time. */
  void restart() {
    deadline = System.nanoTime() + limitNanos;
  }

  /** Writes one object. */
  void write(ObjectNode object) throws IOException {
    ByteBuffer line = ByteBuffer.wrap((JSON.writeValueAsString(object) + "\n").getBytes(UTF_8));
    while (line.hasRemaining()) {
      if (channel.write(line) == 0) {
        await(SelectionKey.OP_WRITE);
      }
    }
  }

  private void await(int what) throws IOException {
    SelectionKey key = channel.keyFor(selector);
    key.interestOps(what);
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0 || (selector.select(millis) == 0 && System.nanoTime() >= deadline)) {
      throw new IOException("no more was heard in time");
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
