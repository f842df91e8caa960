package io.relais.failover.change;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.decide.RecordPlace;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Changes the zone. The intent, with the values found, is on disk before the first call, so a kill
 * at any point leaves a journal from which the next run goes on or goes back. For one thread; only
 * one process may use the journal (the caller holds a lock).
 */
public final class RecordChanger {
  private final Ledger ledger;
  private final ChangeSettings settings;
  private final DnsProvider provider;
  private final Authority authority;
  private final InstantSource clock;
  private final ChangeSteps steps;

  /**
   * Opens the journal.
   *
   * @param journal the file; made with the first change
   * @throws IOException if it can't be read, or is damaged (the message says what to do): then
   *     nothing may be changed
   */
  public RecordChanger(
      Path journal,
      ChangeSettings settings,
      DnsProvider provider,
      Authority authority,
      InstantSource clock)
      throws IOException {
    this(Ledger.open(new Journal(journal)), settings, provider, authority, clock);
  }

  private RecordChanger(
      Ledger ledger,
      ChangeSettings settings,
      DnsProvider provider,
      Authority authority,
      InstantSource clock) {
    this.ledger = ledger;
    this.settings = settings;
    this.provider = provider;
    this.authority = authority;
    this.clock = clock;
    this.steps = new ChangeSteps(ledger, provider, new PropagationCheck(authority, provider), settings, clock);
  }

  /**
   * One for who only looks, as a dry run: it may be made beside one that acts, and makes no file.
   * Nothing may be begun, carried on or undone with it.
   *
   * @throws IOException if there is a journal that can't be read, or is damaged
   */
  public static RecordChanger lookingOnly(
      Path journal,
      ChangeSettings settings,
      DnsProvider provider,
      Authority authority,
      InstantSource clock)
      throws IOException {
    return new RecordChanger(Ledger.open(new Journal(journal)), settings, provider, authority, clock);
  }

  /**
   * What a journal holds, for status; needs no lock, since the file is replaced as a whole.
   *
   * @return empty if there is none
   * @throws IOException if it can't be read or is damaged
   */
  public static Optional<JournalState> read(Path journal) throws IOException {
    return new Journal(journal).read();
  }

  /** What the journal holds. */
  public JournalState journaled() {
    return ledger.state();
  }

  /** Where the change under way leads, if one is: a switch that is being undone, home. */
  public Optional<ChangeKind> underWay() {
    return ledger.state().underWay().map(PendingChange::leads);
  }

  /** Whether the journal holds what a fail-back restores: a switch was begun and not taken back. */
  public boolean switched() {
    return !ledger.state().original().isEmpty();
  }

  /**
   * What {@link #begin} would do, without doing or journalling it.
   *
   * @throws DnsProviderException if the records can't be read or may not be changed so
   * @throws DnsLookupException if a name's zone can't be found
   */
  public ImmutableList<ZoneChange> preview(ChangeKind kind, BackupAddresses backup)
      throws DnsProviderException, DnsLookupException, InterruptedException {
    Optional<PendingChange> same = carriedOn(kind, backup);
    return same.isPresent() ? same.get().zones() : plan(kind, backup).zones();
  }

  /**
   * Reads the records, journals the intent, applies it, publishes it, and looks once whether it is
   * visible. A change that is under way is carried on instead if it is of that kind and to the same
   * address, and taken over if it is not: what a fail-back restores stays what was found first. If
   * this can't be begun (Retrying, Refused, Conflict), what is under way stays as it is.
   *
   * @throws IOException if the journal can't be written: then nothing was changed
   */
  public Outcome begin(ChangeKind kind, BackupAddresses backup)
      throws IOException, InterruptedException {
    if (carriedOn(kind, backup).isEmpty()) {
      ChangePlan plan;
      try {
        plan = plan(kind, backup);
      } catch (DnsProviderException e) {
        return ChangeSteps.failed(e);
      } catch (DnsLookupException e) {
        return new Outcome.Retrying(String.valueOf(e.getMessage()), Optional.empty());
      }
      String id = UUID.randomUUID().toString();
      ledger.commit(plan.intended(id, clock.instant(), backup, ledger.state()));
      return steps.begin();
    }
    return steps.advance();
  }

  /**
   * One step further with the change under way: applies and publishes what isn't, verifies. A
   * journal that can't be written doesn't stop it: the outcome's text tells.
   */
  public Outcome advance() throws IOException, InterruptedException {
    return steps.advance();
  }

  /**
   * Turns the change under way round: from now on its goal is what was there before it; for a
   * switch, what the first switch found. Again, it goes on with that. Since what was published
   * before may appear at the servers late, it is verified only {@code publishAgainAfter} later; so
   * is a change that took over another.
   *
   * @throws IOException if the journal can't be written: then nothing was changed, nor turned round
   */
  public Outcome undo() throws IOException, InterruptedException {
    Optional<PendingChange> pending = ledger.state().underWay();
    if (pending.isPresent() && !pending.get().undoing()) {
      ledger.commit(ledger.state().with(pending.get().turnedRound()));
    }
    return steps.advance();
  }

