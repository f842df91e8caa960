package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import io.relais.sync.guard.DeleteGuard;
import io.relais.sync.guard.DeleteGuard.LossTally;
import io.relais.sync.guard.GitPackedObjects;
import io.relais.sync.guard.GuardInput;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.guard.LossLocations;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.index.MirrorIndex.HaltRecord;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Applies the delete guard over time. What counts is how much of what stood at the target five
 * minutes ago would be gone: so a tree that vanishes in many small steps is noticed, and what comes
 * and goes within that time is not. An entry that has not stood so long when it is deleted never
 * counts; one that is made again is not gone; one that is moved stays the one it was, until
 * something is made where it was: then that is what stood, and the moved one is new.
 *
 * <p>Once it has objected to deletes, nothing is deleted until a plan for everything shows that the
 * entries are back, or an operator has let it pass. Until then the window in which deletes count
 * does not move on, also over restarts.
 *
 * <p>For one thread, and outside the index's batches.
 */
public final class DeleteGuardMonitor {
  /** How long an entry must have stood to count, and how long it counts once it is gone. */
  static final Duration WINDOW = Duration.ofMinutes(5);

  private static final Duration BETWEEN_PRUNES = Duration.ofMinutes(1);
  private static final int MOST_LOSSES = 5;

  private final DeleteGuard guard;
  private final ResumeToken resumeToken;
  private final HeldDeletes held;
  private final MirrorIndex index;
  private @Nullable Finding standing;
  private ImmutableList<LossLocations.Loss> losses = ImmutableList.of();

  /** As the index has it, once it was looked up. */
  private @Nullable HaltRecord mark;

  private boolean markKnown;

  private Instant since = Instant.EPOCH;
  private Instant pruned = Instant.MIN;
  private boolean agreed;

  /** Makes one for a mirror, by what is left of its last run. */
  public DeleteGuardMonitor(MirrorSettings settings, MirrorIndex index) {
    this.guard = settings.guard();
    this.resumeToken = new ResumeToken(settings.directory());
    this.held = new HeldDeletes(settings.directory());
    this.index = index;
  }

  /** What a plan covers. */
  enum Reach {
    /** A part of the mirror: what is found in it says nothing of the rest. */
    PART,
    /** The whole mirror. */
    ALL
  }

  /**
   * An objection.
   *
   * @param lost what it is about: what would be lost of what had stood
   * @param deletes all that is not deleted while it stands
   */
  private record Finding(
      GuardViolation veto, ImmutableList<RelPath> lost, ImmutableList<RelPath> deletes) {
    Finding with(GuardViolation other) {
      return new Finding(other, lost, deletes);
    }

    boolean holdsDeletes() {
      return veto.kind() == GuardViolation.Rule.HOLD_DELETES;
    }
  }

  /** By when an entry must have stood at the target to count. */
  Instant window(Instant now) {
    return mark().map(HaltRecord::window).orElse(now.minus(WINDOW));
  }

  private Optional<HaltRecord> mark() {
    if (!markKnown) {
      mark = index.halt().orElse(null);
      markKnown = true;
    }
    return Optional.ofNullable(mark);
  }

  private void setMark(@Nullable HaltRecord next) {
    index.setHalt(next);
    mark = next;
    markKnown = true;
  }

