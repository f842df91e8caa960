package io.relais.sync.move;

import com.google.common.hash.HashCode;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import org.jspecify.annotations.Nullable;

/**
 * An entry that the source has under another path than the target.
 *
 * @param source what is at {@code to} at the source
 * @param hash SHA-256 of a file's content, read at {@code to}; null where it was not read
 */
public record Move(RelPath from, RelPath to, SourceEntry source, @Nullable HashCode hash) {
  Move from(RelPath other) {
    return new Move(other, to, source, hash);
  }

  Move to(RelPath other) {
    return new Move(from, other, source, hash);
  }
}
