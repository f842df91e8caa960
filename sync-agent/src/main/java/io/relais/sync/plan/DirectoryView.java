package io.relais.sync.plan;

import static com.google.common.base.Preconditions.checkArgument;

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
    Below below,
    Map<String, SourceEntry> source,
    Map<String, Confirmed> confirmed,
    @Nullable Map<String, TargetEntry> listed) {
  public DirectoryView {
    checkArgument(below != Below.IN_THE_WAY || listed != null, "%s must be listed", path);
    if (below == Below.NOTHING) {
      confirmed = Map.of();
      listed = Map.of();
    }
  }

  /** How the entry of that name at the target is known. */
  TargetView target(String name) {
    return listed == null ? new TargetView.Trusted() : new TargetView.Listed(listed.get(name));
  }
}
