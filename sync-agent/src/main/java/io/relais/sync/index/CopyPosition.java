package io.relais.sync.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import io.relais.common.heartbeat.Heartbeat;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How far this agent has come with a copy, as its state remembers it, against how far the copy's
 * own heartbeat says that it is. The sequence of heartbeats only grows, and each is noted on disk
 * before it is left. So a heartbeat at the copy beyond the noted one was left by an agent that this
 * one is older than: its state was rolled back, with production or alone, or another agent mirrors
 * to the same copy. The same holds of a generation, which each promotion raises, that this agent
 * does not know. A copy that is behind is one that was restored itself, or missed a heartbeat in a
 * crash; it is mirrored to as ever.
 *
 * <p>A new state knows nothing: at the first start, or after it was lost. It is taken to fit every
 * copy that never was live, since all that such a copy has came from production; and what
 * production has lost since, in whole directories, is for the delete guard to find. It fits no copy
 * that was live once (a generation over 0): there may be what only the copy has. What it can't tell
 * is a production that was rolled back and has lost its agent's state as well.
 *
 * <p>For one thread.
 */
public final class CopyPosition {
  private static final String OWN = "position";
  private static final String AHEAD = "position-ahead";
  private static final Splitter LINES = Splitter.on('\n');

  /** Of an agent that has left nothing yet. */
  private static final Position NONE = new Position(0, Instant.EPOCH, 0);

  private final MirrorIndex index;

  /** The newest that was found at the copy, or left there, since this was made. */
  private Position newest = NONE;

  /** The generation of the promotion that was found there; 0 for none. */
  private long seen;

  public CopyPosition(MirrorIndex index) {
    this.index = index;
  }

  /**
   * A heartbeat as it is remembered.
   *
   * @param at when it was left, by production's clock
   */
  public record Position(long sequence, Instant at, long generation) {
    static Position of(Heartbeat heartbeat) {
      return new Position(
          heartbeat.sequence(),
          heartbeat.at(),
          heartbeat.standing().map(Heartbeat.Standing::generation).orElse(0L));
    }

    private boolean isBeyond(Position other, long seen) {
      return sequence > other.sequence || generation > Math.max(other.generation, seen);
    }

    private byte[] format() {
      return (sequence + "\n" + at + "\n" + generation).getBytes(UTF_8);
    }

    private static @Nullable Position parse(byte @Nullable [] note) {
      if (note == null) {
        return null;
      }
      List<String> parts = LINES.splitToList(new String(note, UTF_8));
      try {
        return new Position(
            Long.parseLong(parts.get(0)),
            Instant.parse(parts.get(1)),
            Long.parseLong(parts.get(2)));
      } catch (DateTimeException | NumberFormatException | IndexOutOfBoundsException e) {
        return null;
      }
    }
  }

  /**
   * That the copy is ahead.
   *
   * @param own the last that this agent knows; empty if it knows none
   * @param found the one that was first seen beyond it
   */
  public record Lead(Optional<Position> own, Position found) {
    /** What tells it from any other. */
    public String finding() {
      return own.orElse(NONE).sequence() + "/" + found.sequence() + "/" + found.generation();
    }

    /** One line for the operator. */
    public String describe() {
      if (own.isEmpty()) {
        return "the copy was live at the backup (generation %d, by its heartbeat of %s), and this agent has no state of before that: what only the copy has would be overwritten"
            .formatted(found.generation(), shown(found));
      }
      Position last = own.get();
      if (found.generation() > last.generation()) {
        return "the copy is ahead of this agent: it was live at the backup since this agent last mirrored to it on %s (generation %d there, by its heartbeat of %s, and %d here): what only the copy has would be overwritten"
            .formatted(shown(last), found.generation(), shown(found), last.generation());
      }
      return "the copy is ahead of this agent: its heartbeat %d of %s was left after the last one that this agent knows, %d of %s; so this agent's state, and perhaps its source, is an older one that was put back, or another agent mirrors to the same copy: what is newer there would be overwritten"
          .formatted(found.sequence(), shown(found), last.sequence(), shown(last));
    }

    private static Instant shown(Position position) {
      return position.at().truncatedTo(ChronoUnit.SECONDS);
    }
  }

  private Optional<Position> own() {
    return Optional.ofNullable(Position.parse(index.note(OWN)));
  }

  /** The copy's generation, as far as this agent knows. */
  public long generation() {
    return Math.max(seen, Math.max(own().orElse(NONE).generation(), newest.generation()));
  }

  /** Takes note of the heartbeat that lies at the copy. */
  public void found(Heartbeat heartbeat) {
    Position there = Position.of(heartbeat);
    newest = there;
    Optional<Position> own = own();
    boolean isAhead = own.isPresent() ? there.isBeyond(own.get(), seen) : there.generation() > seen;
    if (isAhead && lead().isEmpty()) {
      index.setNoteDurably(AHEAD, there.format());
    } else if (!isAhead) {
      endLead();
    }
  }

  private void endLead() {
    if (lead().isPresent()) {
      index.setNoteDurably(AHEAD, new byte[0]);
    }
  }

  /** That the copy is ahead of this agent; empty if it is not. Also after restarts. */
  public Optional<Lead> lead() {
    return Optional.ofNullable(Position.parse(index.note(AHEAD)))
        .map(found -> new Lead(own(), found));
  }

  /** Takes note of a heartbeat that is about to be left. */
  public void leaving(Heartbeat heartbeat) {
    newest = Position.of(heartbeat);
    if (lead().isEmpty()) {
      index.setNoteDurably(OWN, newest.format());
    }
  }

  /**
   * Takes note of a promotion that this agent has seen, and obeys. To be called before {@link
   * #found}: a generation that was seen is no lead, since whoever ends a promotion settles what is
   * newer where.
   */
  public void promoted(long generation) {
    seen = generation;
    Optional<Position> own = own();
    if (own.isPresent() && lead().isEmpty() && generation > own.get().generation()) {
      index.setNoteDurably(
          OWN, new Position(own.get().sequence(), own.get().at(), generation).format());
    }
  }

  /** The copy's position is this agent's own from now on: an operator says so. */
  public void accept() {
    Position found = lead().map(Lead::found).orElse(NONE);
    Position last = newest.sequence() > found.sequence() ? newest : found;
    index.setNoteDurably(
        OWN,
        new Position(last.sequence(), last.at(), Math.max(newest.generation(), found.generation()))
            .format());
    endLead();
  }
}
