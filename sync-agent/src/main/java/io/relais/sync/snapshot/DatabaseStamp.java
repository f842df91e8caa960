package io.relais.sync.snapshot;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import org.jspecify.annotations.Nullable;

/**
 * What tells that nobody has written to a database: it and its log are as they were.
 *
 * @param log null where there is none, or an empty one
 */
record DatabaseStamp(SourceEntry database, @Nullable SourceEntry log) {
  static DatabaseStamp of(SourceEntry database, @Nullable SourceEntry log) {
    boolean used = log != null && log.kind() == EntryKind.FILE && log.size() > 0;
    return new DatabaseStamp(database, used ? log : null);
  }

  /** What a copy of such a size stands for: as old as what was written last. */
  SourceEntry entry(long size) {
    return new SourceEntry(
        EntryKind.FILE,
        size,
        log == null ? database.mtimeNanos() : Math.max(database.mtimeNanos(), log.mtimeNanos()),
        changed(),
        database.mode(),
        database.device(),
        database.inode(),
        null);
  }

  /** When the later of both was changed last, nanoseconds since 1970. */
  long changed() {
    return log == null ? database.ctimeNanos() : Math.max(database.ctimeNanos(), log.ctimeNanos());
  }
}
