package io.relais.failover.change;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.Authority.ServerAnswer;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whether the authoritative servers show what a change is to bring. They do if every answer holds
 * exactly the values (the TTL is not compared: a provider may round it), and at least half of the
 * servers answer. Half, because a host without IPv6 never reaches the servers' IPv6 addresses. One
 * that answers over UDP only, or TCP only, counts, and is named.
 *
 * <p>Where a name is proxied ({@link DnsProvider#proxied}), its servers never show the values: then
 * the provider's word counts, which is asked only for names whose answers differ.
 */
final class PropagationCheck {
  private static final int MOST_NAMED = 4;

  private final Authority authority;
  private final DnsProvider provider;

  PropagationCheck(Authority authority, DnsProvider provider) {
    this.authority = authority;
    this.provider = provider;
  }

  /**
   * How far it is.
   *
   * @param complete whether the change is visible
   * @param detail for people, in one line
   */
  record Propagation(boolean complete, String detail) {}

  Propagation check(ImmutableList<ZoneChange> changes)
      throws DnsLookupException, DnsProviderException, InterruptedException {
    List<Propagation> zones = new ArrayList<>();
    for (ZoneChange change : changes) {
      zones.add(check(change));
    }
    return new Propagation(
        zones.stream().allMatch(Propagation::complete),
        String.join("; ", zones.stream().map(Propagation::detail).toList()));
  }

  private Propagation check(ZoneChange zone)
      throws DnsLookupException, DnsProviderException, InterruptedException {
    ImmutableList<ServerAnswer> answers = authority.ask(zone.zone(), zone.keys());
    ImmutableSet<String> servers =
        answers.stream().map(ServerAnswer::server).collect(toImmutableSet());
    ImmutableSet<String> heard =
        answers.stream()
            .filter(serverAnswer -> serverAnswer.failure().isEmpty())
            .map(ServerAnswer::server)
            .collect(toImmutableSet());
    ImmutableSet<String> proxied = proxied(zone, answers);
    ImmutableList<String> differing =
        answers.stream()
            .filter(serverAnswer -> serverAnswer.failure().isEmpty())
            .flatMap(serverAnswer -> differences(zone, serverAnswer, proxied))
            .collect(toImmutableList());
    String count = heard.size() + " of " + servers.size() + " servers of " + zone.zone();
    if (!differing.isEmpty()) {
      return new Propagation(false, "not yet everywhere: " + some(differing) + troubles(answers));
    }
    if (heard.isEmpty() || heard.size() * 2 < servers.size()) {
      return new Propagation(false, "only " + count + " answer" + troubles(answers));
    }
    if (proxied.isEmpty()) {
      return new Propagation(true, count + " show it" + troubles(answers));
    }
    Optional<String> other = notHeld(zone, proxied);
    return new Propagation(
        other.isEmpty(),
        other
                .map(held -> "not yet everywhere: " + provider.describe() + " has " + held)
                .orElseGet(() -> count + " answer, and " + provider.describe() + " has it")
            + ": "
            + String.join(", ", proxied)
            + (proxied.size() == 1 ? " is" : " are")
            + " proxied, so the servers answer with other addresses than the records hold"
            + troubles(answers));
  }

  /** The proxied ones of the names that not all servers show as they are to be. */
  private ImmutableSet<String> proxied(ZoneChange zone, ImmutableList<ServerAnswer> answers)
      throws DnsProviderException, InterruptedException {
    ImmutableSet<RecordKey> differing =
        answers.stream()
            .filter(serverAnswer -> serverAnswer.failure().isEmpty())
            .flatMap(serverAnswer -> differing(zone, serverAnswer))
            .map(RrSet::key)
            .collect(toImmutableSet());
    return differing.isEmpty() ? ImmutableSet.of() : provider.proxied(zone.zone(), differing);
  }

  /** What the provider holds at proxied names, where that is not what is to be. */
  private Optional<String> notHeld(ZoneChange zone, ImmutableSet<String> proxied)
      throws DnsProviderException, InterruptedException {
    ImmutableMap<RecordKey, RrSet> wanted =
        zone.replacements().stream()
            .map(Replacement::after)
            .filter(set -> proxied.contains(set.key().name()))
            .collect(toImmutableMap(RrSet::key, set -> set));
    String other =
        provider.read(zone.zone(), wanted.keySet()).stream()
            .filter(
                held ->
                    !held.values()
                        .equals(wanted.getOrDefault(held.key(), RrSet.none(held.key())).values()))
            .map(RrSet::toString)
            .collect(joining(", "));
    return other.isEmpty() ? Optional.empty() : Optional.of(other);
  }

  private static Stream<RrSet> differing(ZoneChange zone, ServerAnswer serverAnswer) {
    return zone.replacements().stream()
        .map(Replacement::after)
        .filter(wanted -> !wanted.values().equals(said(serverAnswer, wanted.key()).values()));
  }

  private static Stream<String> differences(
      ZoneChange zone, ServerAnswer serverAnswer, ImmutableSet<String> proxied) {
    return differing(zone, serverAnswer)
        .filter(wanted -> !proxied.contains(wanted.key().name()))
        .map(wanted -> speaker(serverAnswer) + " says " + said(serverAnswer, wanted.key()));
  }

  private static RrSet said(ServerAnswer serverAnswer, RecordKey key) {
    return serverAnswer.sets().getOrDefault(key, RrSet.none(key));
  }

  /** Who did not answer, and why. */
  static String troubles(Collection<ServerAnswer> answers) {
    ImmutableList<String> troubles =
        answers.stream()
            .flatMap(
                serverAnswer ->
                    serverAnswer.failure().stream().map(why -> speaker(serverAnswer) + ": " + why))
            .collect(toImmutableList());
    return troubles.isEmpty() ? "" : "; no answer that counts from " + some(troubles);
  }

  static String speaker(ServerAnswer serverAnswer) {
    return serverAnswer.server() + " (" + serverAnswer.transport() + ")";
  }

  /** The first few. */
  static String some(List<String> texts) {
    String named = String.join(", ", texts.subList(0, Math.min(MOST_NAMED, texts.size())));
    return texts.size() > MOST_NAMED
        ? named + " and " + (texts.size() - MOST_NAMED) + " more"
        : named;
  }
}
