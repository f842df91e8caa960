package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.sync.engine.DeleteGuardMonitor.Reach;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.guard.GuardInput;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.index.InMemoryIndex;
import io.relais.sync.path.RelPath;
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

final class DeleteGuardMonitorTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final IndexEntry FILE = confirmed(EntryKind.FILE);
  private static final IndexEntry DIRECTORY = confirmed(EntryKind.DIRECTORY);
  private static final RootIdentity ROOT = new RootIdentity(1, 2, 3);
  private static final RootIdentity OTHER_ROOT = new RootIdentity(1, 9, 4);

  @TempDir Path directory;
  private ResumeToken resumeToken;
  private DeleteGuardMonitor deleteGuardMonitor;

  private InMemoryIndex index;

  @BeforeEach
  void setUp() {
    resumeToken = new ResumeToken(directory);
    index = new InMemoryIndex();
    deleteGuardMonitor = newGuardian();
  }

  private static IndexEntry confirmed(EntryKind entryKind) {
    SourceEntry source = new SourceEntry(entryKind, 0, 1, 1, 0644, 1, 1, null);
    return new IndexEntry(source, source.asTarget(), null);
  }

  private DeleteGuardMonitor newGuardian() {
    return new DeleteGuardMonitor(PlainSettings.of(directory, directory), index);
  }

  /** Entries that have been at the target for long. */
  private void stand(String directory, int from, int to) {
    for (int i = from; i < to; i++) {
      index.put(file(directory, i), FILE);
    }
  }

  private void arrive(String directory, int from, int to, Instant now) {
    for (int i = from; i < to; i++) {
      index.arrived(file(directory, i), now, deleteGuardMonitor.window(now));
      index.put(file(directory, i), FILE);
    }
  }

  private void delete(String directory, int from, int to, Instant now) {
    for (int i = from; i < to; i++) {
      index.deleted(
          file(directory, i), now, deleteGuardMonitor.window(now), !deleteGuardMonitor.hasAgreed());
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

  private Optional<GuardViolation> checkAll(ImmutableList<RelPath> deletes, Instant now)
      throws IOException {
    return deleteGuardMonitor.check(deleting(deletes), Reach.ALL, now);
  }

  private Optional<GuardViolation> checkPart(ImmutableList<RelPath> deletes, Instant now)
      throws IOException {
    return deleteGuardMonitor.check(deleting(deletes), Reach.PART, now);
  }

  private GuardInput deleting(ImmutableList<RelPath> deletes) {
    return new GuardInput(
        ROOT, ROOT, false, false, index.count(), deletes, ImmutableList.of(), ImmutableList.of());
  }

  private static GuardInput root(@Nullable RootIdentity now, boolean switched) {
    return new GuardInput(
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
        .extracting(GuardViolation::reason)
        .isEqualTo(GuardViolation.Reason.TOO_MANY_DELETES);
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
    index.moveTree(
        RelPath.ofLatin1(from), RelPath.ofLatin1(to), now, now.minus(DeleteGuardMonitor.WINDOW));
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
    index.arrived(pack, later, later.minus(DeleteGuardMonitor.WINDOW));
    index.put(pack, FILE);

    assertThat(checkAll(loose, later)).isEmpty();
  }

  @Test
  void whoAcceptsAnotherRootHasNotAgreedToWhatIsMissingInIt() throws IOException {
    stand("d", 0, 250);
    GuardViolation other = deleteGuardMonitor.look(root(OTHER_ROOT, false), NOW).orElseThrow();
    resumeToken.give(other.id());
    assertThat(deleteGuardMonitor.look(root(OTHER_ROOT, false), NOW)).isEmpty();

    GuardInput facts =
        new GuardInput(
            ROOT,
            OTHER_ROOT,
            false,
            false,
            index.count(),
            files("d", 0, 150),
            ImmutableList.of(),
            ImmutableList.of());
    GuardViolation losses = deleteGuardMonitor.check(facts, Reach.ALL, NOW).orElseThrow();
    assertThat(losses.reason()).isEqualTo(GuardViolation.Reason.TOO_MANY_DELETES);
    assertThat(deleteGuardMonitor.held()).isEqualTo(150);
    assertThat(resumeToken.given()).isEmpty();

    resumeToken.give(losses.id());
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
        .hasValueSatisfying(
            guardViolation ->
                assertThat(guardViolation.message()).startsWith("130 of 151 entries"));
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
    GuardViolation guardViolation = checkAll(files("d", 0, 250), NOW).orElseThrow();

    assertThat(checkPart(files("d", 250, 275), NOW.plusSeconds(2))).contains(guardViolation);
    assertThat(deleteGuardMonitor.holdsDeletes()).isTrue();
    resumeToken.give(guardViolation.id());
    assertThat(checkPart(files("d", 250, 275), NOW.plusSeconds(3))).contains(guardViolation);
  }

  @Test
  void aHaltOutlivesTheAgentAndTheMinutes() throws IOException {
    stand("d", 0, 200);
    delete("d", 0, 60, NOW);
    assertThat(checkAll(files("d", 60, 110), NOW)).isPresent();

    deleteGuardMonitor = newGuardian();
    assertThat(deleteGuardMonitor.holdsDeletes()).isTrue();
    Instant later = NOW.plus(Duration.ofHours(1));
    assertThat(deleteGuardMonitor.look(root(ROOT, false), later)).isEmpty();
    assertThat(checkAll(files("d", 60, 110), later)).isPresent();
    assertThat(deleteGuardMonitor.since()).isEqualTo(NOW);
  }

  @Test
  void itEndsByItselfOnceSoManyAreBackThatTheRestIsFew() throws IOException {
    stand("d", 0, 300);
    assertThat(checkAll(files("d", 0, 200), NOW)).isPresent();

    assertThat(checkAll(files("d", 0, 151), NOW.plusSeconds(1))).isPresent();
    assertThat(checkPart(ImmutableList.of(), NOW.plusSeconds(2))).isPresent();
    assertThat(checkAll(files("d", 0, 50), NOW.plusSeconds(3))).isEmpty();
    assertThat(deleteGuardMonitor.holdsDeletes()).isFalse();
    assertThat(deleteGuardMonitor.isHalted()).isFalse();
  }

  @Test
  void whatAPersonLetPassDoesNotCount() throws IOException {
    stand("d", 0, 300);
    resumeToken.give(checkAll(files("d", 0, 200), NOW).orElseThrow().id());
    assertThat(checkAll(files("d", 0, 200), NOW)).isEmpty();
    delete("d", 0, 200, NOW);

    assertThat(deleteGuardMonitor.look(root(ROOT, false), NOW)).isEmpty();
    assertThat(checkAll(files("d", 200, 210), NOW.plusSeconds(1))).isEmpty();
  }

  @Test
  void nobodyCanLetAnUnsafeSourcePassByWord() throws IOException {
    GuardViolation unsafe = GuardViolation.unsafeSource("the symlink leads there");
    deleteGuardMonitor.refuse(unsafe, NOW);
    assertThat(deleteGuardMonitor.isStopped()).isTrue();
    assertThat(deleteGuardMonitor.standing()).isEqualTo(unsafe);

    resumeToken.give(unsafe.id());
    assertThat(deleteGuardMonitor.mayResume()).isFalse();
    assertThat(deleteGuardMonitor.isStopped()).isTrue();

    // Safe again, and the same directory as before: nothing is left to object to.
    assertThat(checkAll(ImmutableList.of(), NOW)).isEmpty();
    deleteGuardMonitor.clear();
    assertThat(deleteGuardMonitor.isHalted()).isFalse();
  }

  @Test
  void anUnsafeSourceIsTheSameFindingForAsLongAsItLeadsThere() {
    assertThat(GuardViolation.unsafeSource("one").id())
        .isEqualTo(GuardViolation.unsafeSource("one").id());
    assertThat(GuardViolation.unsafeSource("one").id())
        .isNotEqualTo(GuardViolation.unsafeSource("other").id());
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
    GuardViolation guardViolation = checkAll(files("d", 0, 200), NOW).orElseThrow();

    resumeToken.give("00000000");
    assertThat(deleteGuardMonitor.mayResume()).isFalse();
    assertThat(checkAll(files("d", 0, 200), NOW)).isPresent();

    resumeToken.give(guardViolation.id());
    assertThat(deleteGuardMonitor.mayResume()).isTrue();
    assertThat(checkAll(files("d", 0, 200), NOW)).isEmpty();
    assertThat(resumeToken.given()).isEmpty();
  }

  @Test
  void aWordIsUsedByThePlanAndNotByTheLookBefore() throws IOException {
    GuardViolation guardViolation =
        deleteGuardMonitor.check(root(OTHER_ROOT, false), Reach.ALL, NOW).orElseThrow();
    resumeToken.give(guardViolation.id());

    assertThat(deleteGuardMonitor.look(root(OTHER_ROOT, false), NOW)).isEmpty();
    assertThat(deleteGuardMonitor.check(root(OTHER_ROOT, false), Reach.ALL, NOW)).isEmpty();

    assertThat(deleteGuardMonitor.check(root(OTHER_ROOT, false), Reach.ALL, NOW)).isPresent();
  }

  @Test
  void aRootThatWasSwitchedByASymlinkIsNoObjection() {
    assertThat(deleteGuardMonitor.look(root(OTHER_ROOT, true), NOW)).isEmpty();
    assertThat(deleteGuardMonitor.look(root(OTHER_ROOT, false), NOW)).isPresent();
  }

  @Test
  void acceptsFewerDeletesThanWereAllowed() throws IOException {
    stand("d", 0, 300);
    resumeToken.give(checkAll(files("d", 0, 200), NOW).orElseThrow().id());

    assertThat(checkAll(files("d", 0, 190), NOW)).isEmpty();
  }

  @Test
  void haltsAgainWhenMoreOrOthersWouldBeDeletedThanWereAllowed() throws IOException {
    stand("d", 0, 300);
    resumeToken.give(checkAll(files("d", 0, 200), NOW).orElseThrow().id());

    assertThat(checkAll(files("d", 0, 250), NOW)).isPresent();
    assertThat(deleteGuardMonitor.mayResume()).isFalse();
    resumeToken.give(checkAll(files("d", 0, 200), NOW).orElseThrow().id());
    assertThat(checkAll(files("d", 50, 250), NOW)).isPresent();
  }

  @Test
  void writesDownWhatItHolds() throws IOException {
    stand("d", 0, 200);
    stand("e", 0, 100);
    GuardViolation guardViolation = checkAll(files("d", 0, 200), NOW).orElseThrow();

    HeldDeletes.Listing listing = new HeldDeletes(directory).read().orElseThrow();
    assertThat(listing.halt()).isEqualTo(guardViolation.id());
    assertThat(listing.total()).isEqualTo(200);
    assertThat(listing.directories()).containsExactly("d (200)");
    assertThat(listing.paths()).hasSize(40).startsWith("d/f0", "d/f1", "d/f10");

    assertThat(checkAll(ImmutableList.of(), NOW)).isEmpty();
    assertThat(new HeldDeletes(directory).read()).isEmpty();
  }

  @Test
  void aMissingSourceCannotBeLetPass() throws IOException {
    GuardViolation guardViolation =
        deleteGuardMonitor.check(root(null, false), Reach.ALL, NOW).orElseThrow();
    resumeToken.give(guardViolation.id());

    assertThat(deleteGuardMonitor.check(root(null, false), Reach.ALL, NOW))
        .contains(guardViolation);
    assertThat(deleteGuardMonitor.isStopped()).isTrue();
  }
}
