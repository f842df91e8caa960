package io.relais.sync.index;

import static io.relais.sync.index.Records.adopted;
import static io.relais.sync.index.Records.chunks;
import static io.relais.sync.index.Records.directory;
import static io.relais.sync.index.Records.file;
import static io.relais.sync.index.Records.link;
import static io.relais.sync.index.Records.path;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.HashCode;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.RootResolution;
import io.relais.sync.index.MirrorIndex.HaltRecord;
import io.relais.sync.path.RelPath;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every index keeps. */
abstract class MirrorIndexContract {
  private MirrorIndex index;

  abstract MirrorIndex open() throws Exception;

  @BeforeEach
  void openIndex() throws Exception {
    index = open();
  }

  @AfterEach
  void closeIndex() {
    index.close();
  }

  @Test
  void beginsEmpty() {
    assertThat(index.count()).isZero();
    assertThat(index.get(path("a"))).isNull();
    assertThat(index.children(RelPath.ROOT)).isEmpty();
    assertThat(index.root()).isEmpty();
    assertThat(index.sequence()).isZero();
    assertThat(index.wasReset()).isFalse();
  }

  @Test
  void keepsEveryKindAsItWasPut() {
    index.put(RelPath.ROOT, directory());
    index.put(path("f"), file(7));
    index.put(path("a"), adopted(8));
    index.put(path("l"), link("../\u00ff \n"));
    index.put(path("d"), directory().unsettled());

    assertThat(index.get(RelPath.ROOT)).isEqualTo(directory());
    assertThat(index.get(path("f"))).isEqualTo(file(7));
    assertThat(index.get(path("a"))).isEqualTo(adopted(8));
    assertThat(index.get(path("l"))).isEqualTo(link("../\u00ff \n"));
    assertThat(index.get(path("d"))).isEqualTo(directory().unsettled());
    assertThat(index.count()).isEqualTo(5);
  }

  @Test
  void replacesWhatWasPutBefore() {
    index.put(path("a"), file(1));
    index.put(path("a"), link("to"));

    assertThat(index.get(path("a"))).isEqualTo(link("to"));
    assertThat(index.count()).isEqualTo(1);
  }

  @Test
  void neverTurnsADirectoryIntoSomethingElseOrTheOtherWayRound() {
    assertThat(index.put(path("d"), directory())).isTrue();
    assertThat(index.put(path("d"), link("../outside"))).isFalse();
    assertThat(index.put(path("d"), file(1))).isFalse();
    assertThat(index.get(path("d"))).isEqualTo(directory());
    assertThat(index.put(path("d"), directory().unsettled())).isTrue();

    assertThat(index.put(path("l"), link("../outside"))).isTrue();
    assertThat(index.put(path("l"), directory())).isFalse();
    assertThat(index.get(path("l"))).isEqualTo(link("../outside"));
    assertThat(index.put(path("l"), file(1))).isTrue();

    index.removeTree(path("d"));
    assertThat(index.put(path("d"), link("../outside"))).isTrue();
    assertThat(index.count()).isEqualTo(2);
  }

  @Test
  void givesEveryFileOnceInPagesThatGoOnWhereTheLastEnded() {
    index.put(RelPath.ROOT, directory());
    index.put(path("d"), directory());
    index.put(path("d/l"), link("to"));
    for (int i = 0; i < 7; i++) {
      index.put(path((i % 2 == 0 ? "d/" : "") + "f" + i), file(i));
    }

    List<RelPath> all = new ArrayList<>();
    RelPath after = RelPath.ROOT;
    while (true) {
      ImmutableMap<RelPath, IndexEntry> page = index.filesAfter(after, 3);
      page.forEach((path, indexEntry) -> assertThat(index.get(path)).isEqualTo(indexEntry));
      all.addAll(page.keySet());
      if (page.size() < 3) {
        break;
      }
      after = all.getLast();
    }

    assertThat(all)
        .containsExactlyInAnyOrder(
            path("d/f0"),
            path("f1"),
            path("d/f2"),
            path("f3"),
            path("d/f4"),
            path("f5"),
            path("d/f6"));
    long bytes =
        all.stream().mapToLong(path -> requireNonNull(index.get(path)).source().size()).sum();
    assertThat(index.fileTotals()).isEqualTo(new MirrorIndex.FileTotals(7, bytes));
  }

  @Test
  void keepsNotesByName() {
    assertThat(index.note("a")).isNull();
    index.setNote("a", new byte[] {1, 2});
    index.setNote("b", new byte[0]);
    index.setNote("a", new byte[] {3});

    assertThat(index.note("a")).containsExactly(3);
    assertThat(index.note("b")).isEmpty();
    index.setNoteDurably("b", new byte[] {4});
    assertThat(index.note("b")).containsExactly(4);
  }

