package io.relais.sync.plan;

/** What the target has below a directory, and so how the directory is to be read. */
public enum TargetContents {
  /** Nothing: the directory is yet to be made. There is no need to list it. */
  NOTHING,
  /** A copy of the source's directory, to be compared. */
  COPY,
  /** Only what is to be removed: the source has no such directory. */
  EXTRANEOUS,
  /**
   * A directory in the place of something else, to be moved aside with all it holds. It must be
   * listed, not trusted: what it holds unknown to the index is lost otherwise.
   */
  IN_THE_WAY
}