  /**
   * Forgets what a person has settled by hand; for when that person says so. Names that are no
   * longer configured count no more, unless they hold something of the backup's; and where every
   * configured name is at production, neither what a fail-back would restore nor a change under way
   * does. If the provider can't be asked, nothing is forgotten.
   *
   * @return whether anything was
   * @throws IOException if the journal can't be written: then nothing was forgotten
   */
  public boolean settle() throws IOException, InterruptedException {
    Optional<RecordSets> found = found();
    if (found.isEmpty()) {
      return false;
    }
    JournalState settled = new ManualResolution(settings, ledger.state(), found.get()).settled();
    if (settled.equals(ledger.state())) {
      return false;
    }
    ledger.commit(settled);
    return true;
  }

  /** A name that is no longer configured may have no zone any more. */
  private Optional<RecordSets> found() throws InterruptedException {
    ImmutableList.Builder<RrSet> sets = ImmutableList.builder();
    for (String name : ChangePlanner.names(settings, ledger.state())) {
      try {
        ImmutableSet<String> one = ImmutableSet.of(name);
        sets.addAll(provider.read(authority.zoneOf(name), RecordLocator.keys(one)));
      } catch (DnsLookupException | DnsProviderException e) {
        if (settings.names().contains(name)) {
          return Optional.empty();
        }
      }
    }
    return Optional.of(RecordSets.of(sets.build()));
  }

  /**
   * Where the records point, asked of the authoritative servers only; where they say neither
   * production nor backup, or don't agree, the provider is asked too, whose word counts.
   *
   * @param backup where it is now; empty if that is not known: then it may be at any address that
   *     the journal knows
   */
  public RecordLocation standing(Optional<BackupAddresses> backup) throws InterruptedException {
    RecordClassifier whereabouts = RecordLocator.whereabouts(settings, ledger.state(), backup);
    ImmutableMap<String, ImmutableSet<String>> zones;
    RecordLocation said;
    try {
      zones = zones();
      said = whereabouts.said(RecordLocator.ask(authority, zones));
    } catch (DnsLookupException e) {
      return new RecordLocation(RecordPlace.UNKNOWN, String.valueOf(e.getMessage()));
    }
    return said.where() == RecordPlace.UNKNOWN || RecordClassifier.isSettled(said)
        ? said
        : held(whereabouts, zones, said);
  }

  private RecordLocation held(
      RecordClassifier whereabouts, ImmutableMap<String, ImmutableSet<String>> zones, RecordLocation said)
      throws InterruptedException {
    try {
      RecordLocation held = whereabouts.held(read(zones));
      return new RecordLocation(
          held.where(),
          provider.describe()
              + " has "
              + held.detail()
              + "; DNS: "
              + said.detail()
              + toldApart(zones),
          held.remedy());
    } catch (DnsProviderException e) {
      // Nobody but the provider makes us believe that somebody else changed the records.
      return new RecordLocation(
          said.where() == RecordPlace.FOREIGN ? RecordPlace.UNKNOWN : said.where(),
          said.detail() + "; the provider: " + e.getMessage());
    }
  }

  /** Why DNS says something else for good, where that is so. */
  private String toldApart(ImmutableMap<String, ImmutableSet<String>> zones)
      throws DnsProviderException, InterruptedException {
    List<String> proxied = new ArrayList<>();
    for (var zone : zones.entrySet()) {
      proxied.addAll(provider.proxied(zone.getKey(), RecordLocator.keys(zone.getValue())));
    }
    return proxied.isEmpty()
        ? ""
        : " (" + String.join(", ", proxied) + ": proxied, so DNS does not tell)";
  }

  private Optional<PendingChange> carriedOn(ChangeKind kind, BackupAddresses backup) {
    return ledger.state().underWay().filter(pending -> pending.is(kind, backup));
  }

  private ChangePlan plan(ChangeKind kind, BackupAddresses backup)
      throws DnsProviderException, DnsLookupException, InterruptedException {
    ImmutableMap<String, ImmutableSet<String>> zones = zones();
    return new ChangePlanner(settings, backup, ledger.state(), read(zones)).plan(kind, zones);
  }

  /** All names that a change may touch, by zone. */
  private ImmutableMap<String, ImmutableSet<String>> zones()
      throws DnsLookupException, InterruptedException {
    return RecordLocator.zones(authority, ChangePlanner.names(settings, ledger.state()));
  }

  private RecordSets read(ImmutableMap<String, ImmutableSet<String>> zones)
      throws DnsProviderException, InterruptedException {
    ImmutableList.Builder<RrSet> sets = ImmutableList.builder();
    for (var zone : zones.entrySet()) {
      sets.addAll(provider.read(zone.getKey(), RecordLocator.keys(zone.getValue())));
    }
    RecordSets read = RecordSets.of(sets.build());
    return RecordSets.each(
        zones.values().stream().flatMap(Collection::stream).collect(toImmutableList()), read::get);
  }
}
