package io.relais.failover.change;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.dns.Authority.ServerAnswer;
import io.relais.failover.dns.RrSet;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where records point; pure. A name is at production if it has a record and all its records, of
 * both types, are addresses of production: it need not have all of them, and TTLs don't matter. In
 * the same way it is at the backup; and at its old address if a record is at one that it had
 * before, and none at production.
 */
final class RecordClassifier {
  private static final ImmutableSet<RecordPlace> DEFINITE =
      ImmutableSet.of(RecordPlace.PRODUCTION, RecordPlace.BACKUP, RecordPlace.OLD_BACKUP);

  private final AddressOwnership owners;

  RecordClassifier(AddressOwnership owners) {
    this.owners = owners;
  }

  /** What the servers of one zone said about the names in it. */
  record ZoneAnswers(String zone, ImmutableSet<String> names, ImmutableList<ServerAnswer> answers) {
    Stream<ServerAnswer> heard() {
      return answers.stream().filter(answer -> answer.failure().isEmpty());
    }

    String text() {
      ImmutableSet<String> texts =
          heard()
              .map(answer -> RecordClassifier.text(new RecordSets(answer.sets()), names))
              .collect(toImmutableSet());
      String said =
          texts.size() <= 1
              ? String.join("", texts)
              : PropagationCheck.some(
                  heard()
                      .map(
                          answer ->
                              PropagationCheck.speaker(answer)
                                  + " says "
                                  + RecordClassifier.text(new RecordSets(answer.sets()), names))
                      .collect(toImmutableList()));
      return said + PropagationCheck.troubles(answers);
    }
  }

  /** Whether all agree, on something that we know. */
  static boolean isDefinite(RecordLocation location) {
    return DEFINITE.contains(location.place());
  }

  /** What the authoritative servers say, all together; UNKNOWN if those of a zone are silent. */
  RecordLocation fromServers(ImmutableList<ZoneAnswers> zones) {
    for (ZoneAnswers zone : zones) {
      if (zone.heard().findAny().isEmpty()) {
        return new RecordLocation(
            RecordPlace.UNKNOWN,
            "no server of "
                + zone.zone()
                + " gives an answer that counts"
                + PropagationCheck.troubles(zone.answers()));
      }
    }
    Stream<RecordPlace> places =
        zones.stream()
            .flatMap(
                zone ->
                    zone.heard()
                        .flatMap(
                            serverAnswer ->
                                places(new RecordSets(serverAnswer.sets()), zone.names())
                                    .stream()));
    return location(
        agreed(places.collect(toImmutableSet())),
        zones.stream()
            .flatMap(
                zone ->
                    zone.heard()
                        .flatMap(
                            serverAnswer ->
                                sets(new RecordSets(serverAnswer.sets()), zone.names()).stream()))
            .collect(toImmutableList()),
        String.join("; ", zones.stream().map(ZoneAnswers::text).toList()));
  }

  /** What the provider holds; at the old address too if only some names are: they must follow. */
  RecordLocation fromProvider(RecordSets records) {
    ImmutableSet<RecordPlace> places = places(records, records.names());
    boolean toFollow = places.equals(ImmutableSet.of(RecordPlace.BACKUP, RecordPlace.OLD_BACKUP));
    return location(
        toFollow ? RecordPlace.OLD_BACKUP : agreed(places),
        sets(records, records.names()),
        text(records, records.names()));
  }

  private RecordLocation location(RecordPlace place, ImmutableList<RrSet> sets, String detail) {
    return place == RecordPlace.FOREIGN
        ? new RecordLocation(place, detail, Optional.of(remedy(sets)))
        : new RecordLocation(place, detail);
  }

  private String remedy(ImmutableList<RrSet> sets) {
    return UnlistedRecords.find(owners.production(), owners::isBackup, sets)
        .map(UnlistedRecords::text)
        .orElseGet(() -> UnlistedRecords.missing(sets));
  }

  private ImmutableSet<RecordPlace> places(RecordSets records, Collection<String> names) {
    return names.stream().map(name -> place(records, name)).collect(toImmutableSet());
  }

  private static RecordPlace agreed(ImmutableSet<RecordPlace> places) {
    if (places.contains(RecordPlace.FOREIGN)) {
      return RecordPlace.FOREIGN;
    }
    return places.size() == 1 ? places.iterator().next() : RecordPlace.MIXED;
  }

  private RecordPlace place(RecordSets records, String name) {
    ImmutableSet<String> values =
        records.of(name).stream().flatMap(set -> set.values().stream()).collect(toImmutableSet());
    if (values.isEmpty() || !values.stream().allMatch(owners::isOurs)) {
      return RecordPlace.FOREIGN;
    }
    if (owners.production().containsAll(values)) {
      return RecordPlace.PRODUCTION;
    }
    if (values.stream().anyMatch(owners::isProduction)) {
      return RecordPlace.MIXED;
    }
    return owners.backup().containsAll(values) ? RecordPlace.BACKUP : RecordPlace.OLD_BACKUP;
  }

  private static ImmutableList<RrSet> sets(RecordSets records, Collection<String> names) {
    return names.stream().flatMap(name -> records.of(name).stream()).collect(toImmutableList());
  }

  private static String text(RecordSets records, Collection<String> names) {
    return String.join(", ", sets(records, names).stream().map(RrSet::toString).toList());
  }
}
