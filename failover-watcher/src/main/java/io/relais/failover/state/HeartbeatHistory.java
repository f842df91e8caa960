package io.relais.failover.state;

import io.relais.common.heartbeat.Heartbeat;
import java.time.Duration;
import java.time.Instant;

/**
 * How one mirror's heartbeats arrive here. A plain value.
 *
 * @param sequence of the last
 * @param written when it was, by production's clock
 * @param arrived when we first saw it, by our own
 * @param period from one to the next, by production's clock: when we see them says little about it,
 *     since we look only now and then
 */
public record HeartbeatHistory(long sequence, Instant written, Instant arrived, Duration period) {
  /** Before two have been seen; sync-agent's example has this one. */
  private static final Duration UNKNOWN = Duration.ofSeconds(30);

  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Duration SLACK = Duration.ofSeconds(2);

  public static HeartbeatHistory first(Heartbeat heartbeat, Instant now) {
    return new HeartbeatHistory(heartbeat.sequence(), heartbeat.at(), now, UNKNOWN);
  }

  public HeartbeatHistory after(Heartbeat heartbeat, Instant now) {
    return heartbeat.sequence() == sequence
        ? this
        : new HeartbeatHistory(heartbeat.sequence(), heartbeat.at(), now, period(heartbeat));
  }

  /** One that can't be is of another run of the agent, or of a clock that was set. */
  private Duration period(Heartbeat next) {
    long beats = next.sequence() - sequence;
    Duration time = Duration.between(written, next.at());
    Duration each = beats > 0 ? time.dividedBy(beats) : Duration.ZERO;
    boolean possible = each.compareTo(SHORTEST) >= 0 && each.compareTo(LONGEST) <= 0;
    return possible ? each : period;
  }

  /** Whether the next is not overdue yet: by half a period, and a little. */
  public boolean beating(Instant now) {
    Duration patience = period.multipliedBy(3).dividedBy(2).plus(SLACK);
    return !arrived.isAfter(now) && Duration.between(arrived, now).compareTo(patience) <= 0;
  }
}
