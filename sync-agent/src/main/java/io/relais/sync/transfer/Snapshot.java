package io.relais.sync.transfer;

import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.SourceEntry;
import io.relais.sync.scan.SourceFile;
import io.relais.sync.scan.SourceTree;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A small file as it was at one moment, in memory. Its times can't prove that, since they are too
 * young; but it was read twice, and what is the same both times was so in between.
 */
final class Snapshot implements SourceFile {
  /** In memory for each file under way. */
  static final int MOST_BYTES = 64 << 10;

  private final SourceEntry entry;
  private final byte[] content;
  private int position;

  private Snapshot(SourceEntry entry, byte[] content) {
    this.entry = entry;
    this.content = content;
  }

  /** Reads a file; null if it changes meanwhile, or is too large. */
  static @Nullable Snapshot take(SourceTree tree, RelPath path) throws IOException {
    Snapshot first = read(tree, path);
    Snapshot second = first == null ? null : read(tree, path);
    return first != null
            && second != null
            && first.entry.equals(second.entry)
            && Arrays.equals(first.content, second.content)
        ? second
        : null;
  }

  private static @Nullable Snapshot read(SourceTree tree, RelPath path) throws IOException {
    try (SourceFile file = tree.open(path)) {
      SourceEntry entry = file.opened();
      if (entry.size() > MOST_BYTES) {
        return null;
      }
      byte[] content = new byte[(int) entry.size()];
      boolean whole =
          file.read(content, 0, content.length) == content.length
              && file.read(new byte[1], 0, 1) == 0;
      return whole && file.stat().equals(entry) ? new Snapshot(entry.racy(), content) : null;
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
