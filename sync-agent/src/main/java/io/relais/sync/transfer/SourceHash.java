package io.relais.sync.transfer;

import com.google.common.hash.HashCode;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Summary;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/**
 * What a source file holds.
 *
 * @param entry the file as it was from the beginning to the end of the reading
 * @param hash SHA-256 of its content
 */
public record SourceHash(SourceEntry entry, HashCode hash) {
  private static final Summary NOTHING = new Summary.Builder().build();

  /**
   * Reads a file from its beginning to its end.
   *
   * @throws io.relais.sync.remote.SourceChangedException if it changed meanwhile
   * @throws StoppedException if {@code stopping} turned true
   */
  public static SourceHash read(
      SourceTree tree, RelPath path, InstantSource clock, BooleanSupplier stopping)
      throws IOException {
    TransferProgress unseen = new TransferProgress(NOTHING, 0);
    try (SourceContent content = SourceContent.open(tree, path, clock, stopping, unseen)) {
      HashCode hash = content.hashAll();
      return new SourceHash(content.entry(), hash);
    }
  }
}
