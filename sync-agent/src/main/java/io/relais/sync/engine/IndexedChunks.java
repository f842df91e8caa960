package io.relais.sync.engine;

import io.relais.sync.delta.ChunkList;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.transfer.DeltaRules;
import org.jspecify.annotations.Nullable;

/** What the index knows of the chunks of files at the target. Safe for use by many threads. */
record IndexedChunks(MirrorIndex index) implements DeltaRules.Memory {
  @Override
  public DeltaRules.@Nullable Known of(RelPath path) {
    IndexEntry indexEntry = index.get(path);
    if (indexEntry == null || indexEntry.hash() == null) {
      return null;
    }
    ChunkList chunks = index.chunks(path, indexEntry.hash());
    return chunks == null || chunks.totalBytes() != indexEntry.target().size()
        ? null
        : new DeltaRules.Known(path, indexEntry.target(), indexEntry.hash(), chunks);
  }

  @Override
  public DeltaRules.@Nullable Known beginningWith(long beginning) {
    RelPath found = index.beginningWith(beginning);
    return found == null ? null : of(found);
  }
}
