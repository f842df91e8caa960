package io.relais.sync.entry;

/** What an entry is. */
public enum EntryKind {
  FILE,
  DIRECTORY,
  SYMLINK,
  /** A device, a pipe or a socket: never mirrored, and never removed at the target. */
  OTHER
}
