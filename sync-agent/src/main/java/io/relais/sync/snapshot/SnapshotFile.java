package io.relais.sync.snapshot;

import io.relais.sync.entry.SourceEntry;
import io.relais.sync.source.SourceFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A snapshot that is being read. It never changes. */
final class SnapshotFile implements SourceFile {
  private final SourceEntry entry;
  private final FileChannel content;
  private final Runnable whenClosed;
  private boolean closed;

  SnapshotFile(SourceEntry entry, FileChannel content, Runnable whenClosed) {
    this.entry = entry;
    this.content = content;
    this.whenClosed = whenClosed;
  }

  @Override
  public SourceEntry opened() {
    return entry;
  }

  @Override
  public SourceEntry stat() {
    return entry;
  }

  @Override
  public long allocated() {
    return entry.size();
  }

  @Override
  public synchronized int read(byte[] buffer, int offset, int length) throws IOException {
    return Math.max(0, content.read(ByteBuffer.wrap(buffer, offset, length)));
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      content.close();
      whenClosed.run();
    }
  }
}
