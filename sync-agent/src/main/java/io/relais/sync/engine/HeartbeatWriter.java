package io.relais.sync.engine;

import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
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
 * Leaves one mirror's sign of life beside it, once an interval at most. Nothing depends on it:
 * where it is refused, that is told once, and mirroring goes on. For the owner's thread.
 */
final class HeartbeatWriter {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  private final String mirror;
  private final @Nullable Duration interval;
  private final InstantSource clock;
  private Optional<Instant> inSyncAt = Optional.empty();
  private Instant due = Instant.MIN;
  private long sequence;
  private boolean refused;

  /**
   * Makes one that has left nothing yet.
   *
   * @param interval over zero; empty for no heartbeats
   */
  HeartbeatWriter(String mirror, Optional<Duration> interval, InstantSource clock) {
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
   * Takes note of how things stand, and leaves a heartbeat if one is due.
   *
   * @param pending how many paths wait to be sent, or can't be
   * @throws IOException if the connection is lost, but not if it is refused
   */
  void beat(SyncTarget target, MirrorStatus mirrorStatus, long pending) throws IOException {
    Instant now = clock.instant();
    Optional<Instant> equalAsOf = mirrorStatus.equalAsOf(now);
    if (equalAsOf.isPresent()) {
      inSyncAt = equalAsOf;
    }
    if (interval == null || now.isBefore(due)) {
      return;
    }
    due = now.plus(interval);
    Heartbeat heartbeat = new Heartbeat(mirror, sequence++, now, inSyncAt, pending);
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
