package io.relais.sync.transfer;

import com.google.common.hash.HashCode;
import io.relais.sync.delta.ChunkList;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import org.jspecify.annotations.Nullable;

/**
 * For which files it is remembered what they consist of, and what is known of them.
 *
 * @param minBytes smaller files are always sent whole
 * @param verify whether what was put together is read back before it is put in place
 * @param doubts told of copies whose content is not certain
 */
public record DeltaRules(long minBytes, boolean verify, Memory memory, SuspectCopyListener doubts) {
  /** Every file is sent whole. */
  public static final DeltaRules NONE =
      new DeltaRules(Long.MAX_VALUE, false, new Nothing(), SuspectCopyListener.NONE);

  private record Nothing() implements Memory {
    @Override
    public @Nullable Known of(RelPath path) {
      return null;
    }

    @Override
    public @Nullable Known beginningWith(long beginning) {
      return null;
    }
  }

  /** What was left at the target. */
  public interface Memory {
    /** The file that was confirmed there; null where nothing is known of its content. */
    @Nullable Known of(RelPath path);

    /** Any file there that begins like that ({@link ChunkList#beginning}); null for none. */
    @Nullable Known beginningWith(long beginning);
  }

  /** A file at the target: where it is, what it looks like, its hash, and its chunks. */
  public record Known(RelPath path, TargetEntry entry, HashCode content, ChunkList chunks) {}
}
