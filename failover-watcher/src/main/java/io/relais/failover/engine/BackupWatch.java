package io.relais.failover.engine;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.failover.decide.Observation;
import io.relais.failover.decide.Observation.Production;
import io.relais.failover.decide.Phase;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Kind;
import io.relais.failover.probe.ProbeResult;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tells, while production serves, that the backup could not take over; once a day, and when that is
 * over. For one thread.
 */
final class BackupWatch {
  private static final String THING = "backup";

  private final String site;
  private final BackupCheck backup;
  private final AddressWatch addresses;
  private final Consumer<Notice> out;

  BackupWatch(String site, BackupCheck backup, AddressWatch addresses, Consumer<Notice> out) {
    this.site = site;
    this.backup = backup;
    this.addresses = addresses;
    this.out = out;
  }

  /** Tells what the round saw of it, if anything; returns the memory with what has been told. */
  Memory tell(Memory memory, RoundReport report, Instant now) {
    Seen seen = report.seen();
    if (!isCalm(memory, report) || seen.own().isEmpty()) {
      return memory;
    }
    Map<String, Instant> told = new HashMap<>(memory.told().daily());
    Optional<String> clash = addresses.clash(seen.backup());
    if (backup.serves(seen.own()) && clash.isEmpty()) {
      if (told.remove(THING) != null) {
        post(
            Kind.WATCH_UP,
            "the backup could take over again",
            "A switch would find it ready.",
            now);
      }
    } else if (told.putIfAbsent(THING, now) == null) {
      boolean serves = backup.serves(seen.own());
      post(
          Kind.WATCH_DOWN,
          "the backup " + (serves ? "" : "does not serve it, and ") + "could not take over",
          Stream.concat(
                      clash.stream().map(Sentence::of),
                      serves ? Stream.empty() : failures(seen.own()))
                  .collect(Collectors.joining("\n"))
              + "\nProduction serves; mend this before the backup is needed.",
          now);
    }
    return memory.withTold(memory.told().withDaily(ImmutableMap.copyOf(told)));
  }

  /** Else it was looked at for a switch, which tells what comes of that. */
  private static boolean isCalm(Memory memory, RoundReport report) {
    Observation observation = report.seen().observation();
    return report.before().phase() == Phase.UP
        && memory.watch().phase() == Phase.UP
        && observation.production() == Production.UP
        && observation.command().isEmpty();
  }

  private static Stream<String> failures(ImmutableList<ProbeResult> own) {
    return own.stream()
        .flatMap(
            result ->
                result.failure().stream()
                    .map(
                        failure ->
                            "%s at %s: %s"
                                .formatted(result.name(), result.where(), failure.detail())));
  }

  private void post(Kind kind, String title, String text, Instant now) {
    out.accept(
        new Notice(
            kind,
            THING + " " + now,
            site + ": " + title,
            text,
            now,
            ImmutableMap.of("site", site, "watch", THING)));
  }
}
