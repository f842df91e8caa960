package io.relais.sync.index;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.hash.Hashing;
import io.relais.sync.delta.ChunkList;
import io.relais.sync.delta.ChunkLister;
import io.relais.sync.delta.ChunkSize;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;

/** Records to be put. */
final class Records {
  private Records() {}

  static RelPath path(String latin1) {
    return RelPath.ofLatin1(latin1);
  }

  /** A file that is told apart by its size. */
  static IndexEntry file(long size) {
    SourceEntry source =
        new SourceEntry(
            EntryKind.FILE,
            size,
            1_700_000_000_123_456_789L + size,
            -size,
            0640,
            8L << 32,
            size,
            null);
    TargetEntry target = new TargetEntry(EntryKind.FILE, size, 1_700_000_000L + size, 0600, null);
    return new IndexEntry(
        source, target, Hashing.sha256().hashString(Long.toString(size), ISO_8859_1));
  }

  /** Chunks of a content that is told apart by its size. */
  static ChunkList chunks(int size) {
    ChunkLister lister = new ChunkLister(ChunkSize.forFile(size));
    lister.update(new byte[size], 0, size);
    return lister.finish();
  }

  static IndexEntry adopted(long size) {
    SourceEntry source =
        new SourceEntry(EntryKind.FILE, size, -1, Long.MIN_VALUE, 0, -1, Long.MAX_VALUE, null);
    return new IndexEntry(source, source.asTarget(), null);
  }

  static IndexEntry directory() {
    SourceEntry source = new SourceEntry(EntryKind.DIRECTORY, 0, 5, 6, 02775, 1, 2, null);
    return new IndexEntry(source, source.asTarget(), null);
  }

  static IndexEntry mountPoint() {
    SourceEntry source = new SourceEntry(EntryKind.DIRECTORY, 0, 5, 6, 02775, 1, 2, null, true);
    return new IndexEntry(source, source.asTarget(), null);
  }

  static IndexEntry link(String text) {
    SourceEntry source = new SourceEntry(EntryKind.SYMLINK, 0, 5, 6, 0777, 1, 2, text);
    return new IndexEntry(source, source.asTarget(), null);
  }
}
