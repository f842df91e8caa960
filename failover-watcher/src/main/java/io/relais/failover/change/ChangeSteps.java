package io.relais.failover.change;

import com.google.common.collect.ImmutableList;
import io.relais.failover.change.JournalState.CompletedChange;
import io.relais.failover.change.PendingChange.Progress;
import io.relais.failover.change.PropagationCheck.Propagation;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Carries a change on: applies it in all zones, publishes all, looks. Each step may be done again
 * after a kill, a lost reply or a failure, and is. A publication that is not seen for a while is
 * repeated, after the records have been applied again: a request that was given up may have arrived
 * late, and somebody else's record must not be published as ours.
 */
final class ChangeSteps {
  private final Journal journal;
  private final DnsProvider provider;
  private final PropagationCheck propagation;
  private final ChangeSettings settings;
  private final InstantSource clock;

  ChangeSteps(
      Journal journal,
      DnsProvider provider,
      PropagationCheck propagation,
      ChangeSettings settings,
      InstantSource clock) {
    this.journal = journal;
    this.provider = provider;
    this.propagation = propagation;
    this.settings = settings;
    this.clock = clock;
  }

  /** The first step of a change whose intent was just journalled: nothing of it was sent yet. */
  Outcome begin() throws InterruptedException {
    return advance(journal.state().underWay().orElseThrow().openEnded(false));
  }

  /** As far as it goes now. */
  Outcome advance() throws InterruptedException {
    Optional<PendingChange> pending = journal.state().underWay();
    return pending.isPresent() ? advance(pending.get()) : new Outcome.Idle();
  }

  private Outcome advance(PendingChange pending) throws InterruptedException {
    try {
      PendingChange applied = applied(pending);
      return verified(applied, published(applied));
    } catch (DnsProviderException e) {
      Outcome failed = failed(e);
      return withTrouble(
          failed instanceof Outcome.Retrying ? failed : withDetail(failed, takeOutUnpublished()));
    }
  }

  /**
   * Before it waits for an operator, nothing may be left stored that is not served: the next
   * publication by anybody would show it. What overtakes another change can't tell what is served.
   *
   * @return for people, to be added to why it was done; empty if all is as it was
   */
  private String takeOutUnpublished() throws InterruptedException {
    PendingChange pending = journal.state().underWay().orElseThrow();
    if (pending.undoing()
        || pending.overtakes()
        || pending.progress() instanceof Progress.Published) {
      return "";
    }
    // First, so that a kill on the way does not leave a change that is only to be published.
    PendingChange restarted = pending.restarted();
    journal.recordProgress(journal.state().withUnderWay(restarted.openEnded(true)));
    Optional<String> trouble = putBack(pending.reversed().zones());
    if (trouble.isEmpty()) {
      journal.recordProgress(journal.state().withUnderWay(restarted));
    }
    return trouble
        .map(
            why ->
                "; what may be left of it in the store of "
                    + provider.describe()
                    + ", where any publication would show it, can't be taken back ("
                    + why
                    + ")")
        .orElse("");
  }

  /**
   * Applies and doesn't publish. Each set by itself: one that can't be put back, as somebody
   * else's, doesn't keep the others from it.
   *
   * @return why one could not be put back; empty if all were
   */
  private Optional<String> putBack(List<ZoneChange> zones) throws InterruptedException {
    Optional<String> trouble = Optional.empty();
    for (ZoneChange zone : zones) {
      for (Replacement step : zone.replacements()) {
        try {
          provider.apply(new ZoneChange(zone.zone(), ImmutableList.of(step)));
        } catch (DnsProviderException e) {
          trouble = trouble.or(() -> Optional.ofNullable(e.getMessage()));
        }
      }
    }
    return trouble;
  }

  static Outcome failed(DnsProviderException e) {
    String message = String.valueOf(e.getMessage());
    return switch (e.kind()) {
      case RETRY -> new Outcome.Retrying(message, e.retryAfter());
      case REFUSED -> new Outcome.Refused(message);
      case CONFLICT -> new Outcome.Conflict(message);
    };
  }

  private PendingChange applied(PendingChange pending)
      throws DnsProviderException, InterruptedException {
    return switch (pending.progress()) {
      case Progress.Intended _ -> progressed(applying(pending), new Progress.Applied());
      case Progress.Applied _, Progress.Published _ -> pending;
    };
  }

  /**
   * Journals first that requests are being sent: if a kill or a lost answer leaves the fate of one
   * open, that stays in the journal.
   *
   * @return the change to go on with
   */
  private PendingChange applying(PendingChange pending)
      throws DnsProviderException, InterruptedException {
    if (journal.state().underWay().filter(PendingChange::openEnded).isEmpty()) {
      journal.recordProgress(journal.state().withUnderWay(pending.openEnded(true)));
    }
    try {
      apply(pending);
      return pending;
    } catch (DnsProviderException e) {
      if (!pending.openEnded() && !e.isOpenEnded()) {
        journal.recordProgress(journal.state().withUnderWay(pending));
      }
      throw e;
    }
  }

