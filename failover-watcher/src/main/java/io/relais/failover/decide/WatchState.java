package io.relais.failover.decide;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.Optional;

/**
 * All that the decision remembers from round to round. Plain values, so that it can be kept on disk
 * between two runs.
 *
 * @param phase where it stands
 * @param since when the phase began
 * @param health what production is held to be, in every phase
 * @param onBackupSince when the last switch was verified, until a fail-back is
 * @param switches when each switch of the last 24 hours began, oldest first; none that an operator
 *     asked for, and none that could not be begun
 * @param lastRound when the last round was
 * @param pending the change that was begun and is not known to have ended; kept while halted
 * @param held whether an operator forced the records back to production while it was not up: until
 *     it was well once, nothing switches by itself
 * @param reason why the phase is what it is, for people; empty if there is nothing to say
 */
public record WatchState(
    Phase phase,
    Instant since,
    SiteHealth health,
    Optional<Instant> onBackupSince,
    ImmutableList<Instant> switches,
    Optional<Instant> lastRound,
    Optional<BegunChange> pending,
    boolean held,
    String reason) {
  /** One round of production's probes. */
  public record Sample(Instant at, boolean ok) {}

  /**
   * A change that was begun.
   *
   * @param byHand whether an operator asked for it
   */
  public record BegunChange(ChangeKind kind, boolean byHand) {
    Phase phase() {
      return switch (kind) {
        case SWITCH -> Phase.SWITCHING;
        case FAIL_BACK -> Phase.FAILING_BACK;
        case FOLLOW -> Phase.ON_BACKUP;
      };
    }
  }

  /** Nothing is known yet: up until something else is seen. */
  public static WatchState initial(Instant now) {
    return new WatchState(
        Phase.UP,
        now,
        SiteHealth.UNKNOWN,
        Optional.empty(),
        ImmutableList.of(),
        Optional.empty(),
        Optional.empty(),
        false,
        "");
  }

  /** What was remembered is lost, but the journal says that this change is under way. */
  public static WatchState recovered(ChangeKind underWay, Instant now) {
    BegunChange pending = new BegunChange(underWay, false);
    Optional<Instant> onBackup =
        underWay == ChangeKind.SWITCH ? Optional.empty() : Optional.of(now);
    ImmutableList<Instant> switches =
        underWay == ChangeKind.SWITCH ? ImmutableList.of(now) : ImmutableList.of();
    return new WatchState(
        pending.phase(),
        now,
        SiteHealth.UNKNOWN,
        onBackup,
        switches,
        Optional.empty(),
        Optional.of(pending),
        false,
        "what was remembered is lost; the journal has a change under way");
  }

  /** The same, with the phase's beginning kept where the phase is what it was. */
  public WatchState keepingSince(WatchState before) {
    return phase == before.phase ? edit().since(before.since).done() : this;
  }

  /** The same, for a reason that is better known by now. */
  public WatchState withReason(String text) {
    return edit().reason(text).done();
  }

  Edit edit() {
    return new Edit(this);
  }

  /** Makes a changed copy. */
  static final class Edit {
    private Phase phase;
    private Instant since;
    private SiteHealth siteHealth;
    private Optional<Instant> onBackupSince;
    private ImmutableList<Instant> switches;
    private Optional<Instant> lastRound;
    private Optional<BegunChange> pending;
    private boolean held;
    private String reason;

    private Edit(WatchState state) {
      phase = state.phase;
      since = state.since;
      siteHealth = state.health;
      onBackupSince = state.onBackupSince;
      switches = state.switches;
      lastRound = state.lastRound;
      pending = state.pending;
      held = state.held;
      reason = state.reason;
    }

    Edit phase(Phase value) {
      phase = value;
      return this;
    }

    Edit since(Instant value) {
      since = value;
      return this;
    }

    Edit health(SiteHealth value) {
      siteHealth = value;
      return this;
    }

    Edit onBackupSince(Optional<Instant> value) {
      onBackupSince = value;
      return this;
    }

    Edit switches(ImmutableList<Instant> value) {
      switches = value;
      return this;
    }

    Edit lastRound(Instant value) {
      lastRound = Optional.of(value);
      return this;
    }

    Edit pending(Optional<BegunChange> value) {
      pending = value;
      return this;
    }

    Edit held(boolean value) {
      held = value;
      return this;
    }

    Edit reason(String value) {
      reason = value;
      return this;
    }

    WatchState done() {
      return new WatchState(
          phase, since, siteHealth, onBackupSince, switches, lastRound, pending, held, reason);
    }
  }
}
