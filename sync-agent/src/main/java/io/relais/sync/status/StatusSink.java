package io.relais.sync.status;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.sync.remote.RemoteWait;
import io.relais.sync.transfer.TransferProgress;
import java.time.Instant;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a mirror shows how it stands. Called by the mirror's owner, but for {@link #waiting}; must
 * not block for long.
 */
public interface StatusSink {
  /** Shows nothing to nobody. */
  StatusSink NONE =
      new StatusSink() {
        @Override
        public void transferring(String mirror, TransferProgress transferProgress) {}

        @Override
        public void show(String mirror, MirrorState state, Report report) {}
      };

  /** A plan begins; its progress may be read from any thread until the next {@link #show}. */
  void transferring(String mirror, TransferProgress transferProgress);

  /**
   * Takes for what the mirror has been waiting for long, again every few seconds, and null once
   * that is over. Called from a thread of its own.
   */
  default void waiting(String mirror, @Nullable RemoteWait remoteWait) {}

  /** Takes what was found out about the copy itself, when that changes. */
  default void copy(String mirror, CopyReport report) {}

  /** Takes what is true now. */
  void show(String mirror, MirrorState state, Report report);

  /**
   * What else there is to say.
   *
   * @param also what holds besides the state
   * @param failedPaths how many paths can't be made equal for now
   * @param problems lines for the first of them
   * @param degradations lines for what is wrong with watching
   * @param entries how many entries are confirmed at the target
   * @param equalAsOf as of when both sides were last known to be equal; null if never in this run
   * @param seen hints that came until then: the state takes all of those into account
   */
  record Report(
      ImmutableList<MirrorState> also,
      long failedPaths,
      ImmutableList<String> problems,
      ImmutableSet<String> degradations,
      long entries,
      @Nullable Instant equalAsOf,
      long seen) {
    /** All that holds, in one line. */
    public String describe(MirrorState state) {
      return Stream.concat(Stream.of(state), also.stream())
          .map(MirrorState::describe)
          .collect(Collectors.joining("; "));
    }

    /** Whether a kind of state holds, if not the first. */
    public boolean alsoIs(MirrorState.Condition kind) {
      return also.stream().anyMatch(state -> state.kind() == kind);
    }
  }
}
