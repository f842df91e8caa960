package io.relais.sync.source;

/** What is done with a symlink in the source. */
public enum LinkPolicy {
  /** It becomes the same symlink at the target. */
  PRESERVE,
  /** What it points at is mirrored in its place. */
  FOLLOW,
  /** It is left out, as if excluded. */
  SKIP
}
