package io.relais.failover.alerts;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.TimeText;
import io.relais.failover.alerts.ProblemNotices.Ending;
import io.relais.failover.alerts.ProblemNotices.Words;
import io.relais.failover.decide.Observation;
import io.relais.failover.decide.Observation.Production;
import io.relais.failover.decide.Phase;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.observe.AddressTracker;
import io.relais.failover.observe.BackupCheck;
import io.relais.failover.observe.RoundObservation;
import io.relais.failover.observe.RoundReport;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.state.NoticeHistory;
import io.relais.failover.state.PersistentState;
import io.relais.failover.state.Sentence;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tells, while production serves, that the backup could not take over: once a day, when the reason
 * is another, and when that is over. For one thread.
 */
public final class BackupReadinessNotices {
  private static final String THING = "backup";
  private static final String COPIES = "copies";

  private final String site;
  private final BackupCheck backup;
  private final AddressTracker addresses;
  private final ProblemNotices notices;
  private final ProblemNotices copies;

  public BackupReadinessNotices(
      String site, BackupCheck backup, AddressTracker addresses, Consumer<Notice> out) {
    this.site = site;
    this.backup = backup;
    this.addresses = addresses;
    this.notices = notices(THING, site, out);
    this.copies = notices(COPIES, site, out);
  }

  private static ProblemNotices notices(String thing, String site, Consumer<Notice> out) {
    return new ProblemNotices(
        thing,
        Topic.WATCH_DOWN,
        Topic.WATCH_UP,
        Duration.ZERO,
        Optional.of(Duration.ofDays(1)),
        ImmutableMap.of("site", site, "watch", thing),
        out);
  }

  /** Tells what the round saw of it, if anything; returns the memory with what has been told. */
  public PersistentState tell(PersistentState persistentState, RoundReport report, Instant now) {
    if (!isCalm(persistentState, report)) {
      return persistentState;
    }
    PersistentState next = tellOfCopies(persistentState, report.seen(), now);
    return report.seen().own().isEmpty() ? next : tellOfServing(next, report.seen(), now);
  }

  /** What could not take over now, in a line each, as people were told. */
  public static ImmutableList<String> unready(PersistentState persistentState) {
    return Stream.of(THING, COPIES)
        .flatMap(thing -> persistentState.told().problem(thing).stream())
        .filter(problem -> problem.goneSince().isEmpty())
        .map(
            problem ->
                problem.latest().replace("\n", "; ")
                    + " (since "
                    + TimeText.of(problem.since())
                    + ")")
        .collect(toImmutableList());
  }

  private PersistentState tellOfCopies(
      PersistentState persistentState, RoundObservation seen, Instant now) {
    NoticeHistory told = persistentState.told();
    return persistentState.withTold(
        seen.copies().isEmpty()
            ? copies.isGone(
                told,
                new Ending(
                    site + ": the copy at the backup is well again",
                    "It was not",
                    "A switch would find it complete."),
                now)
            : copies.stands(
                told,
                new Words(
                    site + ": something is wrong with the copy at the backup",
                    seen.copies().stream().map(Sentence::of).collect(Collectors.joining("\n"))
                        + "\nProduction serves; fix this before the backup is needed."),
                now,
                now));
  }

  private PersistentState tellOfServing(
      PersistentState persistentState, RoundObservation roundObservation, Instant now) {
    Optional<String> clash = addresses.clash(roundObservation.backup());
    boolean serves = backup.serves(roundObservation.own());
    NoticeHistory told = persistentState.told();
    return persistentState.withTold(
        serves && clash.isEmpty()
            ? notices.isGone(
                told,
                new Ending(
                    site + ": the backup could take over again",
                    "It could not",
                    "A switch would find it ready."),
                now)
            : notices.stands(told, unready(roundObservation, clash, serves), now, now));
  }

  private Words unready(RoundObservation roundObservation, Optional<String> clash, boolean serves) {
    return new Words(
        site + ": the backup " + (serves ? "" : "does not serve it, and ") + "could not take over",
        Stream.concat(
                    clash.stream().map(Sentence::of),
                    serves ? Stream.empty() : failures(roundObservation.own()))
                .collect(Collectors.joining("\n"))
            + "\nProduction serves; fix this before the backup is needed.");
  }

  /** Otherwise it was looked at for a switch, which tells what comes of that. */
  private static boolean isCalm(PersistentState persistentState, RoundReport report) {
    Observation observation = report.seen().observation();
    return report.before().phase() == Phase.UP
        && persistentState.watch().phase() == Phase.UP
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
}
