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
   */
  public record HeartbeatReading(
      String stale, ImmutableMap<String, HeartbeatHistory> pulses, ImmutableList<String> alive) {}

  /**
   * Reads them all.
   *
   * @param before what was remembered
   * @param asOf the time that freshness is measured at: now, or when production was last well
   */
  public HeartbeatReading look(Map<String, HeartbeatHistory> before, Instant asOf, Instant now) {
    ImmutableMap.Builder<String, HeartbeatHistory> pulses = ImmutableMap.builder();
    ImmutableList.Builder<String> stale = ImmutableList.builder();
    ImmutableList.Builder<String> alive = ImmutableList.builder();
    for (HeartbeatConfig mirror : mirrors) {
      Reading reading = read(mirror, asOf);
      reading.problem().ifPresent(stale::add);
      Optional<HeartbeatHistory> pulse =
          pulse(mirror, reading, Optional.ofNullable(before.get(mirror.name())), now);
      pulse.ifPresent(known -> pulses.put(mirror.name(), known));
      if (mirror.vantage() && pulse.filter(known -> known.beating(now)).isPresent()) {
        alive.add(mirror.name());
      }
    }
    return new HeartbeatReading(
        String.join("; ", stale.build()), pulses.buildOrThrow(), alive.build());
  }

  private record Reading(Optional<Heartbeat> heartbeat, Optional<String> problem) {}

  private static Reading read(HeartbeatConfig mirror, Instant asOf) {
    Heartbeat heartbeat;
    try {
      heartbeat = HeartbeatFile.read(mirror.file());
    } catch (NoSuchFileException _) {
      return new Reading(
          Optional.empty(),
          mirror.required()
              ? Optional.of("no heartbeat of the mirror " + mirror.name() + " at " + mirror.file())
              : Optional.empty());
    } catch (IOException e) {
      return new Reading(
          Optional.empty(),
          Optional.of(
              "the heartbeat of the mirror " + mirror.name() + " can't be read: " + reason(e)));
    }
    return new Reading(Optional.of(heartbeat), problem(mirror, heartbeat, asOf));
  }

  private static Optional<String> problem(
      HeartbeatConfig mirror, Heartbeat heartbeat, Instant asOf) {
    if (!heartbeat.mirror().equals(mirror.name())) {
      return Optional.of(
          "%s is the heartbeat of %s, not of %s: correct heartbeat.mirror.file or .name"
              .formatted(mirror.file(), Printable.quoted(heartbeat.mirror()), mirror.name()));
    }
    if (heartbeat.inSyncAt().isEmpty()) {
      return Optional.of("the mirror " + mirror.name() + " has not been complete yet");
    }
    Duration age = Duration.between(heartbeat.inSyncAt().get(), asOf);
    return age.compareTo(mirror.maxAge()) > 0
        ? Optional.of(
            "the mirror %s was last complete %s before (allowed: %s)"
                .formatted(
                    mirror.name(), DurationFormat.of(age), DurationFormat.of(mirror.maxAge())))
        : Optional.empty();
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