  @Test
  void keepsChunksForTheContentTheyAreOf() {
    HashCode content = requireNonNull(file(1).hash());
    HashCode other = requireNonNull(file(2).hash());
    index.batch(
        () -> {
          index.put(path("a"), file(1));
          index.putChunks(path("a"), content, chunks(1));
        });

    assertThat(index.chunks(path("a"), content)).isEqualTo(chunks(1));
    assertThat(index.chunks(path("a"), other)).isNull();
    assertThat(index.chunks(path("b"), content)).isNull();
    assertThat(index.beginningWith(chunks(1).beginning())).isEqualTo(path("a"));
    assertThat(index.beginningWith(chunks(2).beginning())).isNull();
    index.putChunks(path("a"), content, null);
    assertThat(index.chunks(path("a"), content)).isEqualTo(chunks(1));
    index.putChunks(path("a"), other, chunks(2));
    assertThat(index.chunks(path("a"), other)).isEqualTo(chunks(2));
    index.putChunks(path("a"), content, null);
    assertThat(index.chunks(path("a"), other)).isNull();
  }

  @Test
  void forgetsChunksWithTheirPath() {
    HashCode content = requireNonNull(file(1).hash());
    for (String each : List.of("a", "d", "d/x", "d/y/z", "d0", "e")) {
      index.put(path(each), file(1));
      index.putChunks(path(each), content, chunks(1));
    }
    index.remove(path("a"));
    index.removeTree(path("d"));

    assertThat(List.of("a", "d", "d/x", "d/y/z"))
        .allSatisfy(each -> assertThat(index.chunks(path(each), content)).isNull());
    assertThat(index.chunks(path("d0"), content)).isNotNull();
    assertThat(index.chunks(path("e"), content)).isNotNull();
    index.clear();
    assertThat(index.chunks(path("d0"), content)).isNull();
  }

  @Test
  void movesChunksWithTheirPath() {
    HashCode content = requireNonNull(file(1).hash());
    for (String each : List.of("d/x", "d/y/z")) {
      index.put(path(each), file(1));
      index.putChunks(path(each), content, chunks(1));
    }
    move("d", "e", 10);

    assertThat(index.chunks(path("e/x"), content)).isEqualTo(chunks(1));
    assertThat(index.chunks(path("e/y/z"), content)).isEqualTo(chunks(1));
    assertThat(index.chunks(path("d/x"), content)).isNull();
  }

