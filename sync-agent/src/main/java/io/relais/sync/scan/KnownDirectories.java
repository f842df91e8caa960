package io.relais.sync.scan;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which directories of the source are still the very ones that the index knows. Each is looked at
 * once, so this is for one thread, and only for as long as neither the source nor the index is to
 * be looked at again.
 */
public final class KnownDirectories {
  private final SourceTree source;
  private final MirrorIndex index;
  private final Map<RelPath, Boolean> others = new HashMap<>();

  public KnownDirectories(SourceTree source, MirrorIndex index) {
    this.source = source;
    this.index = index;
  }

  /**
   * The path itself, or the first directory above it, from the root down, that the index doesn't
   * know as it is now. One that can't be looked at may be any: what begins there finds out why.
   */
  public RelPath changedAncestor(RelPath path) throws IOException {
    for (RelPath above : path.ancestors()) {
      Boolean other = others.get(above);
      if (other == null) {
        other = isOther(above);
        others.put(above, other);
      }
      if (other) {
        return above;
      }
    }
    return path;
  }

  private boolean isOther(RelPath directory) throws IOException {
    try {
      return isOther(source.stat(directory), index.get(directory));
    } catch (FileSystemException e) {
      return true;
    }
  }

  /** Whether a directory is not the very one that the index remembers. */
  static boolean isOther(@Nullable SourceEntry now, @Nullable IndexEntry before) {
    return now == null
        || before == null
        || now.kind() != EntryKind.DIRECTORY
        || before.source().kind() != EntryKind.DIRECTORY
        || before.source().inode() != now.inode();
  }
}
