package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.relais.sync.entry.Counts;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.Fence;
import io.relais.sync.remote.RemoteWait;
import io.relais.sync.status.MirrorFacts;
import io.relais.sync.status.MirrorState;
import io.relais.sync.status.MirrorStatus;
import io.relais.sync.status.PathProblems;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.ErrorText;
import io.relais.sync.transfer.TransferProgress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells people how one mirror stands: the board always, the log only when something changes for the
 * worse or the better. All of it is what {@link MirrorStatus} makes of the facts. For the owner's
 * thread.
 */
final class MirrorReport {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);
  private static final int MOST_LINES = 10;
  private static final int MOST_SHOWN = 20;

  /** How often the numbers of a plan that grows are shown again. */
  private static final Duration PACE = Duration.ofMillis(500);

  /** How often it is shown again what keeps a mirror from being quiet. */
  private static final Duration WAITING_PACE = Duration.ofSeconds(2);

  private final String name;
  private final StatusSink board;
  private final PathProblems pathProblems;
  private final MirrorIndex index;
  private final Path source;
  private final InstantSource clock;
  private final Set<String> told = new HashSet<>();
  private final Set<RelPath> toldPaths = new HashSet<>();
  private @Nullable String toldPromotion;
  private @Nullable String toldHalt;
  private boolean toldFailing;
  private MirrorState.@Nullable Waiting toldWaiting;
  private @Nullable TransferProgress followed;
  private @Nullable MirrorStatus shown;
  private MirrorFacts.@Nullable Watching shownWatching;
  private @Nullable String toldFallback;
  private @Nullable Instant equalAsOf;
  private Instant shownAt = Instant.MIN;

  MirrorReport(
      String name,
      StatusSink board,
      PathProblems pathProblems,
      MirrorIndex index,
      Path source,
      InstantSource clock) {
    this.name = name;
    this.board = board;
    this.pathProblems = pathProblems;
    this.index = index;
    this.source = source;
    this.clock = clock;
  }

  /** There is something to do: the board may follow it. */
  void transferring(TransferProgress transferProgress) {
    if (transferProgress != followed) {
      followed = transferProgress;
      board.transferring(name, transferProgress);
      shownAt = Instant.MIN;
    }
  }

  /** Whether it is time to show the numbers of a plan that grows again. */
  boolean isTransferDue() {
    return isDue(PACE, clock.instant());
  }

  /** Whether what was said last would be untrue as soon as anything changes. */
  boolean saysNothingWaits() {
    return shown != null && shown.state().kind().saysNothingWaits();
  }

  /** When it is to be shown again although nothing happens. */
  Instant due() {
    return shown != null && isKeptAwake(shown) ? shownAt.plus(WAITING_PACE) : Instant.MAX;
  }

  /** A mismatch of certificates may stay for long, and stays as it is. */
  private static boolean isKeptAwake(MirrorStatus mirrorStatus) {
    return mirrorStatus
        .find(MirrorState.Condition.WAITING)
        .filter(state -> ((MirrorState.Waiting) state).mismatch() == null)
        .isPresent();
  }

  private boolean isDue(Duration pace, Instant now) {
    // A clock that was set back must not keep it from being shown.
    return shownAt.equals(Instant.MIN)
        || now.isBefore(shownAt)
        || !now.isBefore(shownAt.plus(pace));
  }

  /** Shows what follows from the facts, if it is something else than what was shown last. */
  @CanIgnoreReturnValue
  MirrorStatus refresh(MirrorFacts mirrorFacts) {
    Instant now = clock.instant();
    MirrorStatus next = MirrorStatus.of(mirrorFacts, shown, now);
    boolean again = isKeptAwake(next) && isDue(WAITING_PACE, now);
    if (again
        || shown == null
        || !next.isLike(shown)
        || !mirrorFacts.watching().equals(shownWatching)) {
      show(mirrorFacts, next, now);
    } else {
      note(next, now);
    }
    return next;
  }

  /** Shows what follows from the facts. */
  @CanIgnoreReturnValue
  MirrorStatus show(MirrorFacts mirrorFacts) {
    Instant now = clock.instant();
    MirrorStatus next = MirrorStatus.of(mirrorFacts, shown, now);
    show(mirrorFacts, next, now);
    return next;
  }

  private void show(MirrorFacts mirrorFacts, MirrorStatus next, Instant now) {
    note(next, now);
    logChanges(next, mirrorFacts, now);
    shown = next;
    shownWatching = mirrorFacts.watching();
    shownAt = now;
    ImmutableList<String> lines =
        Stream.concat(
                unreadable(pathProblems.all().entrySet()).stream(),
                pathProblems.all().entrySet().stream()
                    .filter(each -> !isDenied(each))
                    .map(each -> each.getValue().why()))
            .limit(MOST_SHOWN)
            .collect(ImmutableList.toImmutableList());
    board.show(
        name,
        next.state(),
        new StatusSink.Report(
            next.also(),
            mirrorFacts.failures().paths(),
            lines,
            mirrorFacts.watching().lines(),
            Math.max(0, index.count() - 1),
            equalAsOf,
            mirrorFacts.work().seen()));
  }

  private void note(MirrorStatus next, Instant now) {
    Optional<Instant> equal = next.equalAsOf(now);
    if (equal.isPresent()) {
      equalAsOf = equal.get();
    }
  }

  private void logChanges(MirrorStatus next, MirrorFacts mirrorFacts, Instant now) {
    logPromotion(mirrorFacts.fence());
    logHalt(next);
    logWaiting(next, now);
    logProblems(next);
    Set<String> degradations = mirrorFacts.watching().degradations();
    degradations.stream().filter(told::add).forEach(line -> LOG.warn("{}: {}", name, line));
    if (told.retainAll(degradations) && told.isEmpty()) {
      LOG.info("{}: every directory is watched again", name);
    }
    String fallback = mirrorFacts.watching().fallback();
    if (fallback != null && !fallback.equals(toldFallback)) {
      LOG.warn("{}: {}", name, fallback);
    }
    toldFallback = fallback;
  }

  private void logPromotion(@Nullable Fence fence) {
    String id = fence == null ? null : fence.id();
    if (fence != null && !fence.id().equals(toldPromotion)) {
      LOG.warn("{}: PROMOTED: {}; what changes is kept in mind", name, fence.describe());
    } else if (fence == null && toldPromotion != null) {
      LOG.info("{}: the promotion is over; both sides are compared", name);
    }
    toldPromotion = id;
  }

  private void logHalt(MirrorStatus next) {
    MirrorState halted = next.find(MirrorState.Condition.HALTED).orElse(null);
    String halt = halted == null ? null : ((MirrorState.Halted) halted).halt().id();
    if (halted != null && !halt.equals(toldHalt)) {
      LOG.error("{}: {}", name, halted.describe());
    } else if (halt == null && toldHalt != null) {
      LOG.info("{}: no longer halted", name);
    }
    toldHalt = halt;
  }

  /** Once it has taken long, and once more when that is over. */
  private void logWaiting(MirrorStatus next, Instant now) {
    MirrorState.Waiting waiting =
        (MirrorState.Waiting) next.find(MirrorState.Condition.WAITING).orElse(null);
    if (waiting != null
        && toldWaiting != null
        && !Objects.equals(waiting.mismatch(), toldWaiting.mismatch())) {
      toldWaiting = null; // It is something else by now.
    }
    if (waiting != null && toldWaiting == null && waiting.isLong(now)) {
      toldWaiting = waiting;
      LOG.warn(
          "{}: {}; nothing is sent until then, for {} so far{}",
          name,
          waiting.describe(),
          RemoteWait.time(Duration.between(waiting.since(), now)),
          waiting.mismatch() == null
              ? ": exclude it, or move it out of this mirror, or take 'consistent' out of its table"
              : "");
    } else if (waiting == null && toldWaiting != null) {
      LOG.info(
          "{}: {}, after {}",
          name,
          toldWaiting.mismatch() == null
              ? "the source is quiet"
              : "certificates keep it waiting no longer",
          RemoteWait.time(Duration.between(toldWaiting.since(), now)));
      toldWaiting = null;
    }
  }

  /** One line for all that may not be read, with how to let the agent read it. */
  private Optional<String> unreadable(Collection<Map.Entry<RelPath, PathProblems.Problem>> of) {
    return PathProblems.unreadableAdvice(
        source,
        of.stream().filter(MirrorReport::isDenied).map(Map.Entry::getKey).toList(),
        System.getProperty("user.name"));
  }

  /** By our own words: a problem is a line. */
  private static boolean isDenied(Map.Entry<RelPath, PathProblems.Problem> problem) {
    return problem.getValue().why().endsWith(": " + ErrorText.DENIED);
  }

  /** Each path once, for as long as it fails; a full disk fails for all, so not without limit. */
  private void logProblems(MirrorStatus next) {
    toldPaths.retainAll(pathProblems.all().keySet());
    List<Map.Entry<RelPath, PathProblems.Problem>> news =
        pathProblems.all().entrySet().stream()
            .filter(each -> toldPaths.add(each.getKey()))
            .toList();
    unreadable(news).ifPresent(line -> LOG.warn("{}: {}", name, line));
    List<String> fresh =
        news.stream().filter(each -> !isDenied(each)).map(each -> each.getValue().why()).toList();
    fresh.stream().limit(MOST_LINES).forEach(line -> LOG.warn("{}: {}", name, line));
    if (fresh.size() > MOST_LINES) {
      LOG.warn("{}: and {} more", name, Counts.of(fresh.size() - MOST_LINES, "path"));
    }
    boolean failing = next.is(MirrorState.Condition.FAILING);
    if (toldFailing && !failing) {
      LOG.info("{}: no path fails any more", name);
    }
    toldFailing = failing;
  }
}
