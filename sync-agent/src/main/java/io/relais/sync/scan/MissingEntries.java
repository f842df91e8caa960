package io.relais.sync.scan;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.SyncRules.Exclusion;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Map;
import java.util.SortedSet;

/** Counts what is not at the target because some paths can't be made equal. */
public final class MissingEntries {
  /** A count that takes longer tells people nothing more. */
  static final long MOST = 1_000_000;

  private final SourceTree source;
  private final MirrorIndex index;
  private final Exclusion exclusion;

  public MissingEntries(SourceTree source, MirrorIndex index, Exclusion exclusion) {
    this.source = source;
    this.index = index;
    this.exclusion = exclusion;
  }

  /** How many entries the source has at or below the paths that the target was never given. */
  public long count(SortedSet<RelPath> failing) throws IOException {
    long count = 0;
    RelPath counted = null;
    for (RelPath path : failing) {
      if (count >= MOST) {
        break;
      }
      // What a directory holds follows it.
      if ((counted == null || !path.startsWith(counted)) && index.get(path) == null) {
        count += at(path);
        counted = path;
      }
    }
    return count;
  }

  private long at(RelPath path) throws IOException {
    try {
      SourceEntry entry = source.stat(path);
      if (entry == null) {
        return 0;
      }
      long own = path.isRoot() ? 0 : 1;
      return own + (entry.kind() == EntryKind.DIRECTORY ? below(path) : 0);
    } catch (FileSystemException e) {
      return 0; // What can't be read is not known.
    }
  }

  private long below(RelPath directory) throws IOException {
    long count = 0;
    try {
      for (Map.Entry<String, SourceEntry> child : source.list(directory).entrySet()) {
        RelPath path = directory.child(child.getKey());
        EntryKind entryKind = child.getValue().kind();
        if (count < MOST && exclusion.mirrors(path, entryKind)) {
          count += 1 + (entryKind == EntryKind.DIRECTORY ? below(path) : 0);
        }
      }
    } catch (FileSystemException e) {
      return count;
    }
    return count;
  }
}
