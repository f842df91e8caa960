package io.relais.sync.index;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.HashCode;
import io.relais.sync.delta.ChunkList;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.IndexWriter;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.RootResolution;
import io.relais.sync.path.RelPath;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What was confirmed at the target of one mirror. Every record is exactly what was put, or missing:
 * an index that turns out to be damaged starts again, empty, and says so ({@link #wasReset}).
 *
 * <p>Threads: one owner changes it; any thread may read, and waits while a batch is written. Calls
 * block only on the local disk, and throw {@link IndexException} where that fails.
 */
public interface MirrorIndex extends IndexWriter, AutoCloseable {
  /** What is remembered of the entries directly in a directory, by name, one character a byte. */
  Map<String, IndexEntry> children(RelPath directory);

  /**
   * The chunks of a file as the target has it; null if they are not known, or not those of this
   * content any longer.
   *
   * @param content the hash that is remembered of the path
   */
  @Nullable ChunkList chunks(RelPath path, HashCode content);

  /** A file whose chunks begin like that ({@link ChunkList#beginning}); null if none is known. */
  @Nullable RelPath beginningWith(long beginning);

  /**
   * Remembers the chunks of a file, until its path is forgotten. To be called after {@link #put},
   * in the same batch.
   *
   * @param chunks null where they are not known: then what is remembered of other contents goes
   */
  void putChunks(RelPath path, HashCode content, @Nullable ChunkList chunks);

  /**
   * What is remembered of each directory at and below {@code path}, in no order. Reads the rows of
   * all that is there, but makes objects of the directories alone.
   */
  void forEachDirectory(RelPath path, BiConsumer<RelPath, IndexEntry> action);

  /** What is remembered of the directories that had an inode, by path. */
  Map<RelPath, IndexEntry> directoriesWith(long inode);

  /**
   * Remembers under {@code to} what was remembered of {@code from} and all below it, in the place
   * of whatever was remembered there. What has stood since {@code window} goes on to count so,
   * until something arrives at the path that it had: then that is what has stood, and this has
   * arrived.
   */
  void moveTree(RelPath from, RelPath to, Instant now, Instant window);

  /**
   * What is remembered of the next files, in an order of the index's own that stays the same.
   *
   * @param after the last path that was given; the root to begin
   * @param most at most so many; fewer only at the end
   */
  ImmutableMap<RelPath, IndexEntry> filesAfter(RelPath after, int most);

  /** All files together. Reads every row. */
  FileTotals fileTotals();

  /** How many files there are, and how many bytes they have in all at the source. */
  record FileTotals(long count, long bytes) {}

  /** What was noted under a name; null for nothing. */
  byte @Nullable [] note(String name);

  /** Notes something, in the place of what was noted under that name, until all is cleared. */
  void setNote(String name, byte[] value);

  /**
   * The same, and it is on the disk when this returns, as all that was changed before; what is only
   * changed may be lost when the machine crashes. Not within a batch.
   */
  void setNoteDurably(String name, byte[] value);

  /** How many paths are remembered. Costs nothing. */
  long count();

  /** How many paths are remembered at and below {@code path}. */
  long countTree(RelPath path);

  /**
   * Makes all changes of {@code changes} durable together, or none: none if it throws. Batches
   * don't nest.
   */
  void batch(Runnable changes);

  /** The source's root directory when it was last mirrored; empty for a new index. */
  Optional<RootIdentity> root();

  void setRoot(RootIdentity root);

  /** How that directory was reached; empty where it is not known. */
  Optional<RootResolution> way();

  void setWay(RootResolution way);

  /**
   * Whether nothing was ever compared to the end with this index: what comes until then counts as
   * having stood there all along.
   */
  boolean isFounding();

  /** Everything was compared. */
  void founded();

  /**
   * A path is new at the target as of now, unless it is remembered already, or had been deleted or
   * moved away after {@code window}: then it counts as having stood all along. To be called before
   * {@link #put}, in the same batch.
   */
  void arrived(RelPath path, Instant now, Instant window);

  /**
   * A path is gone from the target as of now: if it had stood there since {@code window}, that is
   * remembered. To be called before it is removed, in the same batch.
   *
   * @param counts whether it is lost, and not only to come back, or let go by an operator
   */
  void deleted(RelPath path, Instant now, Instant window, boolean counts);

  /** The same for a path and all below it. */
  void deletedTree(RelPath path, Instant now, Instant window, boolean counts);

  /**
   * The path that has now what was at this one after a time; empty where nothing was moved away.
   */
  Optional<RelPath> movedTo(RelPath path, Instant after);

  /** How many of the remembered paths have arrived after a time and not after another. */
  long countArrived(Instant after, Instant until);

  /** Which those are. */
  Set<RelPath> arrived(Instant after, Instant until);

  /** How many paths that had stood were lost after a time. */
  long countDeleted(Instant after);

  /** Which those are. */
  Set<RelPath> deleted(Instant after);

  /** What was lost no longer counts. */
  void forgive();

  /** Forgets what arrived and what was lost until then. Not within a batch. */
  void forgetRecent(Instant until);

  /** That the mirror is halted for deletes; empty if it is not. */
  Optional<HaltRecord> halt();

  void setHalt(@Nullable HaltRecord mark);

  /** The last number that {@link #nextSequence} gave; 0 for a new index. */
  long sequence();

  /** One more than the last, also across restarts; a new index begins again at 1. */
  long nextSequence();

  /** Forgets everything but the sequence. */
  void clear();

  /**
   * Whether an older index was found unfit, at opening or later, and this one was begun empty:
   * until the target has been listed, that something is not remembered says nothing.
   */
  boolean wasReset();

  @Override
  void close();

  /**
   * That a mirror is halted for deletes: kept over restarts, so that time alone never ends a halt.
   *
   * @param window by when an entry must have stood at the target to count as lost
   * @param since when the mirror halted
   */
  public record HaltRecord(Instant window, Instant since) {}
}
