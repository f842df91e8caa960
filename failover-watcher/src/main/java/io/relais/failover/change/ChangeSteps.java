package io.relais.failover.change;

import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.ZoneChange;
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
 * late, and a person's record must not be published as ours.
 */
final class ChangeSteps {
  private final Ledger ledger;
  private final DnsProvider provider;
  private final PropagationCheck visibility;
  private final ChangeSettings settings;
  private final InstantSource clock;

  ChangeSteps(
      Ledger ledger,
      DnsProvider provider,
      PropagationCheck visibility,
      ChangeSettings settings,
      InstantSource clock) {
    this.ledger = ledger;
    this.provider = provider;
    this.visibility = visibility;
    this.settings = settings;
    this.clock = clock;
  }

  /** The first step of a change whose intent was just journalled: nothing of it was sent yet. */
  Outcome begin() throws InterruptedException {
    return advance(ledger.state().underWay().orElseThrow().openEnded(false));
  }

  /** As far as it goes now. */
  Outcome advance() throws InterruptedException {
    Optional<PendingChange> pending = ledger.state().underWay();
    return pending.isPresent() ? advance(pending.get()) : new Outcome.Idle();
  }

  private Outcome advance(PendingChange pending) throws InterruptedException {
    try {
      PendingChange applied = applied(pending);
      return verified(applied, published(applied));
    } catch (DnsProviderException e) {
      Outcome failed = failed(e);
      return told(failed instanceof Outcome.Retrying ? failed : with(failed, retreat()));
    }
  }

  /**
   * Before a person is waited for, nothing may be left stored that is not served: the next
   * publication by anybody would show it. What overtakes another change can't tell what is served.
   */
  private String retreat() throws InterruptedException {
    PendingChange pending = ledger.state().underWay().orElseThrow();
    if (pending.undoing()
        || pending.overtakes()
        || pending.progress() instanceof ChangeProgress.Published) {
      return "";
    }
    // First, so that a kill on the way does not leave a change that is only to be published.
    PendingChange afresh = pending.begunAfresh();
    ledger.progress(ledger.state().with(afresh.openEnded(true)));
    String trouble = Retreat.carryOut(pending.turnedRound().zones(), provider);
    if (trouble.isEmpty()) {
      ledger.progress(ledger.state().with(afresh));
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

  private PendingChange applied(PendingChange pending) throws DnsProviderException, InterruptedException {
    return switch (pending.progress()) {
      case ChangeProgress.Intended _ -> progressed(applying(pending), new ChangeProgress.Applied());
      case ChangeProgress.Applied _, ChangeProgress.Published _ -> pending;
    };
  }

  /**
   * It is journalled first that requests are sent: if a kill or a lost answer leaves the fate of
   * one open, this stays so.
   *
   * @return the change to go on with
   */
  private PendingChange applying(PendingChange pending) throws DnsProviderException, InterruptedException {
    if (ledger.state().underWay().filter(PendingChange::openEnded).isEmpty()) {
      ledger.progress(ledger.state().with(pending.openEnded(true)));
    }
    try {
      apply(pending);
      return pending;
    } catch (DnsProviderException e) {
      if (!pending.openEnded() && !e.isOpenEnded()) {
        ledger.progress(ledger.state().with(pending));
      }
      throw e;
    }
  }

  private ChangeProgress.Published published(PendingChange pending)
      throws DnsProviderException, InterruptedException {
    return switch (pending.progress()) {
      case ChangeProgress.Intended _ -> throw new IllegalStateException("published before applied");
      case ChangeProgress.Applied _ -> {
        publish(pending.zones());
        Instant now = clock.instant();
        var published = new ChangeProgress.Published(now, now, 1);
        progressed(pending, published);
        yield published;
      }
      case ChangeProgress.Published published -> published;
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

  private Outcome verified(PendingChange pending, ChangeProgress.Published published)
      throws DnsProviderException, InterruptedException {
    PropagationCheck.Look look = look(pending);
    if (look.visible() && pending.mayStillChange()) {
      return settled(pending, published, look.detail());
    }
    if (look.visible()) {
      return finished(pending, published, look.detail());
    }
    return isOverdue(published)
        ? publishedAgain(pending, published, look.detail())
        : told(new Outcome.Published(published.last(), look.detail()));
  }

  /** Visible, but what was given up before may arrive, or appear, later. */
  private Outcome settled(PendingChange pending, ChangeProgress.Published published, String detail)
      throws DnsProviderException, InterruptedException {
    if (!isOverdue(published)) {
      String wait =
          "; a request that was given up may still arrive, so this is looked at again later";
      return told(new Outcome.Published(published.last(), detail + wait));
    }
    return isStored(pending)
        ? finished(pending, published, detail)
        : publishedAgain(pending, published, "a request that was given up arrived late");
  }

  /** Whether the provider holds just what is shown: the next publication shows its own. */
  private boolean isStored(PendingChange pending) throws DnsProviderException, InterruptedException {
    for (ZoneChange zone : pending.zones()) {
      if (!provider.holds(zone)) {
        return false;
      }
    }
    return true;
  }

  private PropagationCheck.Look look(PendingChange pending) throws InterruptedException {
    try {
      return visibility.look(pending.zones());
    } catch (DnsLookupException | DnsProviderException e) {
      return new PropagationCheck.Look(false, String.valueOf(e.getMessage()));
    }
  }

  /** A clock that was set back tells nothing: then it is repeated too. */
  private boolean isOverdue(ChangeProgress.Published published) {
    Duration since = Duration.between(published.last(), clock.instant());
    return since.isNegative() || since.compareTo(settings.publishAgainAfter()) >= 0;
  }

  private Outcome publishedAgain(PendingChange pending, ChangeProgress.Published published, String detail)
      throws DnsProviderException, InterruptedException {
    PendingChange applied = applying(pending);
    publish(pending.zones());
    ChangeProgress.Published again = published.again(clock.instant());
    progressed(applied, again);
    return told(
        new Outcome.Published(
            again.last(), detail + "; published again, for the " + again.times() + ". time"));
  }

  /** Only over when the journal says so: a restart must not find an intent that is long past. */
  private Outcome finished(PendingChange pending, ChangeProgress.Published published, String detail) {
    Instant now = clock.instant();
    var end =
        new CompletedChange(
            pending.id(), pending.kind(), pending.undoing(), pending.since(), published, now);
    AddressOwnership owners = AddressOwnership.withoutBackup(settings, ledger.state());
    try {
      ledger.commit(ledger.state().after(end, owners.isHome(pending.goal().values())));
      return new Outcome.Verified(published.last(), now, detail);
    } catch (IOException e) {
      return new Outcome.Published(published.last(), detail + "; but " + e.getMessage());
    }
  }

  private PendingChange progressed(PendingChange pending, ChangeProgress progress) {
    PendingChange next = pending.at(progress);
    ledger.progress(ledger.state().with(next));
    return next;
  }

  /** With what the journal could not take. */
  private Outcome told(Outcome outcome) {
    Optional<String> trouble = ledger.trouble();
    return trouble.isEmpty() ? outcome : with(outcome, "; besides, " + trouble.get());
  }

  private static Outcome with(Outcome outcome, String more) {
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
