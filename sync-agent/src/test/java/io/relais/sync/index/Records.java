package io.relais.sync.index;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.hash.Hashing;
import io.relais.sync.delta.ChunkList;
import io.relais.sync.delta.ChunkLister;
import io.relais.sync.delta.ChunkSize;
import io.relais.sync.plan.Confirmed;
import io.relais.sync.plan.Kind;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.SourceEntry;
import io.relais.sync.plan.TargetEntry;

/** Records to be put. */
final class Records {
  private Records() {}

  static RelPath path(String latin1) {
    return RelPath.ofLatin1(latin1);
  }

  /** A file that is told apart by its size. */
  static Confirmed file(long size) {
    SourceEntry source =
        new SourceEntry(
            Kind.FILE, size, 1_700_000_000_123_456_789L + size, -size, 0640, 8L << 32, size, null);
    TargetEntry target = new TargetEntry(Kind.FILE, size, 1_700_000_000L + size, 0600, null);
    return new Confirmed(
        source, target, Hashing.sha256().hashString(Long.toString(size), ISO_8859_1));
  }

  /** Chunks of a content that is told apart by its size. */
  static ChunkList chunks(int size) {
    ChunkLister lister = new ChunkLister(ChunkSize.forFile(size));
    lister.update(new byte[size], 0, size);
    return lister.finish();
  }

  static Confirmed adopted(long size) {
    SourceEntry source =
        new SourceEntry(Kind.FILE, size, -1, Long.MIN_VALUE, 0, -1, Long.MAX_VALUE, null);
    return new Confirmed(source, source.asTarget(), null);
  }

  static Confirmed directory() {
    SourceEntry source = new SourceEntry(Kind.DIRECTORY, 0, 5, 6, 02775, 1, 2, null);
    return new Confirmed(source, source.asTarget(), null);
  }

  static Confirmed mountPoint() {
    SourceEntry source = new SourceEntry(Kind.DIRECTORY, 0, 5, 6, 02775, 1, 2, null, true);
    return new Confirmed(source, source.asTarget(), null);
  }

  static Confirmed link(String text) {
    SourceEntry source = new SourceEntry(Kind.SYMLINK, 0, 5, 6, 0777, 1, 2, text);
    return new Confirmed(source, source.asTarget(), null);
  }
}
