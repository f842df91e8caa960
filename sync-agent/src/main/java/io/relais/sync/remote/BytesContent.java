package io.relais.sync.remote;

import io.relais.sync.remote.SyncTarget.Content;
import java.nio.ByteBuffer;

/** What is sent from memory. For one thread, and once. */
public final class BytesContent implements Content {
  private final ByteBuffer left;

  public BytesContent(byte[] bytes) {
    this.left = ByteBuffer.wrap(bytes);
  }

  @Override
  public int read(byte[] buffer, int offset, int length) {
    int read = Math.min(length, left.remaining());
    left.get(buffer, offset, read);
    return read;
  }

  @Override
  public void finish() {}
}
