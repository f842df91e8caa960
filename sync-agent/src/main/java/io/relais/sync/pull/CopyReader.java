package io.relais.sync.pull;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.source.SourceWriter.ByteSink;
import java.io.IOException;
import java.nio.file.FileSystemException;

/**
 * Reads files of a copy that other accounts may change at any time. What is above a file is looked
 * at before and after it is read: a server follows each symlink on the way, and one that was put
 * there could lead to any file that the account may read. Safe for use by many threads.
 */
final class CopyReader {
  private final SyncTarget target;

  CopyReader(SyncTarget target) {
    this.target = target;
  }

  /**
   * Reads a whole file.
   *
   * @param listed what the listing said of it
   * @return the SHA-256 of its content
   * @throws FileSystemException if it is, or becomes, another one: what {@code sink} was given is
   *     to be thrown away
   */
  HashCode read(RelPath path, TargetEntry listed, ByteSink sink) throws IOException {
    require(path, listed);
    Hasher hasher = Hashing.sha256().newHasher();
    long[] size = new long[1];
    boolean whole =
        target.read(
            path,
            listed.size(),
            (buffer, offset, length) -> {
              hasher.putBytes(buffer, offset, length);
              size[0] += length;
              sink.accept(buffer, offset, length);
            });
    require(path, listed);
    if (!whole || size[0] != listed.size()) {
      throw changed(path);
    }
    return hasher.hash();
  }

  private void require(RelPath path, TargetEntry listed) throws IOException {
    for (RelPath above : path.ancestors()) {
      TargetEntry there = target.stat(above);
      if (there == null || there.kind() != EntryKind.DIRECTORY) {
        throw changed(path);
      }
    }
    TargetEntry there = target.stat(path);
    if (there == null || !BackupChange.allowed(there).equals(BackupChange.allowed(listed))) {
      throw changed(path);
    }
  }

  private static FileSystemException changed(RelPath path) {
    return new FileSystemException(
        path.toString(), null, "it changed at the backup while it was read; run this again");
  }
}
