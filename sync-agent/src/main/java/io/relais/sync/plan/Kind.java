package io.relais.sync.plan;

/** What an entry is. */
public enum Kind {
  FILE,
  DIRECTORY,
  SYMLINK,
  /** A device, a pipe or a socket: never mirrored, and never removed at the target. */
  OTHER
}
