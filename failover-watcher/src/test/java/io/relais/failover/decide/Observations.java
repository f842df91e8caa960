package io.relais.failover.decide;

import io.relais.failover.decide.Observation.Backup;
import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Observation.Production;
import io.relais.failover.decide.Observation.Sight;
import java.util.Optional;

/** Observations, begun with what matters most. */
final class Observations {
  private Observations() {}

  /** Production up; all else ready, at production, nothing under way. */
  static Observation up() {
    return new Observation(
        Production.UP,
        Sight.UNCHECKED,
        Backup.READY,
        RecordPlace.PRODUCTION,
        ChangeStatus.NONE,
        Optional.empty(),
        "",
        "");
  }

  static Observation down() {
    return with(up(), Production.DOWN, Sight.CLEAR);
  }

  static Observation down(Sight sight) {
    return with(up(), Production.DOWN, sight);
  }

  static Observation nothing() {
    return with(up(), Production.UNKNOWN, Sight.UNCHECKED);
  }

  static Observation with(Observation seen, Production production, Sight sight) {
    return new Observation(
        production,
        sight,
        seen.backup(),
        seen.place(),
        seen.change(),
        seen.command(),
        seen.unreturned(),
        seen.reasons());
  }

  static Observation with(Observation seen, Backup backup) {
    return new Observation(
        seen.production(),
        seen.sight(),
        backup,
        seen.place(),
        seen.change(),
        seen.command(),
        seen.unreturned(),
        seen.reasons());
  }

  static Observation with(Observation seen, RecordPlace place) {
    return new Observation(
        seen.production(),
        seen.sight(),
        seen.backup(),
        place,
        seen.change(),
        seen.command(),
        seen.unreturned(),
        seen.reasons());
  }

  static Observation with(Observation seen, ChangeStatus change) {
    return new Observation(
        seen.production(),
        seen.sight(),
        seen.backup(),
        seen.place(),
        change,
        seen.command(),
        seen.unreturned(),
        seen.reasons());
  }

  static Observation with(Observation seen, Command command) {
    return new Observation(
        seen.production(),
        seen.sight(),
        seen.backup(),
        seen.place(),
        seen.change(),
        Optional.of(command),
        seen.unreturned(),
        seen.reasons());
  }

  static Observation unreturned(Observation seen) {
    return new Observation(
        seen.production(),
        seen.sight(),
        seen.backup(),
        seen.place(),
        seen.change(),
        seen.command(),
        "not returned yet",
        seen.reasons());
  }
}
