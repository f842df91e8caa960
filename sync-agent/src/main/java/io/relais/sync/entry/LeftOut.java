package io.relais.sync.entry;

import io.relais.sync.path.RelPath;

/** Something that is on one side alone, and is meant to be. */
public record LeftOut(RelPath path, Why why) {
  /** Why. */
  public enum Why {
    /** A device, a pipe or a socket at the source, which is never mirrored. */
    SPECIAL,
    /**
     * Something at the target that is excluded, and so stays; with all below it if it holds any.
     */
    EXCLUDED
  }
}
