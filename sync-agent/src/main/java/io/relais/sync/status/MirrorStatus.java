package io.relais.sync.status;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a mirror stands: everything that holds of it, what weighs most first. Status, status.json,
 * systemd's line, the heartbeat and the log all say what this says. A pure value.
 *
 * <p>It is in sync if nothing else holds, and never but for something.
 */
public final class MirrorStatus {
  private final ImmutableList<MirrorState> all;

  private MirrorStatus(ImmutableList<MirrorState> all) {
    this.all = all;
  }

  /**
   * What follows from the facts.
   *
   * @param before what was so until now: what goes on to hold keeps its beginning; null for nothing
   */
  public static MirrorStatus of(
      MirrorFacts mirrorFacts, @Nullable MirrorStatus before, Instant now) {
    ImmutableList.Builder<MirrorState> found = ImmutableList.builder();
    for (MirrorState.Condition condition : MirrorState.Condition.values()) {
      Instant since = before == null ? now : before.since(condition).orElse(now);
      MirrorState state = find(condition, mirrorFacts, since);
      if (state != null) {
        found.add(state);
      }
    }
    return new MirrorStatus(found.build());
  }

  private static @Nullable MirrorState find(
      MirrorState.Condition condition, MirrorFacts mirrorFacts, Instant since) {
    MirrorFacts.Work work = mirrorFacts.work();
    return switch (condition) {
      case PROMOTED ->
          mirrorFacts.fence() == null ? null : new MirrorState.Promoted(since, mirrorFacts.fence());
      case HALTED -> mirrorFacts.halt() == null ? null : new MirrorState.Halted(mirrorFacts.halt());
      case OFFLINE ->
          mirrorFacts.connection()
                  instanceof
                  MirrorFacts.Connection.Lost(String why, Instant nextTry, boolean refused)
              ? new MirrorState.Offline(since, why, nextTry, refused)
              : null;
      case CONNECTING ->
          mirrorFacts.connection() instanceof MirrorFacts.Connection.Connecting(String destination)
              ? new MirrorState.Connecting(since, destination)
              : null;
      case COMPARING ->
          isUp(mirrorFacts) && isComparing(mirrorFacts) ? new MirrorState.Comparing(since) : null;
      case FAILING ->
          mirrorFacts.failures().paths() > 0
              ? new MirrorState.Failing(
                  since,
                  mirrorFacts.failures().paths(),
                  mirrorFacts.failures().missing(),
                  mirrorFacts.failures().superfluous())
              : null;
      case CATCHING_UP ->
          mayWork(mirrorFacts) && work.sending() != null
              ? new MirrorState.CatchingUp(since, work.sending().files(), work.sending().bytes())
              : null;
      case WAITING ->
          mayWork(mirrorFacts) && work.held() != null
              ? new MirrorState.Waiting(
                  work.held().since(), work.paths(), work.held().awake(), work.held().mismatch())
              : null;
      case PENDING ->
          isUp(mirrorFacts)
                  && work.paths() > 0
                  && (work.held() == null || mirrorFacts.fence() != null)
                  && work.sending() == null
                  && !isComparing(mirrorFacts)
              ? new MirrorState.Pending(since, work.paths())
              : null;
      case PARTLY_WATCHED ->
          isSettled(mirrorFacts) && !mirrorFacts.watching().isWhole()
              ? new MirrorState.PartlyWatched(since, requireNonNull(mirrorFacts.comparedAt()))
              : null;
      case IN_SYNC ->
          isSettled(mirrorFacts) && mirrorFacts.watching().isWhole()
              ? new MirrorState.InSync(since)
              : null;
    };
  }

  private static boolean isUp(MirrorFacts mirrorFacts) {
    return mirrorFacts.connection() instanceof MirrorFacts.Connection.Up;
  }

  private static boolean mayWork(MirrorFacts mirrorFacts) {
    return isUp(mirrorFacts) && mirrorFacts.fence() == null;
  }

  /**
   * While a halt or a promotion keeps everything from being looked at, nothing is compared either.
   */
  private static boolean isComparing(MirrorFacts mirrorFacts) {
    return mirrorFacts.halt() == null
        && mirrorFacts.fence() == null
        && mirrorFacts.work().sending() == null
        && (mirrorFacts.comparedAt() == null || mirrorFacts.work().everything());
  }

  /** Whether all that was seen is at the target, and nothing is in the way of that. */
  private static boolean isSettled(MirrorFacts mirrorFacts) {
    MirrorFacts.Work work = mirrorFacts.work();
    return mayWork(mirrorFacts)
        && mirrorFacts.comparedAt() != null
        && mirrorFacts.halt() == null
        && mirrorFacts.failures().paths() == 0
        && work.paths() == 0
        && !work.everything()
        && work.sending() == null
        && work.held() == null;
  }

  /** Whether the same things hold, whatever their numbers. */
  public boolean isLike(MirrorStatus other) {
    return all.stream()
        .map(MirrorState::kind)
        .toList()
        .equals(other.all.stream().map(MirrorState::kind).toList());
  }

  /** What is said first. */
  public MirrorState state() {
    return all.getFirst();
  }

  /** What else holds. */
  public ImmutableList<MirrorState> also() {
    return all.subList(1, all.size());
  }

  /** Whether something holds, first or not. */
  public boolean is(MirrorState.Condition condition) {
    return find(condition).isPresent();
  }

  /** What there is of a kind. */
  public Optional<MirrorState> find(MirrorState.Condition condition) {
    return all.stream().filter(state -> state.kind() == condition).findFirst();
  }

  private Optional<Instant> since(MirrorState.Condition condition) {
    return find(condition).map(MirrorState::since);
  }

  /**
   * As of when both sides are known to be equal; empty where they are not, or where it is not
   * known.
   */
  public Optional<Instant> equalAsOf(Instant now) {
    return switch (state()) {
      case MirrorState.InSync _ -> Optional.of(now);
      case MirrorState.PartlyWatched partly -> Optional.of(partly.comparedAt());
      case MirrorState.Promoted _,
          MirrorState.Halted _,
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

  /**
   * By when what had changed at the source is at the target, all of it; empty where nothing is
   * known of that. What can only not be deleted there does not count: the copy lacks nothing
   * because of it.
   *
   * @param now at or after what the facts say
   */
  public static Optional<Instant> appliedUntil(MirrorFacts mirrorFacts, Instant now) {
    MirrorFacts.Work work = mirrorFacts.work();
    boolean waits = work.paths() > 0 || work.sending() != null;
    if (!mayWork(mirrorFacts)
        || mirrorFacts.comparedAt() == null
        || mirrorFacts.halt() != null
        || work.everything()
        || (waits && work.since() == null && work.held() == null)) {
      return Optional.empty();
    }
    return Stream.of(
            now,
            work.since(),
            work.held() == null ? null : work.held().since(),
            mirrorFacts.failures().since(),
            mirrorFacts.watching().isWhole() ? null : mirrorFacts.comparedAt())
        .filter(Objects::nonNull)
        .min(Instant::compareTo);
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
