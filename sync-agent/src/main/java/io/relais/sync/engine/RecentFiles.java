package io.relais.sync.engine;

import com.google.common.collect.ImmutableSet;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Looks again at small files that were sent before their times could be trusted. Where the content
 * is still what was sent, as nearly always, only the index learns the time, and there is nothing to
 * plan. For the owner's thread.
 */
final class RecentFiles {
  private static final int BUFFER = 64 << 10;

  private final MirrorIndex index;
  private final InstantSource clock;

  RecentFiles(MirrorIndex index, InstantSource clock) {
    this.index = index;
    this.clock = clock;
  }

  /** The scope without the files that turned out to be as they were sent. */
  ScanScope settle(ScanScope scanScope, SourceTree source) throws IOException {
    ImmutableSet.Builder<RelPath> left = ImmutableSet.builder();
    for (RelPath path : scanScope.hints()) {
      IndexEntry before = index.get(path);
      SourceEntry now = before != null && before.source().isRacy() ? stat(path, source) : null;
      SourceEntry same = before == null || now == null ? null : settled(path, before, now, source);
      if (before == null || same == null) {
        left.add(path);
      } else {
        index.put(path, new IndexEntry(same, before.target(), before.hash()));
      }
    }
    return new ScanScope(left.build(), scanScope.rescans(), scanScope.relists());
  }

  private static @Nullable SourceEntry stat(RelPath path, SourceTree source) throws IOException {
    try {
      return source.stat(path);
    } catch (FileSystemException e) {
      return null; // The cycle says what is wrong.
    }
  }

  /** The file with a time that can be trusted; null if anything is other than it was. */
  private @Nullable SourceEntry settled(
      RelPath path, IndexEntry before, SourceEntry now, SourceTree source) throws IOException {
    if (!now.racy().equals(before.source()) || !isOld(now)) {
      return null;
    }
    try (SourceFile file = source.open(path)) {
      HashCode hash = hash(file);
      return hash.equals(before.hash()) && file.stat().equals(now) ? now : null;
    } catch (IOException e) {
      return null; // The cycle finds out what is wrong.
    }
  }

  private boolean isOld(SourceEntry entry) {
    Instant now = clock.instant();
    long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
    return nanos - entry.ctimeNanos() >= SourceEntry.SETTLED.toNanos();
  }

  private static HashCode hash(SourceFile file) throws IOException {
    Hasher hasher = Hashing.sha256().newHasher();
    byte[] buffer = new byte[BUFFER];
    for (int n = file.read(buffer, 0, BUFFER); n > 0; n = file.read(buffer, 0, BUFFER)) {
      hasher.putBytes(buffer, 0, n);
    }
    return hasher.hash();
  }
}
