package io.relais.sync.source;

import io.relais.linux.Statx;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.SourceEntry;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** What a mirror knows of an entry, out of what statx(2) says of it. */
final class StatxEntry {
  private StatxEntry() {}

  static EntryKind kind(MemorySegment statx) {
    if (Statx.isRegularFile(statx)) {
      return EntryKind.FILE;
    } else if (Statx.isDirectory(statx)) {
      return EntryKind.DIRECTORY;
    }
    return Statx.isSymlink(statx) ? EntryKind.SYMLINK : EntryKind.OTHER;
  }

  static SourceEntry entry(MemorySegment statx, @Nullable String linkTarget) {
    EntryKind kind = kind(statx);
    return new SourceEntry(
        kind,
        kind == EntryKind.FILE ? Statx.size(statx) : 0,
        Statx.mtimeNanos(statx),
        Statx.ctimeNanos(statx),
        Statx.permissions(statx),
        Statx.device(statx),
        Statx.inode(statx),
        linkTarget,
        kind == EntryKind.DIRECTORY && Statx.isMountRoot(statx));
  }

  static RootIdentity identity(MemorySegment statx) {
    return new RootIdentity(Statx.device(statx), Statx.inode(statx), Statx.birthNanos(statx));
  }
}
