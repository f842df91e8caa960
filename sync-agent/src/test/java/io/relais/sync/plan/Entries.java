package io.relais.sync.plan;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;

/** Short ways to write entries down. */
final class Entries {
  static final long SECOND = 1_000_000_000L;
  static final long MTIME = 1_700_000_000L * SECOND + 123_456_789;

  private Entries() {}

  static RelPath path(String latin1) {
    return RelPath.ofLatin1(latin1);
  }

  static SourceEntry file(long size) {
    return new SourceEntry(Kind.FILE, size, MTIME, MTIME, 0644, 1, 10, null);
  }

  static SourceEntry directory(int mode) {
    return new SourceEntry(Kind.DIRECTORY, 0, MTIME, MTIME, mode, 1, 20, null);
  }

  static SourceEntry link(String text) {
    return new SourceEntry(Kind.SYMLINK, 0, MTIME, MTIME, 0777, 1, 30, text);
  }

  static SourceEntry fifo() {
    return new SourceEntry(Kind.OTHER, 0, MTIME, MTIME, 0644, 1, 40, null);
  }

  static TargetEntry targetFile(long size, long mtimeSeconds, int mode) {
    return new TargetEntry(Kind.FILE, size, mtimeSeconds, mode, null);
  }

  static TargetEntry device() {
    return new TargetEntry(Kind.OTHER, 0, 0, 0600, null);
  }

  static Confirmed confirmed(SourceEntry source) {
    return new Confirmed(source, source.asTarget(), null);
  }

  static Confirmed hashed(SourceEntry source, String content) {
    return new Confirmed(source, source.asTarget(), sha256(content));
  }

  static HashCode sha256(String content) {
    return Hashing.sha256().hashString(content, ISO_8859_1);
  }
}
