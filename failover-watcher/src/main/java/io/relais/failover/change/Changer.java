package io.relais.failover.change;

import com.google.common.collect.ImmutableList;
import io.relais.failover.dns.Authority;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.ZoneChange;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Changes the zone. The intent, with the values found, is on disk before the first call, so a kill
 * at any point leaves a journal from which the next run goes on or goes back. For one thread; only
 * one process may use the journal (the caller holds a lock).
 */
public final class Changer {
  /**
   * Opens the journal.
   *
   * @param journal the file; made if it is not there
   * @throws IOException if it can't be read or is damaged (the message says what to do): then
   *     nothing may be changed
   */
  public Changer(
      Path journal,
      ChangeSettings settings,
      DnsProvider provider,
      Authority authority,
      InstantSource clock)
      throws IOException {
    throw new UnsupportedOperationException("" + journal + settings + provider + authority + clock);
  }

  /** The kind of the change under way, if one is. */
  public Optional<ChangeKind> underWay() {
    throw new UnsupportedOperationException();
  }

  /** Whether the journal holds what a fail-back restores: a switch was begun and not taken back. */
  public boolean switched() {
    throw new UnsupportedOperationException();
  }

  /** What {@link #begin} would do, without doing or journalling it. */
  public ImmutableList<ZoneChange> preview(ChangeKind kind, BackupAddresses backup)
      throws InterruptedException {
    throw new UnsupportedOperationException("" + kind + backup);
  }

  /**
   * Reads the records, journals the intent, applies it, publishes it, and looks once whether it is
   * visible. A change that is under way is carried on instead if it is of that kind, and taken over
   * if it is not: what a fail-back restores stays what was found first.
   *
   * @throws IOException if the journal can't be written: then nothing was changed
   */
  public Outcome begin(ChangeKind kind, BackupAddresses backup)
      throws IOException, InterruptedException {
    throw new UnsupportedOperationException("" + kind + backup);
  }

  /** One step further with the change under way: applies and publishes what isn't, verifies. */
  public Outcome advance() throws IOException, InterruptedException {
    throw new UnsupportedOperationException();
  }

  /** Turns the change under way round: from now on its goal is what was there before it. */
  public Outcome undo() throws IOException, InterruptedException {
    throw new UnsupportedOperationException();
  }

  /**
   * Where the records point, asked of the authoritative servers only; where they say neither
   * production nor backup, or don't agree, the provider is asked too, whose word counts.
   */
  public Standing standing(Optional<BackupAddresses> backup) throws InterruptedException {
    throw new UnsupportedOperationException("" + backup);
  }
}
