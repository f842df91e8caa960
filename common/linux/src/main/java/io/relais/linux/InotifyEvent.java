package io.relais.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One event: {@code struct inotify_event}.
 *
 * @param cookie the same for both halves of a move
 * @param name of the entry in the watched directory, one character a byte; empty if it is about the
 *     directory itself
 */
public record InotifyEvent(int watch, int mask, int cookie, String name) {
  private static final int HEADER = 16;

  /** The events in what was read at once; one that only repeats the one before is left out. */
  public static List<InotifyEvent> parse(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    List<InotifyEvent> events = new ArrayList<>();
    while (buffer.remaining() >= HEADER) {
      int watch = buffer.getInt();
      int mask = buffer.getInt();
      int cookie = buffer.getInt();
      int padded = buffer.getInt();
      InotifyEvent event = new InotifyEvent(watch, mask, cookie, name(bytes, buffer, padded));
      if (events.isEmpty() || !events.getLast().equals(event)) {
        events.add(event);
      }
    }
    return events;
  }

  /** One event as the kernel tells of lost ones. */
  public static byte[] overflow() {
    return ByteBuffer.allocate(HEADER)
        .order(ByteOrder.nativeOrder())
        .putInt(-1)
        .putInt(Inotify.IN_Q_OVERFLOW)
        .array();
  }

  private static String name(byte[] bytes, ByteBuffer buffer, int padded) {
    int start = buffer.position();
    int end = start;
    while (end < start + padded && bytes[end] != 0) {
      end++;
    }
    buffer.position(start + padded);
    return new String(bytes, start, end - start, ISO_8859_1);
  }

  public boolean is(int bits) {
    return (mask & bits) != 0;
  }

  public boolean isDirectory() {
    return is(Inotify.IN_ISDIR);
  }
}
