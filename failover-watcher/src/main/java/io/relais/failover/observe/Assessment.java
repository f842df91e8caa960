package io.relais.failover.observe;

import com.google.common.collect.ImmutableList;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.RecordLocation;
import io.relais.failover.decide.Observation;
import io.relais.failover.decide.Observation.Backup;
import io.relais.failover.decide.Observation.Production;
import io.relais.failover.decide.Observation.Sight;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.observe.ContextChecks.ContextResults;
import io.relais.failover.state.PersistentState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * From what was seen to what it means.
 *
 * @param wide what was seen beyond production, if anything was looked at
 * @param addressSaid what the sources of the backup's address said, for people
 * @param idle the backup's own serving, looked at for what may have to be told; says nothing of
 *     whether it may take over now
 * @param again whether a further look found production up
 */
record Assessment(
    SiteCheckResult site,
    Optional<ContextResults> wide,
    Optional<SiteCheckResult> idle,
    boolean again,
    RecordLocation location,
    String addressSaid,
    Observer.Occasion occasion) {
  /** A judgement and why. */
  private record Judged<T>(T value, String why) {}

  /** Puts it together. Reads the heartbeats, which are local files. */
  Observer.ObservedRound of(PersistentState memory, ContextChecks around, long began) {
    Instant now = occasion.now();
    HeartbeatCheck.HeartbeatReading hearts =
        around.heartbeats().look(memory.pulses(), memory.outage(), now);
    Optional<BackupAddresses> address = around.addresses().addresses(memory.addresses(), now);
    Judged<Sight> sight = sight(hearts);
    Optional<String> doubt =
        address.isEmpty()
            ? Optional.of(around.addresses().missing(memory.addresses(), addressSaid, now))
            : around.addresses().clash(address);
    Judged<Backup> backup = backup(hearts, doubt);
    Observation observation =
        new Observation(
            up() ? Production.UP : Production.DOWN,
            sight.value(),
            backup.value(),
            location.place(),
            occasion.change(),
            occasion.command(),
            around.fence().unreturned(),
            reasons(sight.why(), backup.why()));
    RoundObservation roundObservation =
        new RoundObservation(
            observation,
            site.results(),
            wide.flatMap(ContextResults::own)
                .or(() -> idle)
                .map(SiteCheckResult::results)
                .orElse(ImmutableList.of()),
            hearts.troubles(),
            wide.flatMap(ContextResults::canaries)
                .map(CanaryCheck.CanaryReading::describe)
                .orElse(""),
            address,
            location,
            Duration.ofNanos(System.nanoTime() - began));
    return new Observer.ObservedRound(roundObservation, memory.withPulses(hearts.pulses()));
  }

  /** A site that answers one look of several at once is not down: then the round is a good one. */
  private boolean up() {
    return site.up() || again;
  }

  private String reasons(String sight, String backup) {
    List<String> all = new ArrayList<>(List.of(site.failures(), sight, backup));
    if (again) {
      all.add(1, "but a further look at once found production up");
    }
    if (location.place() == RecordPlace.FOREIGN) {
      if (occasion.command().isEmpty()) {
        return location.text(); // It halts for that, whatever else is so.
      }
      all.add(location.text());
    }
    all.removeIf(String::isEmpty);
    return String.join("; ", all);
  }

  private Judged<Sight> sight(HeartbeatCheck.HeartbeatReading hearts) {
    Optional<CanaryCheck.CanaryReading> canaries = wide.flatMap(ContextResults::canaries);
    if (canaries.isEmpty()) {
      return new Judged<>(Sight.UNCHECKED, "");
    }
    if (!canaries.get().enough()) {
      return new Judged<>(
          Sight.BLIND, canaries.get().describe() + ": our own line or resolver is in doubt");
    }
    if (up()) {
      return new Judged<>(Sight.CLEAR, "");
    }
    return dispute(hearts)
        .map(why -> new Judged<>(Sight.DISPUTED, why))
        .orElseGet(() -> new Judged<>(Sight.CLEAR, ""));
  }

  private Optional<String> dispute(HeartbeatCheck.HeartbeatReading hearts) {
    Optional<String> vantage =
        wide.stream()
            .flatMap(seen -> seen.vantages().stream())
            .filter(said -> said.opinion() == VantageCheck.Opinion.UP)
            .map(said -> "held: " + said.name() + " sees production up")
            .findFirst();
    if (vantage.isPresent()) {
      return vantage;
    }
    return site.unreachable() && !hearts.alive().isEmpty()
        ? Optional.of(
            "held: production can't be reached, but its heartbeats arrive ("
                + String.join(", ", hearts.alive())
                + ")")
        : Optional.empty();
  }

  private Judged<Backup> backup(
      HeartbeatCheck.HeartbeatReading hearts, Optional<String> addressDoubt) {
    Optional<SiteCheckResult> own = wide.flatMap(ContextResults::own);
    if (own.isEmpty()) {
      return new Judged<>(Backup.UNCHECKED, "");
    }
    List<String> problems = new ArrayList<>();
    if (!own.get().up()) {
      problems.add("the backup does not serve the site: " + own.get().failures());
    }
    wide.flatMap(seen -> seen.outside().problem()).ifPresent(problems::add);
    if (!hearts.stale().isEmpty()) {
      problems.add(hearts.stale());
    }
    addressDoubt.ifPresent(problems::add);
    String why = String.join("; ", problems);
    if (addressDoubt.isPresent()) {
      return new Judged<>(Backup.NO_ADDRESS, why);
    }
    return new Judged<>(problems.isEmpty() ? Backup.READY : Backup.UNREADY, why);
  }
}
