package io.relais.sync.delta;

import io.relais.sync.delta.ContentDigest.Sha256;
import java.security.MessageDigest;

/** Makes the list of the chunks of a stream. For one thread at a time. */
public final class ChunkLister {
  private final Cutter cutter;
  private final ChunkList.Builder list;
  private final MessageDigest digest = Sha256.digest();
  private int length;

  public ChunkLister(ChunkSize size) {
    this.cutter = new Cutter(size);
    this.list = new ChunkList.Builder(size);
  }

  /** Takes the next bytes. */
  public void update(byte[] data, int offset, int count) {
    int at = offset;
    int to = offset + count;
    while (at < to) {
      int end = cutter.cut(data, at, to);
      int part = (end < 0 ? to : end) - at;
      digest.update(data, at, part);
      length += part;
      at += part;
      if (end >= 0) {
        endChunk();
      }
    }
  }

  private void endChunk() {
    list.add(length, digest.digest());
    length = 0;
  }

  /** The list of all that was taken; once. */
  public ChunkList finish() {
    if (length > 0) {
      endChunk();
    }
    return list.build();
  }
}
