package io.relais.failover.engine;

import com.google.common.collect.Comparators;
import io.relais.common.Backoff;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.Outcome;
import io.relais.failover.change.PendingChange;
import io.relais.failover.change.PendingChange.Progress;
import io.relais.failover.change.RecordChanger;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.Decision.Action;
import io.relais.failover.promotion.CopyFence;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The real thing: changes the zone through its journal. For one thread. */
final class RealZoneActions implements ZoneActions {
  /** How long a failed step waits at most before it is tried again, where nobody said. */
  private static final Duration RETRY = Duration.ofSeconds(5);

  private static final Duration LONGEST_RETRY = Duration.ofMinutes(1);

  /** Nobody is waited for longer: there is a site to move. */
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  private static final Logger log = LoggerFactory.getLogger(RealZoneActions.class);

  private final RecordChanger changer;
  private final CopyFence fence;
  private final Backoff backoff = new Backoff(RETRY, LONGEST_RETRY, RandomGenerator.getDefault());
  private Outcome last =
      new Outcome.Retrying("a former run left the change unfinished", Optional.empty());
  private Optional<Instant> notBefore;

  /** Whether the switch that is being undone was never accepted; after a restart nobody knows. */
  private boolean undoesUnseen;

  /**
   * Makes one.
   *
   * @param notBefore when a former run was told to try again
   */
  RealZoneActions(
      RecordChanger changer, CopyFence fence, Optional<Instant> notBefore, Instant now) {
    this.changer = changer;
    this.fence = fence;
    this.notBefore = notBefore.map(time -> Comparators.min(time, now.plus(LONGEST_WAIT)));
  }

  @Override
  public Outcome outcome() {
    return changer.underWay().isPresent() ? last : new Outcome.Idle();
  }

  @Override
  public Optional<ChangeKind> underWay() {
    return changer.underWay();
  }

  @Override
  public boolean accepted() {
    return changer
        .journal()
        .underWay()
        .map(change -> change.progress() instanceof Progress.Published)
        .orElse(true);
  }

  @Override
  public Outcome last() {
    return last;
  }

  @Override
  public Optional<Instant> notBefore() {
    return notBefore;
  }

  @Override
  public void forgetResolved() throws IOException, InterruptedException {
    changer.forgetResolved();
  }

  @Override
  public Outcome act(Action action, Optional<BackupAddresses> backup, String why, Instant now)
      throws IOException, InterruptedException {
    if (action == Action.NONE) {
      return outcome();
    }
    boolean returns = returns(action);
    last =
        action == Action.SWITCH && backup.isPresent()
            ? promoted(backup.get(), why, now)
            : step(action, backup);
    if (returns && last instanceof Outcome.Verified) {
      lift();
    }
    if (last instanceof Outcome.Retrying retrying) {
      Duration wait = retrying.after().orElseGet(backoff::next);
      notBefore = Optional.of(now.plus(Comparators.min(wait, LONGEST_WAIT)));
    } else {
      backoff.reset();
      notBefore = Optional.empty();
    }
    return last;
  }

  /** The fence comes first: once the records may point here, nothing changes the copy. */
  private Outcome promoted(BackupAddresses backup, String why, Instant now)
      throws IOException, InterruptedException {
    boolean stood = fence.standing().isPresent();
    fence.promote(backup.toString(), why, now).forEach(log::error);
    boolean begun = false;
    try {
      Outcome outcome = changer.begin(ChangeKind.SWITCH, backup);
      begun = changer.underWay().isPresent() || outcome instanceof Outcome.Verified;
      return outcome;
    } finally {
      if (!begun && !stood) {
        lift();
      }
    }
  }

  /**
   * Whether the end of what is done now lets sync-agent change the copies again. A switch that is
   * undone does only if it was never accepted: otherwise visitors may have been at the backup, and
   * what they left there must not be overwritten.
   */
  private boolean returns(Action action) {
    Optional<PendingChange> before = changer.journal().underWay();
    if (action == Action.UNDO && before.isPresent() && !before.get().undoing()) {
      undoesUnseen = before.get().isUnseen();
    }
    return switch (action) {
      case FAIL_BACK -> true;
      case UNDO -> undoesUnseen;
      case CONTINUE ->
          before
              .filter(change -> change.undoing() ? undoesUnseen : change.isFailBack())
              .isPresent();
      case NONE, SWITCH, FOLLOW -> false;
    };
  }

  private void lift() {
    fence.lift().forEach(log::error);
  }

  private Outcome step(Action action, Optional<BackupAddresses> backup)
      throws IOException, InterruptedException {
    return switch (action) {
      case NONE -> last;
      case SWITCH, FOLLOW -> begin(action.begins().orElseThrow(), backup);
      case FAIL_BACK -> changer.begin(ChangeKind.FAIL_BACK, backup.orElse(BackupAddresses.NONE));
      case CONTINUE -> changer.advance();
      case UNDO -> changer.undo();
    };
  }

  private Outcome begin(ChangeKind kind, Optional<BackupAddresses> backup)
      throws IOException, InterruptedException {
    return backup.isPresent()
        ? changer.begin(kind, backup.get())
        : new Outcome.Retrying("the backup's public address is not known", Optional.empty());
  }
}
