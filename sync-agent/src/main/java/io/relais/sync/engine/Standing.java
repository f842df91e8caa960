package io.relais.sync.engine;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a mirror stands: everything that holds of it, what weighs most first. Status, status.json,
 * systemd's line, the heartbeat and the log all say what this says. A pure value.
 *
 * <p>It is in sync if nothing else holds, and never but for something.
 */
public final class Standing {
  private final ImmutableList<MirrorState> all;

  private Standing(ImmutableList<MirrorState> all) {
    this.all = all;
  }

  /**
   * What follows from the facts.
   *
   * @param before what was so until now: what goes on to hold keeps its beginning; null for nothing
   */
  static Standing of(Facts facts, @Nullable Standing before, Instant now) {
    ImmutableList.Builder<MirrorState> found = ImmutableList.builder();
    for (MirrorState.Kind kind : MirrorState.Kind.values()) {
      Instant since = before == null ? now : before.since(kind).orElse(now);
      MirrorState state = find(kind, facts, since);
      if (state != null) {
        found.add(state);
      }
    }
    return new Standing(found.build());
  }

  private static @Nullable MirrorState find(MirrorState.Kind kind, Facts facts, Instant since) {
    Facts.Work work = facts.work();
    return switch (kind) {
      case HALTED -> facts.halt() == null ? null : new MirrorState.Halted(facts.halt());
      case OFFLINE ->
          facts.connection()
                  instanceof Facts.Connection.Lost(String why, Instant nextTry, boolean refused)
              ? new MirrorState.Offline(since, why, nextTry, refused)
              : null;
      case CONNECTING ->
          facts.connection() instanceof Facts.Connection.Connecting(String destination)
              ? new MirrorState.Connecting(since, destination)
              : null;
      case COMPARING -> isUp(facts) && isComparing(facts) ? new MirrorState.Comparing(since) : null;
      case FAILING ->
          facts.failures().paths() > 0
              ? new MirrorState.Failing(since, facts.failures().paths(), facts.failures().missing())
              : null;
      case CATCHING_UP ->
          isUp(facts) && work.sending() != null
              ? new MirrorState.CatchingUp(since, work.sending().files(), work.sending().bytes())
              : null;
      case WAITING ->
          isUp(facts) && work.held() != null
              ? new MirrorState.Waiting(
                  work.held().since(), work.paths(), work.held().awake(), work.held().mismatch())
              : null;
      case PENDING ->
          isUp(facts)
                  && work.paths() > 0
                  && work.held() == null
                  && work.sending() == null
                  && !isComparing(facts)
              ? new MirrorState.Pending(since, work.paths())
              : null;
      case PARTLY_WATCHED ->
          isSettled(facts) && !facts.watching().isWhole()
              ? new MirrorState.PartlyWatched(since, requireNonNull(facts.comparedAt()))
              : null;
      case IN_SYNC ->
          isSettled(facts) && facts.watching().isWhole() ? new MirrorState.InSync(since) : null;
    };
  }

  private static boolean isUp(Facts facts) {
    return facts.connection() instanceof Facts.Connection.Up;
  }

  /** While a halt keeps everything from being looked at, nothing is compared either. */
  private static boolean isComparing(Facts facts) {
    return facts.halt() == null
        && facts.work().sending() == null
        && (facts.comparedAt() == null || facts.work().everything());
  }

  /** Whether all that was seen is at the target, and nothing is in the way of that. */
  private static boolean isSettled(Facts facts) {
    Facts.Work work = facts.work();
    return isUp(facts)
        && facts.comparedAt() != null
        && facts.halt() == null
        && facts.failures().paths() == 0
        && work.paths() == 0
        && !work.everything()
        && work.sending() == null
        && work.held() == null;
  }

  /** Whether the same things hold, whatever their numbers. */
  boolean isLike(Standing other) {
    return all.stream()
        .map(MirrorState::kind)
        .toList()
        .equals(other.all.stream().map(MirrorState::kind).toList());
  }

  /** What is said first. */
  public MirrorState state() {
    return all.getFirst();
  }

  /** What holds beside that. */
  public ImmutableList<MirrorState> also() {
    return all.subList(1, all.size());
  }

  /** Whether something holds, first or not. */
  public boolean is(MirrorState.Kind kind) {
    return find(kind).isPresent();
  }

  /** What there is of a kind. */
  Optional<MirrorState> find(MirrorState.Kind kind) {
    return all.stream().filter(state -> state.kind() == kind).findFirst();
  }

  private Optional<Instant> since(MirrorState.Kind kind) {
    return find(kind).map(MirrorState::since);
  }

  /**
   * As of when both sides are known to be equal; empty where they are not, or where it is not
   * known.
   */
  Optional<Instant> equalAsOf(Instant now) {
    return switch (state()) {
      case MirrorState.InSync _ -> Optional.of(now);
      case MirrorState.PartlyWatched partly -> Optional.of(partly.comparedAt());
      case MirrorState.Halted _,
          MirrorState.Offline _,
          MirrorState.Connecting _,
          MirrorState.Comparing _,
          MirrorState.Failing _,
          MirrorState.CatchingUp _,
          MirrorState.Waiting _,
          MirrorState.Pending _ ->
          Optional.empty();
    };
  }

  /** One line. */
  public String describe() {
    return all.stream().map(MirrorState::describe).collect(Collectors.joining("; "));
  }

  @Override
  public String toString() {
    return describe();
  }
}
