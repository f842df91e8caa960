package io.relais.failover.engine;

import io.relais.common.Backoff;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.ChangeKind;
import io.relais.failover.change.Changer;
import io.relais.failover.change.Outcome;
import io.relais.failover.decide.Decision.Action;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** The real thing: changes the zone through its journal, and waits between tries as asked to. */
final class ZoneActor implements Actor {
  private final Changer changer;
  private final Backoff backoff =
      new Backoff(RETRY, Duration.ofMinutes(1), RandomGenerator.getDefault());
  private Outcome last =
      new Outcome.Retrying("a former run left the change unfinished", Optional.empty());
  private Instant notBefore = Instant.MIN;

  ZoneActor(Changer changer) {
    this.changer = changer;
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
  public boolean switched() {
    return changer.switched();
  }

  @Override
  public Outcome act(Action action, Optional<BackupAddresses> backup, Instant now)
      throws IOException, InterruptedException {
    boolean waiting = action != Action.UNDO && now.isBefore(notBefore);
    if (action == Action.NONE || waiting) {
      return waiting ? last : outcome();
    }
    last = step(action, backup);
    if (last instanceof Outcome.Retrying retrying) {
      notBefore = now.plus(retrying.after().orElseGet(backoff::next));
    } else {
      backoff.reset();
      notBefore = Instant.MIN;
    }
    return last;
  }

  private Outcome step(Action action, Optional<BackupAddresses> backup)
      throws IOException, InterruptedException {
    return switch (action) {
      case NONE -> last;
      case SWITCH -> begin(ChangeKind.SWITCH, backup);
      case FAIL_BACK -> changer.begin(ChangeKind.FAIL_BACK, backup.orElse(BackupAddresses.NONE));
      case FOLLOW -> begin(ChangeKind.FOLLOW, backup);
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
