package io.relais.failover.config;

import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.decide.Policy;
import java.time.Duration;

/** The {@code [decision]} table: all of it has defaults. */
record DecisionTable(Policy policy, Duration blindAlertAfter, boolean notifySuspect) {
  private static final Duration BLIND_ALERT_AFTER = Duration.ofMinutes(10);

  static DecisionTable read(TomlSection table, Duration interval, Duration maxGap) {
    Policy defaults = Policy.DEFAULT;
    Setting<Duration> window = table.duration("failure_window");
    if (window.value().filter(time -> time.compareTo(interval) <= 0).isPresent()) {
      window.problem(
          ("'decision.failure_window' (%s) must be longer than watcher.interval (%s), or it"
                  + " never holds two rounds; raise it")
              .formatted(Limits.text(window.get()), Limits.text(interval)));
    }
    Policy policy =
        new Policy(
            table.integer("failures").map(Limits::atLeastOne).or(defaults.failures()),
            table.number("failure_share").map(DecisionTable::share).or(defaults.failureShare()),
            window.or(defaults.failureWindow()),
            table.integer("successes").map(Limits::atLeastOne).or(defaults.successes()),
            table.duration("minimum_stay").or(defaults.minimumStay()),
            table.integer("switches_per_day").map(Limits::atLeastOne).or(defaults.switchesPerDay()),
            table.bool("automatic_failback").or(defaults.automaticFailback()),
            table.duration("failback_after").or(defaults.failbackAfter()),
            maxGap);
    return new DecisionTable(
        policy,
        table.duration("blind_alert_after").or(BLIND_ALERT_AFTER),
        table.bool("notify_suspect").or(false));
  }

  private static double share(double share) throws BadValueException {
    if (!(share > 0 && share <= 1)) {
      throw new BadValueException(
          share + " is no share of rounds; write a number over 0 and at most 1, as in 0.6");
    }
    return share;
  }
}
