package io.relais.sync.entry;

import io.relais.sync.path.RelPath;
import org.jspecify.annotations.Nullable;

/** What is remembered of the target: the index, as far as a plan has to do with it. */
public interface IndexWriter {
  /** What was confirmed of one path; null where nothing was. */
  @Nullable IndexEntry get(RelPath path);

  /**
   * Remembers, in place of what was remembered. What is remembered of a directory is never replaced
   * by anything else, nor the other way round: other records depend on it, and where it is wrong
   * something was missed. Whoever turns one into the other {@link #removeTree removes} it first.
   *
   * @return whether it is remembered now; otherwise nothing has changed
   */
  boolean put(RelPath path, IndexEntry indexEntry);

  /** Forgets one path, not what is below it. */
  void remove(RelPath path);

  /** Forgets one path and all below it. */
  void removeTree(RelPath path);
}
