package io.relais.sync.engine;

import io.relais.common.Printable;
import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.sync.index.CopyPosition;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.Fence;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.status.MirrorFacts;
import io.relais.sync.status.MirrorState;
import io.relais.sync.status.MirrorStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves one mirror's sign of life beside it, once an interval, and sooner where it has something
 * new to say. Nothing depends on it: where it is refused, that is told once, and mirroring goes on.
 * For the owner's thread.
 *
 * <p>By when the copy is complete is read back from what lies there whenever a connection begins:
 * so a restart forgets nothing of it, and a copy that was restored from a backup is not taken for
 * newer than it is.
 */
final class HeartbeatWriter {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  /** Not each save on a busy site needs a heartbeat of its own. */
  static final Duration SOONEST = Duration.ofSeconds(5);

  private static final int LARGEST = 8 << 10;

  private final String mirror;
  private final @Nullable Duration interval;
  private final CopyPosition position;
  private final InstantSource clock;
  private Optional<Instant> inSyncAt = Optional.empty();
  private Optional<Instant> appliedUntil = Optional.empty();
  private Instant due = Instant.MIN;

  /** What was left last on this connection; null for nothing. */
  private @Nullable Beat last;

  private long sequence;
  private boolean refused;

  /** When something was said, and what. */
  private record Beat(Instant at, MirrorState.Condition condition) {}

  /**
   * Makes one that has left nothing yet.
   *
   * @param interval over zero; empty for no heartbeats
   * @param position told of each heartbeat that is found or left
   */
  HeartbeatWriter(
      String mirror, Optional<Duration> interval, CopyPosition position, InstantSource clock) {
    this.position = position;
    this.mirror = mirror;
    this.interval = interval.orElse(null);
    this.clock = clock;
    this.sequence = clock.millis();
  }

  /** When the next one is due: a time long past for at once, and {@link Instant#MAX} for never. */
  Instant due() {
    return interval == null ? Instant.MAX : due;
  }

  /**
   * Begins anew at a target, with what was left there last.
   *
   * @throws IOException if the connection is lost
   */
  void connected(SyncTarget target) throws IOException {
    if (interval == null) {
      return;
    }
    last = null;
    due = Instant.MIN;
    Optional<Heartbeat> left = left(target);
    appliedUntil = left.flatMap(Heartbeat::completeUntil).filter(this::isPast);
    inSyncAt = left.flatMap(Heartbeat::inSyncAt).filter(this::isPast);
    // The clock may have been set back since.
    left.ifPresent(heartbeat -> sequence = Math.max(sequence, heartbeat.sequence() + 1));
    left.ifPresent(position::found);
  }

  /** Looks again at what lies there: the copy may have been put back to an earlier state. */
  void look(SyncTarget target) throws IOException {
    if (interval != null) {
      left(target).ifPresent(position::found);
    }
  }

  private boolean isPast(Instant time) {
    return !time.isAfter(clock.instant());
  }

  private Optional<Heartbeat> left(SyncTarget target) throws IOException {
    String name = Heartbeat.fileName(target.place().directoryName());
    byte[] bytes;
    try {
      bytes = target.siblingFile(name, LARGEST);
    } catch (TargetException e) {
      LOG.debug("{}: the heartbeat at the target can't be read: {}", mirror, e.getMessage());
      return Optional.empty();
    }
    if (bytes == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(HeartbeatFile.parse(name, bytes));
    } catch (IOException e) {
      LOG.warn(
          "{}: what lies beside the copy is not its heartbeat, and is replaced: {}",
          mirror,
          e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * Takes note of how things stand, and leaves a heartbeat if one is due.
   *
   * @throws IOException if the connection is lost, but not if it is refused
   */
  void beat(SyncTarget target, MirrorFacts mirrorFacts, MirrorStatus mirrorStatus)
      throws IOException {
    Instant now = clock.instant();
    inSyncAt = mirrorStatus.equalAsOf(now).or(() -> inSyncAt);
    Optional<Instant> applied = MirrorStatus.appliedUntil(mirrorFacts, now);
    if (applied.isPresent() && appliedUntil.filter(applied.get()::isBefore).isEmpty()) {
      appliedUntil = applied;
    }
    if (interval == null) {
      return;
    }
    Instant news = news(mirrorStatus, now);
    due = news.isBefore(due) ? news : due;
    if (now.isBefore(due)) {
      return;
    }
    due = now.plus(interval);
    // One that is refused counts too: it is not tried again at once.
    last = new Beat(now, mirrorStatus.state().kind());
    Heartbeat heartbeat = heartbeat(target, mirrorFacts, mirrorStatus, now);
    // First: a crash in between only makes the copy seem behind.
    position.leaving(heartbeat);
    leave(target, heartbeat);
  }

  /** When there is something new to say, if there is nothing in between. */
  private Instant news(MirrorStatus mirrorStatus, Instant now) {
    Beat before = last;
    if (before == null) {
      return now;
    }
    MirrorState.Condition says = mirrorStatus.state().kind();
    if (before.condition() == says) {
      return Instant.MAX;
    }
    if (isTrouble(before.condition()) || isTrouble(says)) {
      return now;
    }
    return says.saysNothingWaits() ? before.at().plus(SOONEST) : Instant.MAX;
  }

  private static boolean isTrouble(MirrorState.Condition condition) {
    return condition == MirrorState.Condition.PROMOTED
        || condition == MirrorState.Condition.HALTED
        || condition == MirrorState.Condition.FAILING
        || condition == MirrorState.Condition.WAITING;
  }

  private Heartbeat heartbeat(
      SyncTarget target, MirrorFacts mirrorFacts, MirrorStatus mirrorStatus, Instant now)
      throws IOException {
    MirrorFacts.Failures failures = mirrorFacts.failures();
    return new Heartbeat(
        mirror,
        sequence++,
        now,
        inSyncAt,
        appliedUntil,
        mirrorFacts.work().paths() + failures.paths(),
        Optional.of(
            new Heartbeat.Standing(
                mirrorStatus.state().kind().id(),
                failures.paths(),
                failures.missing(),
                failures.superfluous(),
                position.generation(),
                freeBytes(target),
                Optional.ofNullable(mirrorFacts.halt())
                    .map(halt -> Printable.cut(halt.message(), Heartbeat.Standing.LONGEST_REASON)),
                Optional.ofNullable(mirrorFacts.fence()).map(Fence::id))));
  }

  private static Optional<Long> freeBytes(SyncTarget target) throws IOException {
    try {
      return Optional.ofNullable(target.space(RelPath.ROOT)).map(SyncTarget.Space::freeBytes);
    } catch (TargetException e) {
      return Optional.empty(); // The root may not be there yet.
    }
  }

  private void leave(SyncTarget target, Heartbeat heartbeat) throws IOException {
    try {
      target.leaveHeartbeat(HeartbeatFile.toBytes(heartbeat));
      if (refused) {
        LOG.info("{}: the heartbeat can be left at the target again", mirror);
      }
      refused = false;
    } catch (TargetException e) {
      if (!refused) {
        LOG.warn(
            "{}: no heartbeat can be left beside the mirror at the target: {}; let the account write"
                + " into the directory that holds the mirror (a chroot's own root can't be: mirror"
                + " into a directory two levels below), or take 'heartbeat' out of [agent];"
                + " mirroring goes on",
            mirror,
            e.getMessage());
      }
      refused = true;
    }
  }
}
