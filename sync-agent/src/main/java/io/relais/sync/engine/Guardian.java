package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import io.relais.sync.plan.DeleteGuard;
import io.relais.sync.plan.GuardFacts;
import io.relais.sync.plan.Losses;
import io.relais.sync.plan.Veto;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Applies the delete guard over time: what was deleted in the last minutes counts as part of the
 * next plan, so that a tree that vanishes in many small steps is noticed too. Knows what a person
 * has let pass. For one thread.
 */
final class Guardian {
  private static final Duration MEMORY = Duration.ofMinutes(5);

  private final DeleteGuard guard;
  private final Resumption resumption;
  private final Deque<Deletes> recent = new ArrayDeque<>();
  private @Nullable Veto standing;
  private long standingDeletes;

  private record Deletes(Instant at, long count) {}

  Guardian(DeleteGuard guard, Resumption resumption) {
    this.guard = guard;
    this.resumption = resumption;
  }

  /** The objection to a plan, unless a person has let this one pass: that word is then used. */
  Optional<Veto> check(GuardFacts facts, Instant now) throws IOException {
    Optional<Veto> found = find(facts, now);
    if (found.isPresent() && isLetPass(found.get(), facts)) {
      resumption.clear();
      standing = null;
      return Optional.empty();
    }
    return remember(found, facts);
  }

  /** The same, without using the word: for a first look, before there is a plan. */
  Optional<Veto> look(GuardFacts facts, Instant now) {
    Optional<Veto> found = find(facts, now);
    return found.isPresent() && isLetPass(found.get(), facts)
        ? Optional.empty()
        : remember(found, facts);
  }

  /** Nobody may go to the source: this stands until a plan for everything was carried out. */
  void refuse(Veto veto) {
    standing = veto;
    standingDeletes = 0;
  }

  /** Whether there is nothing against it that a person has to decide on, or has decided on. */
  boolean isClear(GuardFacts facts, Instant now) {
    return standing == null && find(facts, now).isEmpty();
  }

  private Optional<Veto> find(GuardFacts facts, Instant now) {
    forget(now);
    long before = recent.stream().mapToLong(Deletes::count).sum();
    boolean counts = facts.deletes() > 0;
    return guard.check(
        new GuardFacts(
            facts.before(),
            facts.now(),
            facts.sourceEmpty(),
            facts.known() + before,
            counts ? facts.deletes() + before : 0,
            facts.moved()));
  }

  private Optional<Veto> remember(Optional<Veto> found, GuardFacts facts) {
    if (found.isPresent() && !isSameFinding(found.get(), facts)) {
      standing = found.get();
      standingDeletes = facts.deletes();
    }
    return found.map(veto -> standing == null ? veto : standing);
  }

  /** A plan for everything was carried out, with nothing against it any more. */
  void clear() {
    standing = null;
  }

  /** The objection that a person has to decide on; null if there is none. */
  @Nullable Veto standing() {
    return standing;
  }

  /** Since when a person has something to decide on. */
  Instant since() {
    return Instant.EPOCH;
  }

  /** How many entries would be deleted. */
  long held() {
    return standingDeletes;
  }

  /** Where most of them are. */
  ImmutableList<Losses.Loss> losses() {
    return ImmutableList.of();
  }

  boolean isHalted() {
    return standing != null;
  }

  /** Whether nothing at all may be done. */
  boolean isStopped() {
    return standing != null && standing.kind() == Veto.Kind.STOP_ALL;
  }

  /** Whether a person has said that the standing objection is to be let pass. */
  boolean hasWord() {
    return standing != null
        && standing.reason().canBeLetPass()
        && resumption.given().equals(Optional.of(standing.id()));
  }

  private boolean isLetPass(Veto found, GuardFacts facts) {
    if (!found.reason().canBeLetPass()) {
      return false;
    }
    if (resumption.given().equals(Optional.of(found.id()))) {
      return true;
    }
    return hasWord() && isSameFinding(found, facts);
  }

  /** The numbers of a finding may shrink while a person thinks, but not grow. */
  private boolean isSameFinding(Veto found, GuardFacts facts) {
    return standing != null
        && (standing.id().equals(found.id())
            || (standing.reason() == Veto.Reason.TOO_MANY_DELETES
                && found.reason() == Veto.Reason.TOO_MANY_DELETES
                && facts.deletes() <= standingDeletes));
  }

  void deleted(long count, Instant now) {
    if (count > 0) {
      recent.add(new Deletes(now, count));
    }
  }

  private void forget(Instant now) {
    while (!recent.isEmpty() && recent.getFirst().at().plus(MEMORY).isBefore(now)) {
      recent.removeFirst();
    }
  }
}
