package io.relais.sync.transfer;

import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A small file as it was at one moment, in memory. Its times can't prove that, since they are too
 * young; but it was read twice, and what is the same both times was so in between.
 */
final class StableRead implements SourceFile {
  /** In memory for each file under way. */
  static final int MOST_BYTES = 64 << 10;

  private final SourceEntry entry;
  private final byte[] content;
  private int position;

  private StableRead(SourceEntry entry, byte[] content) {
    this.entry = entry;
    this.content = content;
  }

  /** Reads a file; null if it changes meanwhile, or is too large. */
  static @Nullable StableRead take(SourceTree tree, RelPath path) throws IOException {
    StableRead first = read(tree, path);
    StableRead second = first == null ? null : read(tree, path);
    return first != null
            && second != null
            && first.entry.equals(second.entry)
            && Arrays.equals(first.content, second.content)
        ? second
        : null;
  }

  private static @Nullable StableRead read(SourceTree tree, RelPath path) throws IOException {
    try (SourceFile file = tree.open(path)) {
      SourceEntry entry = file.opened();
      if (entry.size() > MOST_BYTES) {
        return null;
      }
      byte[] content = new byte[(int) entry.size()];
      boolean whole =
          file.read(content, 0, content.length) == content.length
              && file.read(new byte[1], 0, 1) == 0;
      return whole && file.stat().equals(entry) ? new StableRead(entry.racy(), content) : null;
    }
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
    return content.length;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) {
    int count = Math.min(length, content.length - position);
    System.arraycopy(content, position, buffer, offset, count);
    position += count;
    return count;
  }

  @Override
  public void close() {}
}
