package io.relais.sync.engine;

import io.relais.sync.delta.ChunkList;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.plan.Confirmed;
import io.relais.sync.plan.RelPath;
import io.relais.sync.transfer.DeltaRules;
import org.jspecify.annotations.Nullable;

/** What the index knows of the chunks of files at the target. Safe for use by many threads. */
record IndexedChunks(MirrorIndex index) implements DeltaRules.Memory {
  @Override
  public DeltaRules.@Nullable Known of(RelPath path) {
    Confirmed confirmed = index.get(path);
    if (confirmed == null || confirmed.hash() == null) {
      return null;
    }
    ChunkList chunks = index.chunks(path, confirmed.hash());
    return chunks == null || chunks.totalBytes() != confirmed.target().size()
        ? null
        : new DeltaRules.Known(path, confirmed.target(), confirmed.hash(), chunks);
  }

  @Override
  public DeltaRules.@Nullable Known beginningWith(long beginning) {
    RelPath found = index.beginningWith(beginning);
    return found == null ? null : of(found);
  }
}