  /**
   * The objection to a plan, unless an operator has let this one pass: that permission is then
   * used. A plan for a part is not let pass while the objection to one for all stands.
   */
  Optional<GuardViolation> check(GuardInput facts, Reach reach, Instant now) throws IOException {
    Optional<Finding> found = find(facts, now);
    if (reach == Reach.PART && holdsDeletes()) {
      found = found.filter(finding -> !finding.holdsDeletes());
      return found.isPresent() ? remember(found.get(), now) : Optional.ofNullable(standing());
    }
    if (found.isEmpty()) {
      if (reach == Reach.ALL) {
        endHold();
      }
      return Optional.empty();
    }
    if (reach == Reach.ALL && isLetPass(found.get())) {
      // An operator who accepts the root has not yet seen what is to be deleted.
      Optional<Finding> further =
          found.get().veto().reason().isOfTheRoot()
              ? find(facts.withRootAccepted(), now)
              : Optional.empty();
      if (further.isEmpty()) {
        letPass();
        return Optional.empty();
      }
      resumeToken.clear();
      return remember(further.get(), now);
    }
    Optional<GuardViolation> objection = remember(found.get(), now);
    if (reach == Reach.ALL && !mayResume()) {
      resumeToken.clear(); // It was for something else.
    }
    return objection;
  }

  /**
   * The same for the root alone, without using the permission: for a first look, before there is a
   * plan.
   */
  Optional<GuardViolation> look(GuardInput facts, Instant now) {
    agreed = false;
    prune(now);
    Optional<Finding> found = find(facts, now);
    return found.isEmpty() || isLetPass(found.get())
        ? Optional.empty()
        : remember(found.get(), now);
  }

  private void prune(Instant now) {
    if (pruned.plus(BETWEEN_PRUNES).isBefore(now) || pruned.isAfter(now)) {
      pruned = now;
      index.forgetRecent(window(now));
    }
  }

  /** An objection that this did not find; empty where an operator has let it pass. */
  Optional<GuardViolation> found(GuardViolation guardViolation, Instant now) throws IOException {
    Finding finding = new Finding(guardViolation, ImmutableList.of(), ImmutableList.of());
    if (isLetPass(finding)) {
      resumeToken.clear();
      clear();
      return Optional.empty();
    }
    return remember(finding, now);
  }

  /** Nobody may go to the source: this stands until a plan for everything was carried out. */
  void refuse(GuardViolation guardViolation, Instant now) {
    stand(new Finding(guardViolation, ImmutableList.of(), ImmutableList.of()), now);
  }

  /** Whether there is nothing against it that an operator has to decide on, or has decided on. */
  boolean isClear(GuardInput facts, Instant now) {
    return standing == null && !holdsDeletes() && find(facts, now).isEmpty();
  }

  /** What {@link #check} would say to a plan for everything; nothing is remembered of it. */
  Optional<GuardViolation> foresee(GuardInput facts, Instant now) {
    return find(facts, now).filter(finding -> !isLetPass(finding)).map(Finding::veto);
  }

  private Optional<Finding> find(GuardInput facts, Instant now) {
    LossTally lossTally = toll(facts, now);
    return guard
        .check(facts, lossTally)
        .map(guardViolation -> new Finding(guardViolation, lossTally.lost(), facts.deletes()));
  }

  private LossTally toll(GuardInput facts, Instant now) {
    if (facts.deletes().isEmpty()) {
      return LossTally.NONE;
    }
    Instant window = window(now);
    long gone = index.countDeleted(window);
    if (facts.moved().isEmpty() && !guard.concerns(gone + facts.deletes().size())) {
      return LossTally.NONE;
    }
    Set<RelPath> young = index.arrived(window, now);
    Set<RelPath> back = comingBack(facts.created(), window);
    GitPackedObjects packed = GitPackedObjects.of(Sets.union(young, back));
    long stillGone = gone;
    if (gone > 0) {
      Set<RelPath> lostBefore = new HashSet<>(index.deleted(window));
      lostBefore.removeIf(path -> back.contains(path) || packed.has(path));
      stillGone = lostBefore.size();
    }
    ImmutableList<RelPath> lost =
        facts.deletes().stream()
            .filter(path -> !young.contains(path) && !back.contains(path) && !packed.has(path))
            .collect(ImmutableList.toImmutableList());
    return new LossTally(facts.known() - young.size() + gone, stillGone, lost);
  }

