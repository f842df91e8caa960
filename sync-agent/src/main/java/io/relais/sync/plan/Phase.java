package io.relais.sync.plan;

/**
 * The order of a plan. A phase begins when the one before has ended; within it, steps run side by
 * side, except that those of one path keep their order, and where the phase says more.
 */
public enum Phase {
  /** The index learns what the target has already. */
  ADOPT,
  /** Parents before children. */
  UNLOCK,
  /** Room is made, and directories: parents before children. */
  DIRECTORIES,
  /** Room is made, files are sent, and the attributes of files are set. */
  FILES,
  /** Room is made, symlinks switch, and their times are set. */
  SYMLINKS,
  /** Children before parents. */
  DELETES,
  /** The modes and times of directories: children before parents. */
  SETTLE
}