  private Progress.Published published(PendingChange pending)
      throws DnsProviderException, InterruptedException {
    return switch (pending.progress()) {
      case Progress.Intended _ -> throw new IllegalStateException("published before applied");
      case Progress.Applied _ -> {
        publish(pending.zones());
        Instant now = clock.instant();
        var published = new Progress.Published(now, now, 1);
        progressed(pending, published);
        yield published;
      }
      case Progress.Published published -> published;
    };
  }

  /**
   * Undoing, a zone that can't be put back doesn't keep the others from it. Otherwise the first
   * failure ends it: a change that is half applied and not published shows nowhere.
   */
  private void apply(PendingChange pending) throws DnsProviderException, InterruptedException {
    List<ZoneChange> done = new ArrayList<>();
    Optional<DnsProviderException> failure = Optional.empty();
    for (ZoneChange zone : pending.zones()) {
      try {
        provider.apply(zone);
        done.add(zone);
      } catch (DnsProviderException e) {
        if (!pending.undoing()) {
          throw e;
        }
        failure = failure.or(() -> Optional.of(e));
      }
    }
    if (failure.isPresent()) {
      publish(done);
      throw failure.get();
    }
  }

  private void publish(List<ZoneChange> zones) throws DnsProviderException, InterruptedException {
    for (ZoneChange zone : zones) {
      provider.publish(zone.zone());
    }
  }

  private Outcome verified(PendingChange pending, Progress.Published published)
      throws DnsProviderException, InterruptedException {
    Propagation seen = propagation(pending);
    if (seen.complete() && pending.mayStillChange()) {
      return visibleInDoubt(pending, published, seen.detail());
    }
    if (seen.complete()) {
      return finished(pending, published, seen.detail());
    }
    return isOverdue(published)
        ? publishedAgain(pending, published, seen.detail())
        : withTrouble(new Outcome.Published(published.last(), seen.detail()));
  }

  /** Visible, but what was given up before may arrive, or appear, later. */
  private Outcome visibleInDoubt(PendingChange pending, Progress.Published published, String detail)
      throws DnsProviderException, InterruptedException {
    if (!isOverdue(published)) {
      String wait =
          "; a request that was given up may still arrive, so this is looked at again later";
      return withTrouble(new Outcome.Published(published.last(), detail + wait));
    }
    return isStored(pending)
        ? finished(pending, published, detail)
        : publishedAgain(pending, published, "a request that was given up arrived late");
  }

  /** Whether the provider holds just what is shown: the next publication shows its own. */
  private boolean isStored(PendingChange pending)
      throws DnsProviderException, InterruptedException {
    for (ZoneChange zone : pending.zones()) {
      if (!provider.holds(zone)) {
        return false;
      }
    }
    return true;
  }

  private Propagation propagation(PendingChange pending) throws InterruptedException {
    try {
      return propagation.check(pending.zones());
    } catch (DnsLookupException | DnsProviderException e) {
      return new Propagation(false, String.valueOf(e.getMessage()));
    }
  }

  /** A clock that was set back says nothing: then it is repeated too. */
  private boolean isOverdue(Progress.Published published) {
    Duration since = Duration.between(published.last(), clock.instant());
    return since.isNegative() || since.compareTo(settings.publishAgainAfter()) >= 0;
  }

  private Outcome publishedAgain(PendingChange pending, Progress.Published published, String detail)
      throws DnsProviderException, InterruptedException {
    PendingChange applied = applying(pending);
    publish(pending.zones());
    Progress.Published again = published.again(clock.instant());
    progressed(applied, again);
    return withTrouble(
        new Outcome.Published(
            again.last(), detail + "; published again (attempt " + again.times() + ")"));
  }

  /** Only over when the journal says so: a restart must not find an intent that is long past. */
  private Outcome finished(PendingChange pending, Progress.Published published, String detail) {
    Instant now = clock.instant();
    var end =
        new CompletedChange(
            pending.id(), pending.kind(), pending.undoing(), pending.since(), published, now);
    AddressOwnership owners = AddressOwnership.withoutBackup(settings, journal.state());
    try {
      journal.commit(
          journal.state().completed(end, owners.isAtProduction(pending.goal().values())));
      return new Outcome.Verified(published.last(), now, detail);
    } catch (IOException e) {
      return new Outcome.Published(published.last(), detail + "; but " + e.getMessage());
    }
  }

  private PendingChange progressed(PendingChange pending, Progress progress) {
    PendingChange next = pending.withProgress(progress);
    journal.recordProgress(journal.state().withUnderWay(next));
    return next;
  }

  /** With why the journal is behind, if it is. */
  private Outcome withTrouble(Outcome outcome) {
    Optional<String> trouble = journal.trouble();
    return trouble.isEmpty() ? outcome : withDetail(outcome, "; besides, " + trouble.get());
  }

  private static Outcome withDetail(Outcome outcome, String more) {
    return switch (outcome) {
      case Outcome.Published(var accepted, var detail) ->
          new Outcome.Published(accepted, detail + more);
      case Outcome.Retrying(var detail, var after) -> new Outcome.Retrying(detail + more, after);
      case Outcome.Refused(var detail) -> new Outcome.Refused(detail + more);
      case Outcome.Conflict(var detail) -> new Outcome.Conflict(detail + more);
      case Outcome.Idle _, Outcome.Verified _ -> outcome;
    };
  }
}
