package io.relais.sync.transfer;

import com.google.common.hash.HashCode;
import io.relais.sync.delta.ChunkList;
import io.relais.sync.delta.ChunkLister;
import io.relais.sync.delta.ChunkSize;
import io.relais.sync.delta.ContentDigest;
import io.relais.sync.remote.SyncTarget;
import java.io.IOException;

/** A large file that is sent whole, while the list of its chunks is made. For one thread. */
final class ChunkedContent implements SyncTarget.Content {
  private final SourceContent content;
  private final ContentDigest digest = new ContentDigest();
  private final ChunkLister lister;

  ChunkedContent(SourceContent content) {
    this.content = content;
    this.lister = new ChunkLister(ChunkSize.forFile(content.entry().size()));
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    digest.await();
    int count = content.readUnhashed(buffer, offset, length);
    digest.update(buffer, offset, count);
    lister.update(buffer, offset, count);
    return count;
  }

  @Override
  public void leftOut(int count) {
    content.leftOut(count);
  }

  @Override
  public void finish() throws IOException {
    content.finish();
  }

  /** SHA-256 of what was read; once. */
  HashCode hash() {
    return digest.finish();
  }

  /** The chunks of what was read; once. */
  ChunkList chunks() {
    return lister.finish();
  }
}
