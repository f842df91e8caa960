package io.relais.sync.plan;

import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.TargetEntry;
import org.jspecify.annotations.Nullable;

/** What is known of one path at the target while it is compared. */
public sealed interface TargetView {
  /** It was looked at just now; null: nothing is there. */
  record Listed(@Nullable TargetEntry entry) implements TargetView {}

  /** It was not looked at: what was confirmed last is taken to be there. */
  record Trusted() implements TargetView {}

  /** What is there, as far as known; null for nothing. */
  default @Nullable TargetEntry entry(@Nullable IndexEntry indexEntry) {
    return switch (this) {
      case Listed(var entry) -> entry;
      case Trusted() -> indexEntry == null ? null : indexEntry.target();
    };
  }
}