  @Test
  void keepsNoChunksOfABatchThatFailed() {
    HashCode content = requireNonNull(file(1).hash());
    assertThatThrownBy(
            () ->
                index.batch(
                    () -> {
                      index.putChunks(path("a"), content, chunks(1));
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");

    assertThat(index.chunks(path("a"), content)).isNull();
  }

  @Test
  void keepsAnyNameThatLinuxAllows() {
    StringBuilder every = new StringBuilder();
    IntStream.rangeClosed(1, 255).filter(c -> c != '/').forEach(c -> every.append((char) c));
    List<String> names =
        List.of(every.toString(), "\n", "\u00ff\u00fe", "-rf", "[", "\\", " ", "x".repeat(255));
    names.forEach(name -> index.put(path("d").child(name), file(name.length())));

    assertThat(index.children(path("d")).keySet()).containsExactlyInAnyOrderElementsOf(names);
    for (String name : names) {
      assertThat(index.get(path("d").child(name))).isEqualTo(file(name.length()));
    }
  }

  @Test
  void listsOnlyWhatIsDirectlyInADirectory() {
    for (String name : List.of("d", "d/a", "d/a/b", "d0", "d.x", "e/a")) {
      index.put(path(name), file(1));
    }
    index.put(RelPath.ROOT, directory());

    assertThat(index.children(path("d"))).containsOnlyKeys("a");
    assertThat(index.children(RelPath.ROOT)).containsOnlyKeys("d", "d0", "d.x");
    assertThat(index.children(path("missing"))).isEmpty();
  }

  @Test
  void removesOnePathAlone() {
    index.put(path("d"), directory());
    index.put(path("d/a"), file(1));

    index.remove(path("d"));
    index.remove(path("never"));

    assertThat(index.get(path("d"))).isNull();
    assertThat(index.get(path("d/a"))).isEqualTo(file(1));
    assertThat(index.count()).isEqualTo(1);
  }

  @Test
  void countsAndRemovesATreeAndNothingBesideIt() {
    List<String> inside = List.of("d", "d/a", "d/a/b", "d/\u0001", "d/\u00ff/\u00ff", "d/0");
    List<String> beside = List.of("d0", "d.", "d-x/y", "d!", "c", "e/d", "D/a");
    inside.forEach(name -> index.put(path(name), file(1)));
    beside.forEach(name -> index.put(path(name), file(2)));

    assertThat(index.countTree(path("d"))).isEqualTo(inside.size());
    assertThat(index.countTree(RelPath.ROOT)).isEqualTo(inside.size() + beside.size());
    index.removeTree(path("d"));

    inside.forEach(name -> assertThat(index.get(path(name))).isNull());
    beside.forEach(name -> assertThat(index.get(path(name))).isEqualTo(file(2)));
    assertThat(index.count()).isEqualTo(beside.size());
    index.removeTree(RelPath.ROOT);
    assertThat(index.count()).isZero();
  }

  @Test
  void movesATreeOverAnotherAndNothingBesideIt() {
    List<String> inside = List.of("", "/a", "/a/b", "/\u0001", "/\u00ff/\u00ff", "/0");
    inside.forEach(name -> index.put(path("d" + name), file(1 + name.length())));
    for (String name : List.of("d0", "d.", "e", "e/old", "e/old/x", "e0")) {
      index.put(path(name), file(99));
    }

    move("d", "e", 10);

    inside.forEach(name -> assertThat(index.get(path("d" + name))).isNull());
    inside.forEach(
        name -> assertThat(index.get(path("e" + name))).isEqualTo(file(1 + name.length())));
    assertThat(index.get(path("e/old"))).isNull();
    assertThat(index.get(path("e/old/x"))).isNull();
    assertThat(index.children(RelPath.ROOT)).containsOnlyKeys("d0", "d.", "e", "e0");
    assertThat(index.count()).isEqualTo(3 + inside.size());
    move("e", "far/away", 10);
    assertThat(index.get(path("far/away/a/b"))).isEqualTo(file(5));
    assertThat(index.countTree(path("far/away"))).isEqualTo(inside.size());
  }

  @Test
  void movesATreeOfManyEntries() {
    index.batch(
        () -> {
          for (int i = 0; i < 2_500; i++) {
            index.put(path("d/" + i), file(i));
          }
        });

    index.batch(() -> move("d", "e", 10));

    assertThat(index.countTree(path("d"))).isZero();
    assertThat(index.countTree(path("e"))).isEqualTo(2_500);
    assertThat(index.get(path("e/2499"))).isEqualTo(file(2_499));
  }

  @Test
  void findsTheDirectories() {
    for (String name : List.of("d", "d/e", "d/e/f", "d0")) {
      index.put(path(name), directory());
    }
    index.put(RelPath.ROOT, directory());
    index.put(path("d/file"), file(1));
    index.put(path("d/link"), link("x"));

    assertThat(directories(RelPath.ROOT)).containsOnlyKeys(all("", "d", "d/e", "d/e/f", "d0"));
    assertThat(directories(path("d"))).containsOnlyKeys(all("d", "d/e", "d/e/f"));
    assertThat(directories(path("d"))).containsEntry(path("d/e"), directory());
    assertThat(directories(path("d/file"))).isEmpty();
    assertThat(index.directoriesWith(2)).containsOnlyKeys(all("", "d", "d/e", "d/e/f", "d0"));
    assertThat(index.directoriesWith(1)).isEmpty();
  }

  private Map<RelPath, IndexEntry> directories(RelPath root) {
    Map<RelPath, IndexEntry> found = new TreeMap<>();
    index.forEachDirectory(root, found::put);
    return found;
  }

  private static RelPath[] all(String... names) {
    return Stream.of(names).map(RelPath::ofLatin1).toArray(RelPath[]::new);
  }

  @Test
  void keepsABatchAsAWhole() {
    index.batch(
        () -> {
          index.put(path("a"), file(1));
          index.setRoot(new RootIdentity(1, 2, 3));
          index.put(path("b"), file(2));
          assertThat(index.get(path("a"))).isEqualTo(file(1));
        });

    assertThat(index.children(RelPath.ROOT)).containsOnlyKeys("a", "b");
    assertThat(index.root()).contains(new RootIdentity(1, 2, 3));
  }

  @Test
  void dropsABatchThatThrowsAsAWhole() {
    index.put(path("a"), file(1));

    assertThatThrownBy(
            () ->
                index.batch(
                    () -> {
                      index.put(path("b"), file(2));
                      index.removeTree(RelPath.ROOT);
                      index.nextSequence();
                      throw new UnsupportedOperationException("stop");
                    }))
        .isInstanceOf(UnsupportedOperationException.class);

    assertThat(index.children(RelPath.ROOT)).containsOnlyKeys("a");
    assertThat(index.count()).isEqualTo(1);
    assertThat(index.sequence()).isZero();
    index.batch(() -> index.put(path("c"), file(3)));
    assertThat(index.count()).isEqualTo(2);
  }

  @Test
  void refusesABatchInABatch() {
    assertThatIllegalStateException()
        .isThrownBy(() -> index.batch(() -> index.batch(() -> index.put(path("a"), file(1)))));
  }

  @Test
  void remembersTheRoot() {
    index.setRoot(new RootIdentity(1, 2, 3));
    index.setRoot(new RootIdentity(-1, Long.MAX_VALUE, 0));

    assertThat(index.root()).contains(new RootIdentity(-1, Long.MAX_VALUE, 0));
  }

  @Test
  void countsOn() {
    assertThat(index.nextSequence()).isEqualTo(1);
    assertThat(index.nextSequence()).isEqualTo(2);
    assertThat(index.sequence()).isEqualTo(2);
  }

  @Test
  void forgetsAllButTheSequence() {
    index.put(path("a"), file(1));
    index.setRoot(new RootIdentity(1, 2, 3));
    index.nextSequence();

    index.clear();

    assertThat(index.count()).isZero();
    assertThat(index.root()).isEmpty();
    assertThat(index.sequence()).isEqualTo(1);
  }

  @Test
  void remembersHowTheRootWasReached() {
    assertThat(index.way()).isEmpty();
    index.setWay(new RootResolution(-7, 1000));
    assertThat(index.way()).contains(new RootResolution(-7, 1000));
  }

  @Test
  void keepsWhetherADirectoryIsAMountPoint() {
    index.put(path("m"), Records.mountPoint());
    index.put(path("d"), directory());

    assertThat(index.get(path("m"))).isEqualTo(Records.mountPoint());
    assertThat(index.children(RelPath.ROOT)).containsEntry("m", Records.mountPoint());
    assertThat(index.get(path("d"))).isEqualTo(directory());
  }

  @Test
  void isFoundingUntilEverythingWasCompared() {
    assertThat(index.isFounding()).isTrue();
    index.founded();
    assertThat(index.isFounding()).isFalse();
    index.clear();
    assertThat(index.isFounding()).isTrue();
  }

  @Test
  void remembersThatTheMirrorIsHalted() {
    HaltRecord mark = new HaltRecord(at(1), at(2));
    index.setHalt(mark);
    assertThat(index.halt()).contains(mark);
    index.setHalt(null);
    assertThat(index.halt()).isEmpty();
  }

  private static Instant at(long minute) {
    return Instant.parse("2026-01-01T00:00:00Z").plus(Duration.ofMinutes(minute));
  }

  private void arrive(String name, long minute) {
    index.arrived(path(name), at(minute), at(minute - 5));
    index.put(path(name), file(1));
  }

  private void delete(String name, long minute, boolean counts) {
    index.deleted(path(name), at(minute), at(minute - 5), counts);
    index.remove(path(name));
  }

  @Test
  void knowsWhatHasArrivedOfLate() {
    index.put(path("stood"), file(1));
    arrive("stood", 10);
    arrive("new", 10);
    arrive("new", 11);

    assertThat(index.arrived(at(6), at(12))).containsExactly(path("new"));
    assertThat(index.countArrived(at(6), at(12))).isEqualTo(1);
    assertThat(index.countArrived(at(10), at(12))).isZero();
    index.remove(path("new"));
    assertThat(index.countArrived(at(6), at(12))).isZero();
  }

  @Test
  void whatHasArrivedHasAlsoWhereNothingWasRememberedThatIsRemoved() {
    index.arrived(path("d"), at(10), at(5));
    index.removeTree(path("d"));
    index.put(path("d"), directory());

    assertThat(index.arrived(at(6), at(12))).containsExactly(path("d"));
  }

  @Test
  void countsOnlyTheLossOfWhatHadStood() {
    index.put(path("stood"), file(1));
    arrive("new", 10);
    delete("new", 14, true);
    delete("stood", 14, true);
    arrive("old", 10);
    delete("old", 15, true);

    assertThat(index.countDeleted(at(10))).isEqualTo(2);
    assertThat(index.countDeleted(at(14))).isEqualTo(1);
    index.forgive();
    assertThat(index.countDeleted(at(10))).isZero();
  }

  @Test
  void whatComesBackIsAsOldAsItWas() {
    index.put(path("a"), file(1));
    delete("a", 10, true);
    arrive("a", 12);
    assertThat(index.countDeleted(at(9))).isZero();
    assertThat(index.countArrived(at(0), at(20))).isZero();

    delete("a", 13, false);
    assertThat(index.countDeleted(at(9))).isZero();
    arrive("a", 19);
    assertThat(index.countArrived(at(0), at(20))).isEqualTo(1);
  }

  @Test
  void whatATreeLosesCountsEntryByEntry() {
    index.put(path("d"), directory());
    index.put(path("d/a"), file(1));
    arrive("d/new", 10);
    index.put(path("e"), file(1));
    index.deletedTree(path("d"), at(11), at(6), true);
    index.removeTree(path("d"));

    assertThat(index.countDeleted(at(6))).isEqualTo(2);
    assertThat(index.countArrived(at(6), at(12))).isZero();
  }

  @Test
  void whatIsMovedStaysAsOldAsItWas() {
    index.put(path("d"), directory());
    index.put(path("d/stood"), file(1));
    arrive("d/new", 10);
    arrive("temporary", 10);
    index.put(path("page"), file(1));

    move("d", "e", 10);
    move("temporary", "page", 10);

    assertThat(index.arrived(at(6), at(12))).containsExactly(path("e/new"));
  }

  private void move(String from, String to, long minute) {
    index.moveTree(path(from), path(to), at(minute), at(minute - 5));
  }

  @Test
  void whatArrivesWhereSomethingWasMovedAwayHasStoodAndThatIsNew() {
    index.put(path("d"), directory());
    index.put(path("d/a"), file(1));
    index.put(path("d/b"), file(1));
    arrive("d/young", 9);
    move("d", "aside", 10);
    move("aside", "old", 10);

    assertThat(index.movedTo(path("d/a"), at(9))).contains(path("old/a"));
    assertThat(index.movedTo(path("d/a"), at(10))).isEmpty();
    assertThat(index.movedTo(path("other"), at(9))).isEmpty();
    arrive("d", 11);
    arrive("d/a", 11);
    arrive("d/young", 11);
    arrive("d/more", 11);

    assertThat(index.arrived(at(6), at(12)))
        .containsExactlyInAnyOrder(
            path("old"), path("old/a"), path("old/young"), path("d/young"), path("d/more"));
    delete("old/a", 12, true);
    assertThat(index.countDeleted(at(6))).isZero();
    delete("old/b", 12, true);
    assertThat(index.countDeleted(at(6))).isEqualTo(1);
    arrive("d/b", 13);
    assertThat(index.countDeleted(at(6))).isZero();
  }

  @Test
  void whatTakesThePlaceOfWhatWasLostHasStood() {
    index.put(path("a"), file(1));
    delete("a", 10, true);
    arrive("b", 11);
    move("b", "a", 12);

    assertThat(index.countDeleted(at(6))).isZero();
    assertThat(index.countArrived(at(0), at(20))).isZero();
  }

  @Test
  void aTemporaryNameThatIsUsedAgainMakesNothingNew() {
    index.put(path("page"), file(1));
    for (int minute = 10; minute < 13; minute++) {
      arrive("temporary", minute);
      move("temporary", "page", minute);
    }

    assertThat(index.countArrived(at(0), at(20))).isZero();
  }

  @Test
  void forgetsWhatWasMovedLongAgo() {
    index.put(path("a"), file(1));
    move("a", "b", 10);
    index.forgetRecent(at(10));
    arrive("a", 11);

    assertThat(index.movedTo(path("a"), at(0))).isEmpty();
    assertThat(index.arrived(at(0), at(20))).containsExactly(path("a"));
  }

  @Test
  void forgetsWhatIsLongAgo() {
    arrive("a", 10);
    arrive("b", 12);
    index.put(path("c"), file(1));
    delete("c", 11, true);
    index.forgetRecent(at(11));

    assertThat(index.arrived(at(0), at(20))).containsExactly(path("b"));
    assertThat(index.countDeleted(at(0))).isZero();
  }

  @Test
  void aBatchThatFailsLeavesNoTraceOfWhatCameOrWent() {
    index.put(path("a"), file(1));
    assertThatThrownBy(
            () ->
                index.batch(
                    () -> {
                      arrive("b", 10);
                      delete("a", 10, true);
                      throw new IllegalStateException("stopped");
                    }))
        .isInstanceOf(IllegalStateException.class);

    assertThat(index.countDeleted(at(0))).isZero();
    assertThat(index.countArrived(at(0), at(20))).isZero();
  }
}
