package io.relais.failover.state;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Something that is wrong, of which people are told when it begins, when its reason becomes
 * another, and when it is over. A plain value.
 *
 * @param noticed when it was noticed; no two of the same thing have the same
 * @param since when it began, as far as is known: not after that
 * @param told the reason that people know; empty while they were told nothing
 * @param latest the reason of now, with the figures that it had when it was new
 * @param lastTold when they were told last
 * @param lastChange when they were last told of another reason
 * @param goneSince since when it is gone, while it may come back
 */
public record StandingProblem(
    Instant noticed,
    Instant since,
    Optional<String> told,
    String latest,
    Optional<Instant> lastTold,
    Optional<Instant> lastChange,
    Optional<Instant> goneSince) {
  /** A reason that flips is told so often at most. */
  private static final Duration BETWEEN_CHANGES = Duration.ofMinutes(5);

  /** A duration of one or two units, as {@code 3 min 20 s}, counts as one figure. */
  private static final Pattern FIGURES =
      Pattern.compile("-?\\d+(?:\\.\\d+)?(?: (?:ms|s|min|h|d)\\b(?: \\d+ (?:s|min|h)\\b)?)?");

  /** What is to be told of it now. */
  public enum Telling {
    NOTHING,
    BEGINNING,
    /** Its reason is another than the one that people know. */
    CHANGE,
    /** It still stands. */
    AGAIN
  }

  /** One that nobody knows of yet. */
  public static StandingProblem noticed(Instant since, String reason, Instant now) {
    return new StandingProblem(
        now,
        since.isBefore(now) ? since : now,
        Optional.empty(),
        reason,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** It stands, for this reason. */
  public StandingProblem standing(String reason) {
    return new StandingProblem(
        noticed,
        since,
        told,
        isSameReason(latest, reason) ? latest : reason,
        lastTold,
        lastChange,
        Optional.empty());
  }

  /** It does not stand any more, for now. */
  public StandingProblem gone(Instant now) {
    return new StandingProblem(
        noticed,
        since,
        told,
        latest,
        lastTold,
        lastChange,
        goneSince.filter(at -> !at.isAfter(now)).or(() -> Optional.of(now)));
  }

  /** Whether it has been gone for so long that it is over. */
  public boolean isOver(Duration settle, Instant now) {
    return goneSince.filter(at -> !at.plus(settle).isAfter(now)).isPresent();
  }

  /**
   * What is to be told of it now.
   *
   * @param again how often it is told again while it stands for the same reason; empty: never
   */
  public Telling due(Optional<Duration> again, Instant now) {
    if (told.isEmpty()) {
      return Telling.BEGINNING;
    }
    if (!isSameReason(told.get(), latest)) {
      return isPast(lastChange, BETWEEN_CHANGES, now) ? Telling.CHANGE : Telling.NOTHING;
    }
    return again.isPresent() && isPast(lastTold, again.get(), now)
        ? Telling.AGAIN
        : Telling.NOTHING;
  }

  /** A time in the future is from before a clock was set back, and worth nothing. */
  private static boolean isPast(Optional<Instant> last, Duration time, Instant now) {
    return last.filter(at -> !at.isAfter(now) && at.plus(time).isAfter(now)).isEmpty();
  }

  /** People know it as it is now. */
  public StandingProblem toldAt(Telling telling, Instant now) {
    return new StandingProblem(
        noticed,
        since,
        Optional.of(latest),
        latest,
        Optional.of(now),
        telling == Telling.CHANGE ? Optional.of(now) : lastChange,
        goneSince);
  }

  /** The reason of its end, where it is another than the one that people know. */
  public Optional<String> untoldReason() {
    return Optional.of(latest)
        .filter(last -> told.filter(known -> isSameReason(known, last)).isEmpty());
  }

  /** Whether they differ in numbers, times and addresses at most. */
  public static boolean isSameReason(String one, String other) {
    return withoutFigures(one).equals(withoutFigures(other));
  }

  private static String withoutFigures(String reason) {
    return FIGURES.matcher(reason).replaceAll("#");
  }
}
