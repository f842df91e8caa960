package io.relais.failover.alerts;

import com.google.common.collect.ImmutableMap;
import io.relais.common.DurationFormat;
import io.relais.common.TimeText;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.state.NoticeHistory;
import io.relais.failover.state.StandingProblem;
import io.relais.failover.state.StandingProblem.Telling;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Tells of one thing that may be wrong: that it began, that its reason is another now, and that it
 * is over; each end once for each beginning. The field {@code event} of a notice says which it is.
 * For one thread.
 *
 * @param thing what it is about; the problem is remembered by it
 * @param began of the notices while it stands
 * @param over of the notice of its end
 * @param settle how long it must be gone to be over
 * @param again how often it is told again while it stands; empty: never
 * @param fields of each notice
 */
record ProblemNotices(
    String thing,
    Topic began,
    Topic over,
    Duration settle,
    Optional<Duration> again,
    ImmutableMap<String, String> fields,
    Consumer<Notice> out) {
  /**
   * What people read.
   *
   * @param another the title where the reason is another than before
   * @param reason by which a reason is told from another; a line for the title, and others
   */
  record Words(String title, String another, String text, String reason) {
    Words(String title, String text) {
      this(title, title, text, title + "\n" + text);
    }
  }

  /**
   * What people read when it is over.
   *
   * @param was what it was, to be followed by the time that it lasted
   * @param text what else is to be said; empty if nothing
   */
  record Ending(String title, String was, String text) {
    /** From when to when it stood, and the last reason, where nobody was told of that. */
    private String told(StandingProblem problem) {
      return (text + "\n" + lasted(was, problem)).strip();
    }
  }

  /** It stands, and people are to know. */
  NoticeHistory stands(NoticeHistory history, Words words, Instant since, Instant now) {
    StandingProblem problem =
        history
            .problem(thing)
            .map(known -> known.standing(words.reason()))
            .orElseGet(() -> StandingProblem.noticed(since, words.reason(), now));
    Telling telling = problem.due(again, now);
    switch (telling) {
      case NOTHING -> {}
      case BEGINNING -> post(began, "begun", "", words.title(), words.text(), problem, now);
      case CHANGE ->
          post(
              began,
              "changed",
              " changed " + now,
              words.another(),
              words.text() + "\n" + lasting(problem, now),
              problem,
              now);
      case AGAIN ->
          post(began, "again", " again " + now, words.title(), words.text(), problem, now);
    }
    return history.withProblem(
        thing, Optional.of(telling == Telling.NOTHING ? problem : problem.toldAt(telling, now)));
  }

  /** Somebody else has told it already: it stands as if it had been told here. */
  NoticeHistory isKnown(NoticeHistory history, Words words, Instant since, Instant now) {
    StandingProblem problem = StandingProblem.noticed(since, words.reason(), now);
    return history.withProblem(thing, Optional.of(problem.toldAt(Telling.BEGINNING, now)));
  }

  /** It does not stand now; what it may come back from too soon is told later. */
  NoticeHistory isGone(NoticeHistory history, Ending ending, Instant now) {
    return settled(
        history.withProblem(thing, history.problem(thing).map(known -> known.gone(now))),
        ending,
        now);
  }

  /** Tells that it is over, if it has been gone for long enough. */
  NoticeHistory settled(NoticeHistory history, Ending ending, Instant now) {
    Optional<StandingProblem> known = history.problem(thing);
    if (known.filter(problem -> problem.isOver(settle, now)).isEmpty()) {
      return history;
    }
    StandingProblem problem = known.orElseThrow();
    post(over, "over", " over", ending.title(), ending.told(problem), problem, now);
    return history.withProblem(thing, Optional.empty());
  }

  /** What was so, from when to when; with the last reason, where people know another one. */
  static String lasted(String was, StandingProblem problem) {
    Instant end = problem.goneSince().orElse(problem.noticed());
    String times =
        "%s from %s to %s (%s)."
            .formatted(
                was,
                TimeText.of(problem.since()),
                TimeText.of(end),
                DurationFormat.of(Duration.between(problem.since(), end)));
    return problem
        .untoldReason()
        .map(reason -> times + "\nThe last reason: " + reason.substring(reason.indexOf('\n') + 1))
        .orElse(times);
  }

  private static String lasting(StandingProblem problem, Instant now) {
    return "It began at %s (%s ago)."
        .formatted(
            TimeText.of(problem.since()),
            DurationFormat.of(Duration.between(problem.since(), now)));
  }

  private void post(
      Topic topic,
      String event,
      String suffix,
      String title,
      String text,
      StandingProblem problem,
      Instant now) {
    out.accept(
        new Notice(
            topic,
            thing + " " + problem.noticed() + suffix,
            title,
            text,
            now,
            ImmutableMap.<String, String>builder()
                .putAll(fields)
                .put("problem", thing)
                .put("event", event)
                .put("since", problem.since().toString())
                .buildOrThrow()));
  }
}
