package io.relais.failover.observe;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.DurationFormat;
import io.relais.common.Printable;
import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.failover.config.HeartbeatConfig;
import io.relais.failover.state.HeartbeatHistory;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Reads the heartbeats that sync-agent leaves next to its mirrors. For one thread. */
public final class HeartbeatCheck {
  /** With less, the next change of a site may not fit. */
  private static final long LEAST_FREE = 256L << 20;

  private final ImmutableList<HeartbeatConfig> mirrors;

  public HeartbeatCheck(ImmutableList<HeartbeatConfig> mirrors) {
    this.mirrors = mirrors;
  }

  /**
   * What they say.
   *
   * @param stale why the copy is not fresh enough, for people; empty if it is
   * @param pulses what to remember
   * @param alive the mirrors whose heartbeats go on arriving: a sign that production is alive
   * @param troubles what is wrong with the copies, a line each, stale or not: what is to be put
   *     right before they are needed
   */
  public record HeartbeatReading(
      String stale,
      ImmutableMap<String, HeartbeatHistory> pulses,
      ImmutableList<String> alive,
      ImmutableList<String> troubles) {}

  /**
   * Reads them all.
   *
   * @param before what was remembered
   * @param outage when production began to fail; empty while it is well. Freshness is measured at
   *     that time, since nothing newer can arrive; and only what arrived after it says that
   *     production is alive.
   */
  public HeartbeatReading look(
      Map<String, HeartbeatHistory> before, Optional<Instant> outage, Instant now) {
    ImmutableMap.Builder<String, HeartbeatHistory> pulses = ImmutableMap.builder();
    ImmutableList.Builder<String> stale = ImmutableList.builder();
    ImmutableList.Builder<String> alive = ImmutableList.builder();
    ImmutableList.Builder<String> troubles = ImmutableList.builder();
    for (HeartbeatConfig mirror : mirrors) {
      Optional<HeartbeatHistory> known = Optional.ofNullable(before.get(mirror.name()));
      Reading reading = read(mirror, known.isPresent(), outage.orElse(now));
      reading.problem().ifPresent(stale::add);
      Optional<HeartbeatHistory> pulse = pulse(mirror, reading, known, now);
      pulse.ifPresent(last -> pulses.put(mirror.name(), last));
      if (mirror.vantage() && pulse.filter(last -> isAlive(last, outage, now)).isPresent()) {
        alive.add(mirror.name());
      }
      reading
          .problem()
          .or(() -> silent(mirror, pulse, now))
          .or(() -> reading.heartbeat().flatMap(heartbeat -> trouble(mirror, heartbeat)))
          .ifPresent(troubles::add);
    }
    return new HeartbeatReading(
        String.join("; ", stale.build()), pulses.buildOrThrow(), alive.build(), troubles.build());
  }

  private static Optional<String> silent(
      HeartbeatConfig mirror, Optional<HeartbeatHistory> pulse, Instant now) {
    return pulse
        .filter(last -> !last.beating(now))
        .map(
            last ->
                "the mirror %s: sync-agent has left no heartbeat for %s; see that it runs on production, and reaches the backup"
                    .formatted(
                        mirror.name(), DurationFormat.of(Duration.between(last.arrived(), now))));
  }

  /** What sync-agent itself says is wrong, although the copy is fresh yet. */
  private static Optional<String> trouble(HeartbeatConfig mirror, Heartbeat heartbeat) {
    String name = "the mirror " + mirror.name() + ": ";
    Optional<Heartbeat.Standing> standing = heartbeat.standing();
    if (standing.isEmpty()) {
      return Optional.empty();
    }
    boolean fails = standing.get().failing() > standing.get().superfluous();
    if (standing.get().halted().isPresent() || fails) {
      return Optional.of(name + cause(standing.get(), heartbeat));
    }
    return standing
        .get()
        .freeBytes()
        .filter(bytes -> bytes < LEAST_FREE)
        .map(
            bytes ->
                name
                    + "only %d MiB are free at the copy; make room there"
                        .formatted(bytes / (1 << 20)));
  }

  /** One that was there when production began to fail says nothing of what was after. */
  private static boolean isAlive(HeartbeatHistory last, Optional<Instant> outage, Instant now) {
    return last.beating(now) && outage.filter(began -> !last.arrived().isAfter(began)).isEmpty();
  }

