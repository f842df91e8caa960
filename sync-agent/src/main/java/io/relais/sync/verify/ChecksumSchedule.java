package io.relais.sync.verify;

import com.google.common.collect.ImmutableMap;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.status.CopyReport;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which copies are to be read back when, so that all of them are within a period: spread evenly, by
 * bytes and files, with the position kept in the index. For the owner's thread.
 */
public final class ChecksumSchedule {
  private static final String NOTE = "checksum-scan";

  /** Batches of a period; it is looked this often whether something is due. */
  private static final int BATCHES = 1_000;

  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);
  private static final Duration TOTAL_HOLDS = Duration.ofHours(1);

  /** What a file costs besides its bytes, in bytes. */
  private static final long EACH = 4 << 10;

  /** After a long stop what is behind is caught up with at a multiple of the even rate. */
  private static final int CATCH_UP = 4;

  private static final int PAGE = 256;
  private static final int MOST_FILES = 1_000;

  private final Duration period;
  private final MirrorIndex index;
  private final Duration pause;
  private Position position;
  private Instant next;
  private long total;
  private @Nullable Instant counted;

  /**
   * How far it is.
   *
   * @param began when this pass began, in milliseconds since 1970
   * @param completed when the last whole pass ended; 0 if none did
   * @param read bytes and files of this pass, as weighed here
   * @param differed files of this pass whose copies were not what they should be
   * @param after the last path; the root at the beginning
   * @param finished whether this pass is over
   */
  private record Position(
      long began, long completed, long read, long differed, boolean finished, RelPath after) {
    static Position at(Instant now, long completed) {
      return new Position(now.toEpochMilli(), completed, 0, 0, false, RelPath.ROOT);
    }

    byte[] bytes() {
      byte[] path = after.bytes();
      return ByteBuffer.allocate(4 * Long.BYTES + 1 + path.length)
          .putLong(began)
          .putLong(completed)
          .putLong(read)
          .putLong(differed)
          .put((byte) (finished ? 1 : 0))
          .put(path)
          .array();
    }

    /** Null where it can't have been written by this. */
    static @Nullable Position of(byte @Nullable [] bytes) {
      if (bytes == null) {
        return null;
      }
      try {
        ByteBuffer from = ByteBuffer.wrap(bytes);
        long began = from.getLong();
        long completed = from.getLong();
        long read = from.getLong();
        long differed = from.getLong();
        boolean finished = from.get() != 0;
        byte[] path = new byte[from.remaining()];
        from.get(path);
        RelPath after = path.length == 0 ? RelPath.ROOT : RelPath.of(path);
        return new Position(began, completed, read, differed, finished, after);
      } catch (BufferUnderflowException | IllegalArgumentException e) {
        return null;
      }
    }
  }

  /** Goes on where it was. */
  public ChecksumSchedule(Duration period, MirrorIndex index, Instant now) {
    this.period = period;
    this.index = index;
    Duration even = period.dividedBy(BATCHES);
    this.pause = even.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : even;
    Position kept = Position.of(index.note(NOTE));
    this.position = kept == null ? Position.at(now, 0) : kept;
    if (kept == null) {
      keep();
    }
    this.next = now.plus(pause);
  }

  /** When it is to be looked whether something is due. */
  public Instant next() {
    return next;
  }

  /** The files whose turn it is; to be followed by {@link #read}. */
  public ImmutableMap<RelPath, IndexEntry> due(Instant now) {
    next = now.plus(pause);
    Instant again = Instant.ofEpochMilli(position.began()).plus(period);
    if (position.finished()) {
      if (now.isBefore(again)) {
        next = again;
        return ImmutableMap.of();
      }
      position = Position.at(now, position.completed());
      keep();
      return ImmutableMap.of();
    }
    long due = weightDue(now);
    ImmutableMap.Builder<RelPath, IndexEntry> files = ImmutableMap.builder();
    RelPath after = position.after();
    int count = 0;
    while (due > 0 && count < MOST_FILES) {
      Map<RelPath, IndexEntry> page = index.filesAfter(after, PAGE);
      for (Map.Entry<RelPath, IndexEntry> each : page.entrySet()) {
        if (due <= 0) {
          break;
        }
        files.put(each);
        count++;
        due -= weight(each.getValue());
        after = each.getKey();
      }
      if (page.size() < PAGE) {
        break;
      }
    }
    return files.buildOrThrow();
  }

  /** Whether all files were given; asked where none is left. */
  public boolean isAtEnd() {
    return !position.finished() && index.filesAfter(position.after(), 1).isEmpty();
  }

  private long weightDue(Instant now) {
    Instant last = counted;
    if (last == null || last.plus(TOTAL_HOLDS).isBefore(now)) {
      MirrorIndex.FileTotals all = index.fileTotals();
      total = all.bytes() + EACH * all.count();
      counted = now;
    }
    long elapsed = Math.max(0, now.toEpochMilli() - position.began());
    double even = total * (elapsed / (double) period.toMillis()) - position.read();
    double most = CATCH_UP * total * (pause.toMillis() / (double) period.toMillis());
    return (long) Math.ceil(Math.min(even, Math.max(most, 1)));
  }

  /** Twice the even rate, so that a batch is over well before the next; in bytes a second. */
  public long rate() {
    return (long) (2 * total / Math.max(1.0, period.toMillis() / 1_000.0));
  }

  private static long weight(IndexEntry indexEntry) {
    return EACH + indexEntry.source().size();
  }

  /**
   * A batch was read.
   *
   * @param differed how many of its copies were not what they should be
   * @return what is to be said, where that ends a pass; else null
   */
  public @Nullable String read(Map<RelPath, IndexEntry> files, long differed, Instant now) {
    long weight = files.values().stream().mapToLong(ChecksumSchedule::weight).sum();
    RelPath after = position.after();
    for (RelPath path : files.keySet()) {
      after = path;
    }
    position =
        new Position(
            position.began(),
            position.completed(),
            position.read() + weight,
            position.differed() + differed,
            false,
            after);
    String end = null;
    if (isAtEnd()) {
      position =
          new Position(
              position.began(),
              now.toEpochMilli(),
              position.read(),
              position.differed(),
              true,
              RelPath.ROOT);
      end =
          "checksum scan complete: all of the copy was read back; files that differed: %,d"
              .formatted(position.differed());
    }
    keep();
    return end;
  }

  private void keep() {
    index.setNote(NOTE, position.bytes());
  }

  /** How it stands, for people. */
  public CopyReport.Scan report() {
    double part = position.finished() || total == 0 ? 1 : position.read() / (double) total;
    return new CopyReport.Scan(
        Instant.ofEpochMilli(position.began()),
        position.completed() == 0 ? null : Instant.ofEpochMilli(position.completed()),
        position.finished() ? 100 : (int) Math.min(99, part * 100),
        position.differed());
  }
}
