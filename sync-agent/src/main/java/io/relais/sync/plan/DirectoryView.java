package io.relais.sync.plan;

import static com.google.common.base.Preconditions.checkArgument;

import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the content of one directory. Names are one character a byte.
 *
 * @param source what the source's directory holds; empty where it has none
 * @param confirmed what the index remembers of it
 * @param listed what the target's directory holds; null: not listed, the index is trusted
 */
public record DirectoryView(
    RelPath path,
    TargetContents below,
    Map<String, SourceEntry> source,
    Map<String, IndexEntry> confirmed,
    @Nullable Map<String, TargetEntry> listed) {
  public DirectoryView {
    checkArgument(below != TargetContents.IN_THE_WAY || listed != null, "%s must be listed", path);
    if (below == TargetContents.NOTHING) {
      confirmed = Map.of();
      listed = Map.of();
    }
  }

  /** How the entry of that name at the target is known. */
  TargetView target(String name) {
    return listed == null ? new TargetView.Trusted() : new TargetView.Listed(listed.get(name));
  }
}
