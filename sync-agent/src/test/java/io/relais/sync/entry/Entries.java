package io.relais.sync.entry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import io.relais.sync.path.RelPath;

/** Short ways to write entries down. */
public final class Entries {
  public static final long SECOND = 1_000_000_000L;
  public static final long MTIME = 1_700_000_000L * SECOND + 123_456_789;

  private Entries() {}

  public static RelPath path(String latin1) {
    return RelPath.ofLatin1(latin1);
  }

  public static SourceEntry file(long size) {
    return new SourceEntry(EntryKind.FILE, size, MTIME, MTIME, 0644, 1, 10, null);
  }

  public static SourceEntry directory(int mode) {
    return new SourceEntry(EntryKind.DIRECTORY, 0, MTIME, MTIME, mode, 1, 20, null);
  }

  public static SourceEntry link(String text) {
    return new SourceEntry(EntryKind.SYMLINK, 0, MTIME, MTIME, 0777, 1, 30, text);
  }

  public static SourceEntry fifo() {
    return new SourceEntry(EntryKind.OTHER, 0, MTIME, MTIME, 0644, 1, 40, null);
  }

  public static TargetEntry targetFile(long size, long mtimeSeconds, int mode) {
    return new TargetEntry(EntryKind.FILE, size, mtimeSeconds, mode, null);
  }

  public static TargetEntry device() {
    return new TargetEntry(EntryKind.OTHER, 0, 0, 0600, null);
  }

  public static IndexEntry confirmed(SourceEntry source) {
    return new IndexEntry(source, source.asTarget(), null);
  }

  public static IndexEntry hashed(SourceEntry source, String content) {
    return new IndexEntry(source, source.asTarget(), sha256(content));
  }

  public static HashCode sha256(String content) {
    return Hashing.sha256().hashString(content, ISO_8859_1);
  }
}
