package io.relais.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.sync.plan.DeleteGuard;
import io.relais.sync.plan.GuardFacts;
import io.relais.sync.plan.RootStamp;
import io.relais.sync.plan.Veto;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GuardianTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final RootStamp ROOT = new RootStamp(1, 2, 3);
  private static final RootStamp OTHER_ROOT = new RootStamp(1, 9, 4);

  @TempDir Path directory;
  private Resumption resumption;
  private Guardian guardian;

  @BeforeEach
  void setUp() {
    resumption = new Resumption(directory);
    guardian = new Guardian(new DeleteGuard(0.5, 100), resumption);
  }

  @Test
  void letsSmallDeletesPass() throws IOException {
    assertThat(guardian.check(deleting(99, 100), NOW)).isEmpty();
    assertThat(guardian.check(deleting(100, 1000), NOW)).isEmpty();
  }

  @Test
  void addsUpDeletesThatComeInManySmallSteps() throws IOException {
    assertThat(guardian.check(deleting(90, 180), NOW)).isEmpty();
    guardian.deleted(90, NOW);

    assertThat(guardian.check(deleting(60, 90), NOW.plusSeconds(1)))
        .get()
        .extracting(Veto::reason)
        .isEqualTo(Veto.Reason.TOO_MANY_DELETES);
  }

  @Test
  void nobodyCanLetAnUnsafeSourcePassByWord() throws IOException {
    Veto unsafe = Veto.unsafeSource("the symlink leads there");
    guardian.refuse(unsafe);
    assertThat(guardian.isStopped()).isTrue();
    assertThat(guardian.standing()).isEqualTo(unsafe);

    resumption.give(unsafe.id());
    assertThat(guardian.hasWord()).isFalse();
    assertThat(guardian.isStopped()).isTrue();

    // Safe again, and the same directory as before: nothing is left to object to.
    assertThat(guardian.check(deleting(0, 100), NOW)).isEmpty();
    guardian.clear();
    assertThat(guardian.isHalted()).isFalse();
  }

  @Test
  void anUnsafeSourceIsTheSameFindingForAsLongAsItLeadsThere() {
    assertThat(Veto.unsafeSource("one").id()).isEqualTo(Veto.unsafeSource("one").id());
    assertThat(Veto.unsafeSource("one").id()).isNotEqualTo(Veto.unsafeSource("other").id());
  }

  @Test
  void forgetsDeletesAfterSomeMinutes() throws IOException {
    guardian.deleted(90, NOW);

    assertThat(guardian.check(deleting(60, 120), NOW.plus(Duration.ofMinutes(6)))).isEmpty();
  }

  @Test
  void recentDeletesAloneAreNoReasonToHalt() throws IOException {
    guardian.deleted(500, NOW);

    assertThat(guardian.check(deleting(0, 10), NOW)).isEmpty();
  }

  @Test
  void goesOnOnlyForTheIdThatAPersonNamed() throws IOException {
    Veto veto = guardian.check(deleting(200, 300), NOW).orElseThrow();

    resumption.give("00000000");
    assertThat(guardian.hasWord()).isFalse();
    assertThat(guardian.check(deleting(200, 300), NOW)).isPresent();

    resumption.give(veto.id());
    assertThat(guardian.hasWord()).isTrue();
    assertThat(guardian.check(deleting(200, 300), NOW)).isEmpty();
    assertThat(resumption.given()).isEmpty();
  }

  @Test
  void aWordIsUsedByThePlanAndNotByTheLookBefore() throws IOException {
    Veto veto = guardian.check(root(OTHER_ROOT), NOW).orElseThrow();
    resumption.give(veto.id());

    assertThat(guardian.look(root(OTHER_ROOT), NOW)).isEmpty();
    assertThat(guardian.check(root(OTHER_ROOT), NOW)).isEmpty();

    assertThat(guardian.check(root(OTHER_ROOT), NOW)).isPresent();
  }

  @Test
  void acceptsFewerDeletesThanWereAllowed() throws IOException {
    resumption.give(guardian.check(deleting(200, 300), NOW).orElseThrow().id());

    assertThat(guardian.check(deleting(190, 300), NOW)).isEmpty();
  }

  @Test
  void haltsAgainWhenMoreWouldBeDeletedThanWasAllowed() throws IOException {
    resumption.give(guardian.check(deleting(200, 300), NOW).orElseThrow().id());

    assertThat(guardian.check(deleting(250, 300), NOW)).isPresent();
    assertThat(guardian.hasWord()).isFalse();
  }

  @Test
  void aMissingSourceCannotBeLetPass() throws IOException {
    Veto veto = guardian.check(root(null), NOW).orElseThrow();
    resumption.give(veto.id());

    assertThat(guardian.check(root(null), NOW)).contains(veto);
    assertThat(guardian.isStopped()).isTrue();
  }

  private static GuardFacts deleting(long deletes, long known) {
    return new GuardFacts(ROOT, ROOT, false, known, deletes, ImmutableList.of());
  }

  private static GuardFacts root(@org.jspecify.annotations.Nullable RootStamp now) {
    return new GuardFacts(ROOT, now, false, 10, 0, ImmutableList.of());
  }
}