  /**
   * What is not lost, whatever becomes of it, since something is made where it was when the window
   * began: at its path, or at the one that it was moved away from.
   */
  private Set<RelPath> comingBack(Collection<RelPath> created, Instant window) {
    Set<RelPath> back = new HashSet<>(created);
    for (RelPath path : created) {
      index.movedTo(path, window).ifPresent(back::add);
    }
    return back;
  }

  private Optional<GuardViolation> remember(Finding found, Instant now) {
    boolean backAgain = standingId().equals(found.veto().id());
    stand(
        isSameFinding(found)
            ? found.with(
                new GuardViolation(found.veto().reason(), standingId(), found.veto().message()))
            : backAgain ? found.with(found.veto().again()) : found,
        now);
    return Optional.ofNullable(standing());
  }

  private void stand(Finding finding, Instant now) {
    if (standing == null || !standing.veto().reason().equals(finding.veto().reason())) {
      since = now;
    }
    boolean other = standing == null || !standing.equals(finding);
    standing = finding;
    if (finding.holdsDeletes()) {
      if (mark().isEmpty()) {
        setMark(new HaltRecord(window(now), now));
      }
      since = mark().map(HaltRecord::since).orElse(now);
    }
    if (other) {
      losses = LossLocations.of(finding.deletes(), MOST_LOSSES);
      held.write(finding.veto().id(), finding.deletes());
    }
  }

  private String standingId() {
    return standing == null ? "" : standing.veto().id();
  }

  /** A plan for everything was carried out, with nothing against it any more. */
  void clear() {
    standing = null;
    held.clear();
  }

  private void endHold() throws IOException {
    if (holdsDeletes()) {
      setMark(null);
      resumeToken.clear();
    }
    if (standing != null && standing.holdsDeletes()) {
      clear();
    }
  }

  /** What an operator lets pass does not count, and neither does what went before. */
  private void letPass() throws IOException {
    agreed = true;
    index.forgive();
    setMark(null);
    resumeToken.clear();
    clear();
  }

  /** Whether an operator has let the plan pass that is carried out in this round. */
  boolean hasAgreed() {
    return agreed;
  }

  /** Whether nothing may be deleted, whatever else may be done. */
  boolean holdsDeletes() {
    return mark().isPresent();
  }

  /** The objection that an operator has to decide on; null if there is none. */
  @Nullable GuardViolation standing() {
    return standing == null ? null : standing.veto();
  }

  /** Since when there is one. */
  Instant since() {
    return since;
  }

  /** How many entries would be deleted; 0 where that is not known. */
  long held() {
    return standing == null ? 0 : standing.deletes().size();
  }

  /** Where most of them are. */
  ImmutableList<LossLocations.Loss> losses() {
    return standing == null ? ImmutableList.of() : losses;
  }

  boolean isHalted() {
    return standing != null;
  }

  /** Whether nothing at all may be done. */
  boolean isStopped() {
    return standing != null && !standing.holdsDeletes();
  }

  /** Whether an operator has said that the standing objection is to be let pass. */
  boolean mayResume() {
    return standing != null
        && standing.veto().reason().canBeLetPass()
        && resumeToken.given().equals(Optional.of(standingId()));
  }

  private boolean isLetPass(Finding found) {
    if (!found.veto().reason().canBeLetPass()) {
      return false;
    }
    boolean isOther = standing == null || standing.veto().reason() != found.veto().reason();
    return isOther
        ? resumeToken.given().equals(Optional.of(found.veto().id()))
        : mayResume() && isSameFinding(found);
  }

  /** What would be lost may shrink while the operator thinks, but not grow. */
  private boolean isSameFinding(Finding found) {
    if (standing == null || standing.veto().reason() != found.veto().reason()) {
      return false;
    }
    return found.holdsDeletes()
        ? standing.lost().size() >= found.lost().size()
            && new HashSet<>(standing.lost()).containsAll(found.lost())
        : standingId().equals(found.veto().id());
  }
}
