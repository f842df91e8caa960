package io.relais.failover.change;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Changes the zone. The intent, with the values found, is on disk before the first call, so a kill
 * at any point leaves a journal from which the next run goes on or goes back. For one thread; only
 * one process may use the journal (the caller holds a lock).
 */
public final class RecordChanger {
  private final Journal journal;
  private final ChangeSettings settings;
  private final DnsProvider provider;
  private final Authority authority;
  private final InstantSource clock;
  private final RecordLocator locator;
  private final ChangeSteps steps;

  /**
   * Opens the journal. A process that only looks, as in a dry run, may make one while another acts,
   * and must not begin, carry on or undo anything with it.
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
    this.journal = Journal.open(journal);
    this.settings = settings;
    this.provider = provider;
    this.authority = authority;
    this.clock = clock;
    this.locator = new RecordLocator(settings, authority);
    this.steps =
        new ChangeSteps(
            this.journal, provider, new PropagationCheck(authority, provider), settings, clock);
  }

  /**
   * What a journal holds, for status; needs no lock, since the file is replaced as a whole.
   *
   * @return empty if there is none
   * @throws IOException if it can't be read or is damaged
   */
  public static Optional<JournalState> read(Path journal) throws IOException {
    return Journal.read(journal);
  }

  /** What the journal holds. */
  public JournalState journal() {
    return journal.state();
  }

  /** Where the change under way leads, if one is: a switch that is being undone is a fail-back. */
  public Optional<ChangeKind> underWay() {
    return journal.state().underWay().map(PendingChange::leadsTo);
  }

  /** Whether the journal holds what a fail-back restores: a switch was begun and not taken back. */
  public boolean switched() {
    return !journal.state().original().isEmpty();
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

  /** The same for people, in one line: which records would become what, or why it can't be said. */
  public String describePreview(ChangeKind kind, Optional<BackupAddresses> backup) {
    if (backup.isEmpty() && kind != ChangeKind.FAIL_BACK) {
      return "do nothing: the backup's public address is not known";
    }
    try {
      String changes =
          preview(kind, backup.orElse(BackupAddresses.NONE)).stream()
              .flatMap(change -> change.replacements().stream())
              .filter(step -> !step.before().equals(step.after()))
              .map(step -> "change " + step.before() + " to " + step.after())
              .collect(Collectors.joining("; "));
      return changes.isEmpty() ? "change nothing: the records are so already" : changes;
    } catch (DnsProviderException | DnsLookupException e) {
      return "fail: " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "do nothing: interrupted";
    }
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
    if (carriedOn(kind, backup).isPresent()) {
      return steps.advance();
    }
    ChangePlanner.Plan plan;
    try {
      plan = plan(kind, backup);
    } catch (DnsProviderException e) {
      return ChangeSteps.failed(e);
    } catch (DnsLookupException e) {
      return new Outcome.Retrying(String.valueOf(e.getMessage()), Optional.empty());
    }
    String id = UUID.randomUUID().toString();
    journal.commit(plan.intended(id, clock.instant(), backup, journal.state()));
    return steps.begin();
  }

  /**
   * One step further with the change under way: applies and publishes what isn't, verifies. A
   * journal that can't be written doesn't stop it: the outcome's text tells.
   */
  public Outcome advance() throws IOException, InterruptedException {
    return steps.advance();
  }

  /**
   * Reverses the change under way: from now on its goal is what was there before it; for a switch,
   * what the first switch found. Again, it goes on with that. Since what was published before may
   * appear at the servers late, it is verified only {@code publishAgainAfter} later; so is a change
   * that took over another.
   *
   * @throws IOException if the journal can't be written: then nothing was changed, nor reversed
   */
  public Outcome undo() throws IOException, InterruptedException {
    Optional<PendingChange> pending = journal.state().underWay();
    if (pending.isPresent() && !pending.get().undoing()) {
      journal.commit(journal.state().withUnderWay(pending.get().reversed()));
    }
    return steps.advance();
  }

  /**
   * Forgets what an operator has resolved by hand; for when that operator says so. Names that are
   * no longer configured count no more, unless they hold something of the backup's; and where every
   * configured name is at production, neither what a fail-back would restore nor a change under way
   * does. If the provider can't be asked, nothing is forgotten.
   *
   * @return whether anything was
   * @throws IOException if the journal can't be written: then nothing was forgotten
   */
  public boolean forgetResolved() throws IOException, InterruptedException {
    Optional<RecordSets> found = found();
    if (found.isEmpty()) {
      return false;
    }
    JournalState left = ManualResolution.apply(settings, journal.state(), found.get());
    if (left.equals(journal.state())) {
      return false;
    }
    journal.commit(left);
    return true;
  }

  /** A name that is no longer configured may no longer have a zone. */
  private Optional<RecordSets> found() throws InterruptedException {
    ImmutableList.Builder<RrSet> sets = ImmutableList.builder();
    for (String name : journal.state().names(settings)) {
      try {
        sets.addAll(provider.read(authority.zoneOf(name), RecordSets.keys(ImmutableSet.of(name))));
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
  public RecordLocation location(Optional<BackupAddresses> backup) throws InterruptedException {
    return locator.locate(journal.state(), backup, provider);
  }

  private Optional<PendingChange> carriedOn(ChangeKind kind, BackupAddresses backup) {
    return journal.state().underWay().filter(pending -> pending.isSame(kind, backup));
  }

  private ChangePlanner.Plan plan(ChangeKind kind, BackupAddresses backup)
      throws DnsProviderException, DnsLookupException, InterruptedException {
    ImmutableMap<String, ImmutableSet<String>> zones = locator.zones(journal.state());
    RecordSets found = RecordLocator.read(provider, zones);
    return new ChangePlanner(settings, backup, journal.state(), found).plan(kind, zones);
  }
}