  private record Reading(Optional<Heartbeat> heartbeat, Optional<String> problem) {}

  /**
   * Reads one.
   *
   * @param seen whether there was one before: then it must not be missing
   */
  private static Reading read(HeartbeatConfig mirror, boolean seen, Instant asOf) {
    Heartbeat heartbeat;
    try {
      heartbeat = HeartbeatFile.read(mirror.file());
    } catch (NoSuchFileException _) {
      return new Reading(
          Optional.empty(),
          mirror.required() || seen ? Optional.of(missing(mirror, seen)) : Optional.empty());
    } catch (IOException e) {
      return new Reading(
          Optional.empty(),
          Optional.of(
              "the heartbeat of the mirror " + mirror.name() + " can't be read: " + reason(e)));
    }
    return new Reading(Optional.of(heartbeat), problem(mirror, heartbeat, asOf));
  }

  private static String missing(HeartbeatConfig mirror, boolean seen) {
    return "no heartbeat of the mirror %s at %s%s"
        .formatted(
            mirror.name(),
            mirror.file(),
            seen
                ? ", where there was one: see that sync-agent runs, or take the mirror out of the"
                    + " configuration"
                : "");
  }

  private static Optional<String> problem(
      HeartbeatConfig mirror, Heartbeat heartbeat, Instant asOf) {
    if (!heartbeat.mirror().equals(mirror.name())) {
      return Optional.of(
          "%s is the heartbeat of %s, not of %s: correct heartbeat.mirror.file or .name"
              .formatted(mirror.file(), Printable.quoted(heartbeat.mirror()), mirror.name()));
    }
    if (heartbeat.completeUntil().isEmpty()) {
      return Optional.of(
          "the mirror " + mirror.name() + " has not been complete yet" + cause(heartbeat));
    }
    Duration age = Duration.between(heartbeat.completeUntil().get(), asOf);
    return age.compareTo(mirror.maxAge()) > 0
        ? Optional.of(
            "the mirror %s may lack what changed in the last %s (allowed: %s)%s"
                .formatted(
                    mirror.name(),
                    DurationFormat.of(age),
                    DurationFormat.of(mirror.maxAge()),
                    silence(mirror, heartbeat, asOf).orElseGet(() -> cause(heartbeat))))
        : Optional.empty();
  }

  /** Where sync-agent itself has said nothing for as long, what it said last explains nothing. */
  private static Optional<String> silence(
      HeartbeatConfig mirror, Heartbeat heartbeat, Instant asOf) {
    Duration silence = Duration.between(heartbeat.at(), asOf);
    return silence.compareTo(mirror.maxAge()) > 0
        ? Optional.of(": sync-agent has left no heartbeat for " + DurationFormat.of(silence))
        : Optional.empty();
  }

  /** What sync-agent says of it; empty if an agent before that field wrote it. */
  private static String cause(Heartbeat heartbeat) {
    return heartbeat.standing().map(standing -> ": " + cause(standing, heartbeat)).orElse("");
  }

  private static String cause(Heartbeat.Standing standing, Heartbeat heartbeat) {
    if (standing.halted().isPresent()) {
      return "it is halted: " + standing.halted().get();
    }
    if (standing.promotion().isPresent()) {
      return "the backup went live, and nothing is changed at the copy until the return";
    }
    return standing.failing() > standing.superfluous()
        ? "it is %s, %d paths can't be made equal, %d entries are missing"
            .formatted(
                standing.state(), standing.failing() - standing.superfluous(), standing.missing())
        : "it is %s, %d paths wait".formatted(standing.state(), heartbeat.pending());
  }

  private static Optional<HeartbeatHistory> pulse(
      HeartbeatConfig mirror, Reading reading, Optional<HeartbeatHistory> before, Instant now) {
    return reading
        .heartbeat()
        .filter(heartbeat -> heartbeat.mirror().equals(mirror.name()))
        .map(
            heartbeat ->
                before
                    .map(known -> known.after(heartbeat, now))
                    .orElseGet(() -> HeartbeatHistory.first(heartbeat, now)))
        .or(() -> before);
  }

  private static String reason(IOException e) {
    return Printable.cut(String.valueOf(e.getMessage()), 200);
  }
}
