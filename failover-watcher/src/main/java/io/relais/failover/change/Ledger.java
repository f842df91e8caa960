package io.relais.failover.change;

import java.io.IOException;
import java.util.Optional;

/**
 * The journal's state, in memory and on disk. An intent has to be on disk before it counts.
 * Progress counts even if the disk takes no more: what the file says then is behind, which only
 * means that a restart repeats steps that may be repeated.
 */
final class Ledger {
  private final Journal journal;
  private JournalState state;
  private Optional<String> trouble = Optional.empty();

  private Ledger(Journal journal, JournalState state) {
    this.journal = journal;
    this.state = state;
  }

  /** Reads the journal. Whoever only looks leaves no file: it might be another user's. */
  static Ledger open(Journal journal) throws IOException {
    return new Ledger(journal, journal.read().orElse(JournalState.EMPTY));
  }

  JournalState state() {
    return state;
  }

  /** Why the file is behind, if it is. */
  Optional<String> trouble() {
    return trouble;
  }

  /**
   * Takes an intent, or the end of a change.
   *
   * @throws IOException if it can't be written: then all is as before
   */
  void commit(JournalState next) throws IOException {
    try {
      journal.write(next);
    } catch (IOException e) {
      takeBack(e);
      throw e;
    }
    state = next;
    trouble = Optional.empty();
  }

  /**
   * The file may have been renamed, with only its directory not flushed: a restart would see it.
   */
  private void takeBack(IOException cause) {
    try {
      if (!journal.read().orElse(JournalState.EMPTY).equals(state)) {
        journal.write(state);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Takes progress. */
  void progress(JournalState next) {
    state = next;
    try {
      journal.write(next);
      trouble = Optional.empty();
    } catch (IOException e) {
      trouble = Optional.ofNullable(e.getMessage());
    }
  }
}
