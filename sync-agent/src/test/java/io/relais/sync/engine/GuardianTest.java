package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.sync.engine.Guardian.Reach;
import io.relais.sync.index.InMemoryIndex;
import io.relais.sync.plan.Confirmed;
import io.relais.sync.plan.GuardFacts;
import io.relais.sync.plan.Kind;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.RootStamp;
import io.relais.sync.plan.SourceEntry;
import io.relais.sync.plan.Veto;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GuardianTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Confirmed FILE = confirmed(Kind.FILE);
  private static final Confirmed DIRECTORY = confirmed(Kind.DIRECTORY);
  private static final RootStamp ROOT = new RootStamp(1, 2, 3);
  private static final RootStamp OTHER_ROOT = new RootStamp(1, 9, 4);

  @TempDir Path directory;
  private Resumption resumption;
  private Guardian guardian;

  private InMemoryIndex index;

  @BeforeEach
  void setUp() {
    resumption = new Resumption(directory);
    index = new InMemoryIndex();
    guardian = newGuardian();
  }

  private static Confirmed confirmed(Kind kind) {
    SourceEntry source = new SourceEntry(kind, 0, 1, 1, 0644, 1, 1, null);
    return new Confirmed(source, source.asTarget(), null);
  }

  private Guardian newGuardian() {
    return new Guardian(PlainSettings.of(directory, directory), index);
  }

  /** Entries that have been at the target for long. */
  private void stand(String directory, int from, int to) {
    for (int i = from; i < to; i++) {
      index.put(file(directory, i), FILE);
    }
  }

  private void arrive(String directory, int from, int to, Instant now) {
    for (int i = from; i < to; i++) {
      index.arrived(file(directory, i), now, guardian.window(now));
      index.put(file(directory, i), FILE);
    }
  }

  private void delete(String directory, int from, int to, Instant now) {
    for (int i = from; i < to; i++) {
      index.deleted(file(directory, i), now, guardian.window(now), !guardian.hasAgreed());
      index.remove(file(directory, i));
    }
  }

  private static RelPath file(String directory, int i) {
    return RelPath.of((directory + "/f" + i).getBytes(ISO_8859_1));
  }

  private static ImmutableList<RelPath> files(String directory, int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> file(directory, i))
        .collect(ImmutableList.toImmutableList());
  }

  private Optional<Veto> checkAll(ImmutableList<RelPath> deletes, Instant now) throws IOException {
    return guardian.check(deleting(deletes), Reach.ALL, now);
  }

  private Optional<Veto> checkPart(ImmutableList<RelPath> deletes, Instant now) throws IOException {
    return guardian.check(deleting(deletes), Reach.PART, now);
  }

  private GuardFacts deleting(ImmutableList<RelPath> deletes) {
    return new GuardFacts(
        ROOT, ROOT, false, false, index.count(), deletes, ImmutableList.of(), ImmutableList.of());
  }

  private static GuardFacts root(@Nullable RootStamp now, boolean switched) {
    return new GuardFacts(
        ROOT, now, switched, false, 10, ImmutableList.of(), ImmutableList.of(), ImmutableList.of());
  }

  @Test
  void letsSmallDeletesPass() throws IOException {
    stand("d", 0, 100);
    assertThat(checkAll(files("d", 0, 99), NOW)).isEmpty();
    stand("d", 100, 1_000);
    assertThat(checkAll(files("d", 0, 100), NOW)).isEmpty();
  }

  @Test
  void addsUpDeletesThatComeInManySmallSteps() throws IOException {
    stand("d", 0, 180);
    assertThat(checkPart(files("d", 0, 90), NOW)).isEmpty();
    delete("d", 0, 90, NOW);

    assertThat(checkPart(files("d", 90, 150), NOW.plusSeconds(1)))
        .get()
        .extracting(Veto::reason)
        .isEqualTo(Veto.Reason.TOO_MANY_DELETES);
  }

  @Test
  void forgetsDeletesAfterSomeMinutes() throws IOException {
    stand("d", 0, 210);
    delete("d", 0, 90, NOW);

    assertThat(checkPart(files("d", 90, 150), NOW.plus(Duration.ofMinutes(6)))).isEmpty();
  }

  @Test
  void whatComesAndGoesNeverCounts() throws IOException {
    stand("pages", 0, 60);
    Instant now = NOW;
    for (int i = 0; i < 3_000; i++, now = now.plusMillis(100)) {
      arrive("cache", i, i + 1, now);
      if (i >= 40) {
        assertThat(checkPart(files("cache", i - 40, i - 39), now)).isEmpty();
        delete("cache", i - 40, i - 39, now);
      }
    }
    assertThat(checkAll(files("cache", 2_960, 3_000), now)).isEmpty();
  }

  @Test
  void whatIsMadeAgainIsNotGone() throws IOException {
    stand("d", 0, 150);
    for (int round = 0; round < 20; round++) {
      Instant now = NOW.plusSeconds(round);
      assertThat(checkPart(files("d", 0, 60), now)).isEmpty();
      delete("d", 0, 60, now);
      arrive("d", 0, 60, now);
    }
    assertThat(index.countDeleted(NOW.minusSeconds(1))).isZero();
    // And it is as old as it was: its loss counts.
    assertThat(checkAll(files("d", 0, 120), NOW.plusSeconds(20))).isPresent();
  }

  @Test
  void whatWasMovedStaysAsOldAsItWas() throws IOException {
    stand("d", 0, 150);
    arrive("new", 0, 150, NOW);
    move("d", "e", NOW);
    index.put(RelPath.of("e".getBytes(ISO_8859_1)), DIRECTORY);

    assertThat(checkAll(files("new", 0, 150), NOW)).isEmpty();
    assertThat(checkAll(files("e", 0, 150), NOW)).isPresent();
  }

  private void move(String from, String to, Instant now) {
    index.moveTree(RelPath.ofLatin1(from), RelPath.ofLatin1(to), now, now.minus(Guardian.WINDOW));
  }

  /** {@code git gc}. */
  @Test
  void looseObjectsMayGoOnceTheyAreInAPack() throws IOException {
    ImmutableList<RelPath> loose =
        IntStream.range(0, 200)
            .mapToObj(i -> RelPath.ofLatin1(".git/objects/ab/%038x".formatted(i)))
            .collect(ImmutableList.toImmutableList());
    loose.forEach(path -> index.put(path, FILE));
    stand("page", 0, 20);
    assertThat(checkAll(loose, NOW)).isPresent();

    RelPath pack = RelPath.ofLatin1(".git/objects/pack/pack-0a1b.pack");
    Instant later = NOW.plusSeconds(60);
    index.arrived(pack, later, later.minus(Guardian.WINDOW));
    index.put(pack, FILE);

    assertThat(checkAll(loose, later)).isEmpty();
  }

  @Test
  void whoAcceptsAnotherRootHasNotAgreedToWhatIsMissingInIt() throws IOException {
    stand("d", 0, 250);
    Veto other = guardian.look(root(OTHER_ROOT, false), NOW).orElseThrow();
    resumption.give(other.id());
    assertThat(guardian.look(root(OTHER_ROOT, false), NOW)).isEmpty();

    GuardFacts facts =
        new GuardFacts(
            ROOT,
            OTHER_ROOT,
            false,
            false,
            index.count(),
            files("d", 0, 150),
            ImmutableList.of(),
            ImmutableList.of());
    Veto losses = guardian.check(facts, Reach.ALL, NOW).orElseThrow();
    assertThat(losses.reason()).isEqualTo(Veto.Reason.TOO_MANY_DELETES);
    assertThat(guardian.held()).isEqualTo(150);
    assertThat(resumption.given()).isEmpty();

    resumption.give(losses.id());
    assertThat(checkAll(files("d", 0, 150), NOW)).isEmpty();
  }

  /** A release that is built beside the old one, which is moved aside and then removed. */
  @Test
  void anOldCopyMayGoOnceAllStandsAgainWhereItWas() throws IOException {
    index.put(RelPath.ofLatin1("dist"), DIRECTORY);
    stand("dist", 0, 150);
    move("dist", "old", NOW);
    arrive("dist", 0, 150, NOW.plusSeconds(20));

    assertThat(checkAll(files("old", 0, 150), NOW.plusSeconds(30))).isEmpty();
    assertThat(checkAll(files("dist", 0, 150), NOW.plusSeconds(30))).isPresent();
  }

  @Test
  void anOldCopyMayNotGoWhereOnlyPartOfItStandsAgain() throws IOException {
    index.put(RelPath.ofLatin1("dist"), DIRECTORY);
    stand("dist", 0, 150);
    move("dist", "older", NOW);
    move("older", "old", NOW.plusSeconds(1));
    arrive("dist", 0, 20, NOW.plusSeconds(20));

    assertThat(checkAll(files("old", 0, 150), NOW.plusSeconds(30)))
        .hasValueSatisfying(veto -> assertThat(veto.message()).startsWith("130 of 151 entries"));
  }

  @Test
  void whatIsMovedBackAfterItsReplacementWentIsAsOldAsItWas() throws IOException {
    index.put(RelPath.ofLatin1("dist"), DIRECTORY);
    stand("dist", 0, 150);
    move("dist", "old", NOW);
    arrive("dist", 0, 150, NOW.plusSeconds(20));
    delete("dist", 0, 150, NOW.plusSeconds(25));
    move("old", "dist", NOW.plusSeconds(26));

    assertThat(index.countDeleted(NOW.minusSeconds(1))).isZero();
    assertThat(checkAll(files("dist", 0, 150), NOW.plusSeconds(30))).isPresent();
  }

  @Test
  void onceHaltedNoPartOfAPlanIsLetPass() throws IOException {
    stand("d", 0, 375);
    Veto veto = checkAll(files("d", 0, 250), NOW).orElseThrow();

    assertThat(checkPart(files("d", 250, 275), NOW.plusSeconds(2))).contains(veto);
    assertThat(guardian.holdsDeletes()).isTrue();
    resumption.give(veto.id());
    assertThat(checkPart(files("d", 250, 275), NOW.plusSeconds(3))).contains(veto);
  }

  @Test
  void aHaltOutlivesTheAgentAndTheMinutes() throws IOException {
    stand("d", 0, 200);
    delete("d", 0, 60, NOW);
    assertThat(checkAll(files("d", 60, 110), NOW)).isPresent();

    guardian = newGuardian();
    assertThat(guardian.holdsDeletes()).isTrue();
    Instant later = NOW.plus(Duration.ofHours(1));
    assertThat(guardian.look(root(ROOT, false), later)).isEmpty();
    assertThat(checkAll(files("d", 60, 110), later)).isPresent();
    assertThat(guardian.since()).isEqualTo(NOW);
  }

  @Test
  void itEndsByItselfOnceSoManyAreBackThatTheRestIsFew() throws IOException {
    stand("d", 0, 300);
    assertThat(checkAll(files("d", 0, 200), NOW)).isPresent();

    assertThat(checkAll(files("d", 0, 151), NOW.plusSeconds(1))).isPresent();
    assertThat(checkPart(ImmutableList.of(), NOW.plusSeconds(2))).isPresent();
    assertThat(checkAll(files("d", 0, 50), NOW.plusSeconds(3))).isEmpty();
    assertThat(guardian.holdsDeletes()).isFalse();
    assertThat(guardian.isHalted()).isFalse();
  }

  @Test
  void whatAPersonLetPassDoesNotCount() throws IOException {
    stand("d", 0, 300);
    resumption.give(checkAll(files("d", 0, 200), NOW).orElseThrow().id());
    assertThat(checkAll(files("d", 0, 200), NOW)).isEmpty();
    delete("d", 0, 200, NOW);

    assertThat(guardian.look(root(ROOT, false), NOW)).isEmpty();
    assertThat(checkAll(files("d", 200, 210), NOW.plusSeconds(1))).isEmpty();
  }

  @Test
  void nobodyCanLetAnUnsafeSourcePassByWord() throws IOException {
    Veto unsafe = Veto.unsafeSource("the symlink leads there");
    guardian.refuse(unsafe, NOW);
    assertThat(guardian.isStopped()).isTrue();
    assertThat(guardian.standing()).isEqualTo(unsafe);

    resumption.give(unsafe.id());
    assertThat(guardian.hasWord()).isFalse();
    assertThat(guardian.isStopped()).isTrue();

    // Safe again, and the same directory as before: nothing is left to object to.
    assertThat(checkAll(ImmutableList.of(), NOW)).isEmpty();
    guardian.clear();
    assertThat(guardian.isHalted()).isFalse();
  }

  @Test
  void anUnsafeSourceIsTheSameFindingForAsLongAsItLeadsThere() {
    assertThat(Veto.unsafeSource("one").id()).isEqualTo(Veto.unsafeSource("one").id());
    assertThat(Veto.unsafeSource("one").id()).isNotEqualTo(Veto.unsafeSource("other").id());
  }

  @Test
  void recentDeletesAloneAreNoReasonToHalt() throws IOException {
    stand("d", 0, 510);
    delete("d", 0, 500, NOW);

    assertThat(checkAll(ImmutableList.of(), NOW)).isEmpty();
  }

  @Test
  void goesOnOnlyForTheIdThatAPersonNamed() throws IOException {
    stand("d", 0, 300);
    Veto veto = checkAll(files("d", 0, 200), NOW).orElseThrow();

    resumption.give("00000000");
    assertThat(guardian.hasWord()).isFalse();
    assertThat(checkAll(files("d", 0, 200), NOW)).isPresent();

    resumption.give(veto.id());
    assertThat(guardian.hasWord()).isTrue();
    assertThat(checkAll(files("d", 0, 200), NOW)).isEmpty();
    assertThat(resumption.given()).isEmpty();
  }

  @Test
  void aWordIsUsedByThePlanAndNotByTheLookBefore() throws IOException {
    Veto veto = guardian.check(root(OTHER_ROOT, false), Reach.ALL, NOW).orElseThrow();
    resumption.give(veto.id());

    assertThat(guardian.look(root(OTHER_ROOT, false), NOW)).isEmpty();
    assertThat(guardian.check(root(OTHER_ROOT, false), Reach.ALL, NOW)).isEmpty();

    assertThat(guardian.check(root(OTHER_ROOT, false), Reach.ALL, NOW)).isPresent();
  }

  @Test
  void aRootThatWasSwitchedByASymlinkIsNoObjection() {
    assertThat(guardian.look(root(OTHER_ROOT, true), NOW)).isEmpty();
    assertThat(guardian.look(root(OTHER_ROOT, false), NOW)).isPresent();
  }

  @Test
  void acceptsFewerDeletesThanWereAllowed() throws IOException {
    stand("d", 0, 300);
    resumption.give(checkAll(files("d", 0, 200), NOW).orElseThrow().id());

    assertThat(checkAll(files("d", 0, 190), NOW)).isEmpty();
  }

  @Test
  void haltsAgainWhenMoreOrOthersWouldBeDeletedThanWereAllowed() throws IOException {
    stand("d", 0, 300);
    resumption.give(checkAll(files("d", 0, 200), NOW).orElseThrow().id());

    assertThat(checkAll(files("d", 0, 250), NOW)).isPresent();
    assertThat(guardian.hasWord()).isFalse();
    resumption.give(checkAll(files("d", 0, 200), NOW).orElseThrow().id());
    assertThat(checkAll(files("d", 50, 250), NOW)).isPresent();
  }

  @Test
  void writesDownWhatItHolds() throws IOException {
    stand("d", 0, 200);
    stand("e", 0, 100);
    Veto veto = checkAll(files("d", 0, 200), NOW).orElseThrow();

    HeldDeletes.Listing listing = new HeldDeletes(directory).read().orElseThrow();
    assertThat(listing.halt()).isEqualTo(veto.id());
    assertThat(listing.total()).isEqualTo(200);
    assertThat(listing.directories()).containsExactly("d (200)");
    assertThat(listing.paths()).hasSize(40).startsWith("d/f0", "d/f1", "d/f10");

    assertThat(checkAll(ImmutableList.of(), NOW)).isEmpty();
    assertThat(new HeldDeletes(directory).read()).isEmpty();
  }

  @Test
  void aMissingSourceCannotBeLetPass() throws IOException {
    Veto veto = guardian.check(root(null, false), Reach.ALL, NOW).orElseThrow();
    resumption.give(veto.id());

    assertThat(guardian.check(root(null, false), Reach.ALL, NOW)).contains(veto);
    assertThat(guardian.isStopped()).isTrue();
  }
}
