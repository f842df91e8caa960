package io.relais.sync.remote;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

/** What is sent in tests: some bytes, and what happens while they are read. */
public final class TestContent implements SyncTarget.Content {
  private final byte[] bytes;
  private final Event beforeRead;
  private final Event atEnd;
  private int at;

  /** Something that happens while a file is sent. */
  public interface Event {
    void happen() throws IOException;
  }

  private TestContent(byte[] bytes, Event beforeRead, Event atEnd) {
    this.bytes = bytes;
    this.beforeRead = beforeRead;
    this.atEnd = atEnd;
  }

  public static TestContent of(byte[] bytes) {
    return new TestContent(bytes, () -> {}, () -> {});
  }

  /** Does something before each piece is read, and before the end is found. */
  public static TestContent of(byte[] bytes, Event beforeRead) {
    return new TestContent(bytes, beforeRead, () -> {});
  }

  /** Does something when all was read. */
  public static TestContent endingWith(byte[] bytes, Event atEnd) {
    return new TestContent(bytes, () -> {}, atEnd);
  }

  /** Never ends; does something at its beginning. */
  public static SyncTarget.Content endless(Runnable atStart) {
    return endless(7, atStart);
  }

  /** The same, and all its bytes are the same. */
  static SyncTarget.Content endless(int value, Runnable atStart) {
    AtomicBoolean started = new AtomicBoolean();
    return new SyncTarget.Content() {
      @Override
      public int read(byte[] buffer, int offset, int length) {
        if (!started.getAndSet(true)) {
          atStart.run();
        }
        Arrays.fill(buffer, offset, offset + length, (byte) value);
        return length;
      }

      @Override
      public void finish() {}
    };
  }

  /** Bytes that a mix-up of pieces would show in, always the same for a seed. */
  public static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    beforeRead.happen();
    int taken = Math.min(length, bytes.length - at);
    System.arraycopy(bytes, at, buffer, offset, taken);
    at += taken;
    return taken;
  }

  @Override
  public void finish() throws IOException {
    atEnd.happen();
  }
}
