package io.relais.failover.engine;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.failover.decide.Observation;
import io.relais.failover.decide.Observation.Production;
import io.relais.failover.decide.Phase;
import io.relais.failover.engine.FailoverRound.Report;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Kind;
import io.relais.failover.probe.ProbeResult;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Tells, while production serves, that the backup could not take over; once a day, and when that is
 * over. For one thread.
 */
final class BackupWatch {
  private static final String THING = "backup";

  private final String site;
  private final BackupCheck backup;
  private final Consumer<Notice> out;

  BackupWatch(String site, BackupCheck backup, Consumer<Notice> out) {
    this.site = site;
    this.backup = backup;
    this.out = out;
  }

  /** Tells what the round saw of it, if anything; returns the memory with what has been told. */
  Memory tell(Memory memory, Report report, Instant now) {
    Seen seen = report.seen();
    if (!isCalm(memory, report) || seen.own().isEmpty()) {
      return memory;
    }
    Map<String, Instant> told = new HashMap<>(memory.told().daily());
    if (backup.serves(seen.own())) {
      if (told.remove(THING) != null) {
        post(Kind.WATCH_UP, "the backup serves it again", "A switch would find it ready.", now);
      }
    } else if (told.putIfAbsent(THING, now) == null) {
      post(
          Kind.WATCH_DOWN,
          "the backup does not serve it, and could not take over",
          failures(seen.own()) + "\nProduction serves; mend the backup before it is needed.",
          now);
    }
    return memory.withTold(memory.told().withDaily(ImmutableMap.copyOf(told)));
  }

  /** Else it was looked at for a switch, which tells what comes of that. */
  private static boolean isCalm(Memory memory, Report report) {
    Observation observation = report.seen().observation();
    return report.before().phase() == Phase.UP
        && memory.watch().phase() == Phase.UP
        && observation.production() == Production.UP
        && observation.command().isEmpty();
  }

  private static String failures(ImmutableList<ProbeResult> own) {
    return own.stream()
        .flatMap(
            result ->
                result.failure().stream()
                    .map(
                        failure ->
                            "%s at %s: %s"
                                .formatted(result.name(), result.where(), failure.detail())))
        .collect(Collectors.joining("\n"));
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
