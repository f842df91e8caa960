package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.relais.sync.path.RelPath;
import io.relais.sync.watch.ChangeSource.Sign;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DebouncerTest {
  private static final RelPath A = RelPath.ofLatin1("a");
  private static final RelPath B = RelPath.ofLatin1("b");

  private final Debouncer debouncer =
      Debouncer.perPath(Duration.ofMillis(50), Duration.ofMillis(200), 3);

  private static Instant at(long millis) {
    return Instant.EPOCH.plusMillis(1_000_000 + millis);
  }

  @Test
  void nothingIsDueWhenNothingWasHinted() {
    assertThat(debouncer.nextDue()).isEmpty();
    assertThat(debouncer.takeDue(at(0)).isEmpty()).isTrue();
  }

  @Test
  void aPathIsDueOnceItWasQuiet() {
    debouncer.add(A, at(0));
    assertThat(debouncer.nextDue()).contains(at(50));
    assertThat(debouncer.takeDue(at(49)).isEmpty()).isTrue();
    assertThat(debouncer.takeDue(at(50)).paths()).containsExactly(A);
    assertThat(debouncer.nextDue()).isEmpty();
    assertThat(debouncer.takeDue(at(60)).isEmpty()).isTrue();
  }

  @Test
  void eachHintStartsTheQuietDelayAnew() {
    debouncer.add(A, at(0));
    debouncer.add(A, at(40));
    assertThat(debouncer.nextDue()).contains(at(90));
    assertThat(debouncer.takeDue(at(50)).isEmpty()).isTrue();
    assertThat(debouncer.takeDue(at(90)).paths()).containsExactly(A);
  }

  @Test
  void aPathThatIsNeverQuietIsDueAtTheMaximumDelay() {
    for (int i = 0; i <= 190; i += 10) {
      debouncer.add(A, at(i));
      assertThat(debouncer.takeDue(at(i)).isEmpty()).isTrue();
    }
    assertThat(debouncer.nextDue()).contains(at(200));
    assertThat(debouncer.takeDue(at(200)).paths()).containsExactly(A);
    debouncer.add(A, at(210));
    assertThat(debouncer.nextDue()).contains(at(260));
  }

  @Test
  void eachPathWaitsByItself() {
    debouncer.add(A, at(0));
    debouncer.add(B, at(30));
    debouncer.add(A, at(35));
    assertThat(debouncer.nextDue()).contains(at(80));
    assertThat(debouncer.takeDue(at(80)).paths()).containsExactly(B);
    assertThat(debouncer.takeDue(at(85)).paths()).containsExactly(A);
  }

  @Test
  void aWholeMirrorWaitsUntilAllOfItIsQuietHoweverLong() {
    Debouncer whole = Debouncer.wholeMirror(Duration.ofMillis(50), 3);
    for (int i = 0; i < 10_000; i += 40) {
      whole.add(i % 80 == 0 ? A : B, at(i));
      assertThat(whole.takeDue(at(i + 39)).isEmpty()).isTrue();
    }
    assertThat(whole.nextDue()).contains(at(9_960 + 50));
    assertThat(whole.takeDue(at(9_960 + 50)).paths()).containsExactlyInAnyOrder(A, B);
    assertThat(whole.nextDue()).isEmpty();
  }

  @Test
  void tooManyPathsBecomeEverything() {
    for (int i = 0; i < 4; i++) {
      assertThat(debouncer.overflowed()).isFalse();
      debouncer.add(RelPath.ofLatin1("p" + i), at(i * 10L));
    }
    assertThat(debouncer.overflowed()).isTrue();
    debouncer.add(A, at(60));
    assertThat(debouncer.takeDue(at(100)).isEmpty()).isTrue();
    assertThat(debouncer.takeDue(at(110))).isEqualTo(Debouncer.Due.ALL);
    assertThat(debouncer.overflowed()).isFalse();
    assertThat(debouncer.nextDue()).isEmpty();
  }

  @Test
  void everythingIsDueAtTheMaximumDelayOfTheFirstHintThatItReplaced() {
    debouncer.add(A, at(0));
    for (int i = 10; i < 200; i += 10) {
      debouncer.addEverything(at(i));
    }
    assertThat(debouncer.nextDue()).contains(at(200));
    assertThat(debouncer.takeDue(at(200)).everything()).isTrue();
  }

  @Test
  void everythingWaitsForAWholeMirrorToBeQuietToo() {
    Debouncer whole = Debouncer.wholeMirror(Duration.ofMillis(50), 3);
    whole.addEverything(at(0));
    whole.add(A, at(40));
    assertThat(whole.takeDue(at(89)).isEmpty()).isTrue();
    assertThat(whole.takeDue(at(90))).isEqualTo(Debouncer.Due.ALL);
  }

  @Test
  void aClockThatIsSetBackDelaysNothingForLong() {
    debouncer.add(A, at(3_600_000));
    assertThat(debouncer.takeDue(at(0)).isEmpty()).isTrue();
    assertThat(debouncer.nextDue()).contains(at(50));
    debouncer.add(B, at(10));
    assertThat(debouncer.takeDue(at(50)).paths()).containsExactly(A);
    assertThat(debouncer.takeDue(at(60)).paths()).containsExactly(B);
  }

  @Test
  void withoutADelayAPathIsDueAtOnce() {
    Debouncer immediate = Debouncer.perPath(Duration.ZERO, Duration.ZERO, 3);
    immediate.add(A, at(0));
    assertThat(immediate.takeDue(at(0)).paths()).containsExactly(A);
  }

  @Test
  void aMaximumUnderTheQuietDelayIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Debouncer.perPath(Duration.ofMillis(2), Duration.ofMillis(1), 1));
  }

  /**
   * Hints at A, one line each: milliseconds and sign, then when A is due. Quiet is 50 ms, the
   * maximum 200.
   */
  @ParameterizedTest
  @CsvSource({
    "0 CLOSED, 0",
    "0 WRITTEN 10 WRITTEN, 60",
    "0 WRITTEN 10 WRITTEN 12 CLOSED, 12",
    "0 MADE 1 WRITTEN 2 CLOSED, 5",
    "0 MADE, 50",
    "0 CLOSED 0 ATTRIBUTES, 0",
    "0 MADE 1 CLOSED 2 ATTRIBUTES, 4",
    "0 ATTRIBUTES 10 ATTRIBUTES, 50",
    "0 UNKNOWN 20 ATTRIBUTES, 50",
    "0 CLOSED 1 WRITTEN, 51",
    "0 CLOSED 1 UNKNOWN, 51",
    "0 UNKNOWN 1 MADE 2 WRITTEN 3 CLOSED, 6",
    "0 WRITTEN 40 WRITTEN 80 WRITTEN 120 WRITTEN 160 WRITTEN 199 WRITTEN, 200",
    "0 MADE 48 WRITTEN 96 WRITTEN 144 WRITTEN 192 WRITTEN 199 CLOSED, 200",
  })
  void whatASourceKnowsDecidesWhenAPathIsDue(String hints, long due) {
    String[] words = hints.split(" ");
    for (int i = 0; i < words.length; i += 2) {
      debouncer.add(A, Sign.valueOf(words[i + 1]), at(Long.parseLong(words[i])));
    }
    assertThat(debouncer.nextDue()).contains(at(due));
    assertThat(debouncer.takeDue(at(due)).paths()).containsExactly(A);
    assertThat(debouncer.nextDue()).isEmpty();
  }

  @Test
  void aFileThatGetsItsNameIsDueAtOnceUnderBoth() {
    debouncer.add(A, Sign.MADE, at(0));
    debouncer.add(A, Sign.CLOSED, at(1));
    assertThat(debouncer.takeDue(at(2)).isEmpty()).isTrue();
    debouncer.addMove(A, B, false, at(2));
    assertThat(debouncer.takeDue(at(2)).paths()).containsExactlyInAnyOrder(A, B);
  }

  @Test
  void aMovedDirectoryIsDueAtOnceUnderBothNames() {
    debouncer.addMove(A, B, true, at(0));
    assertThat(debouncer.takeDue(at(0)).paths()).containsExactlyInAnyOrder(A, B);
  }

  @Test
  void anOldFileMovedAsideWaitsForWhatTakesItsName() {
    debouncer.addMove(A, B, false, at(0));
    assertThat(debouncer.takeDue(at(1)).isEmpty()).isTrue();
    debouncer.add(A, Sign.MADE, at(1));
    debouncer.add(A, Sign.CLOSED, at(2));
    assertThat(debouncer.takeDue(at(5)).paths()).containsExactly(A);
    assertThat(debouncer.takeDue(at(50)).paths()).containsExactly(B);
  }

  @Test
  void anOldFileThatIsOnlyRenamedIsDueTogetherOnceQuiet() {
    debouncer.addMove(A, B, false, at(0));
    assertThat(debouncer.nextDue()).contains(at(50));
    assertThat(debouncer.takeDue(at(50)).paths()).containsExactlyInAnyOrder(A, B);
  }

  @Test
  void aFileFinishedAHundredTimesASecondIsNotSentAsOften() {
    int taken = 0;
    for (int i = 0; i < 10_000; i += 10) {
      debouncer.add(A, Sign.WRITTEN, at(i));
      debouncer.add(A, Sign.CLOSED, at(i + 1));
      taken += debouncer.takeDue(at(i + 2)).paths().size();
    }
    // Five at once, then each time the maximum delay of 200 ms is over.
    assertThat(taken).isBetween(40, 60);
  }

  @Test
  void aFileFinishedNowAndThenIsDueAtOnceEveryTime() {
    for (int i = 0; i < 10_000; i += 110) {
      debouncer.add(A, Sign.CLOSED, at(i));
      assertThat(debouncer.takeDue(at(i)).paths()).containsExactly(A);
    }
  }

  @Test
  void aHotFileIsDueAtOnceAgainOnceItHasCooledDown() {
    for (int i = 0; i < 1_000; i += 10) {
      debouncer.add(A, Sign.CLOSED, at(i));
      debouncer.takeDue(at(i));
    }
    debouncer.add(A, Sign.CLOSED, at(1_000));
    assertThat(debouncer.takeDue(at(1_000)).isEmpty()).isTrue();
    assertThat(debouncer.takeDue(at(1_050)).paths()).containsExactly(A);
    debouncer.add(A, Sign.CLOSED, at(1_700));
    assertThat(debouncer.takeDue(at(1_700)).paths()).containsExactly(A);
  }

  @Test
  void oneHotFileDelaysNoOther() {
    for (int i = 0; i < 1_000; i += 10) {
      debouncer.add(A, Sign.CLOSED, at(i));
      debouncer.takeDue(at(i));
    }
    debouncer.add(B, Sign.CLOSED, at(1_000));
    assertThat(debouncer.takeDue(at(1_000)).paths()).containsExactly(B);
  }

  @Test
  void aWholeMirrorWaitsForQuietWhateverIsKnown() {
    Debouncer whole = Debouncer.wholeMirror(Duration.ofMillis(50), 3);
    whole.add(A, Sign.CLOSED, at(0));
    whole.addMove(A, B, true, at(10));
    assertThat(whole.nextDue()).contains(at(60));
    assertThat(whole.takeDue(at(59)).isEmpty()).isTrue();
    assertThat(whole.takeDue(at(60)).paths()).containsExactlyInAnyOrder(A, B);
  }

  @Test
  void whatIsToBeLookedAtLaterIsNotLookedAtBefore() {
    debouncer.addLater(A, Duration.ofMillis(70), at(0));
    debouncer.addLater(B, Duration.ofMillis(20), at(0));
    assertThat(debouncer.takeDue(at(50)).paths()).containsExactly(B);
    assertThat(debouncer.takeDue(at(69)).isEmpty()).isTrue();
    assertThat(debouncer.takeDue(at(70)).paths()).containsExactly(A);
  }

  @Test
  void everyPathIsGivenExactlyOnceForItsHints() {
    long seed = Long.getLong("relais.seed", System.nanoTime());
    Random random = new Random(seed);
    Debouncer many = Debouncer.perPath(Duration.ofMillis(50), Duration.ofMillis(200), 1_000);
    Map<RelPath, Long> oldest = new HashMap<>();
    List<Sign> signs = List.of(Sign.values());
    for (long now = 0; now < 20_000; now += random.nextInt(20)) {
      RelPath path = RelPath.ofLatin1("p" + random.nextInt(30));
      if (random.nextInt(5) == 0) {
        RelPath other = RelPath.ofLatin1("p" + random.nextInt(30));
        many.addMove(path, other, random.nextBoolean(), at(now));
        oldest.putIfAbsent(other, now);
      } else {
        many.add(path, signs.get(random.nextInt(signs.size())), at(now));
      }
      oldest.putIfAbsent(path, now);
      for (RelPath due : many.takeDue(at(now)).paths()) {
        assertThat(oldest.remove(due)).as("seed %s: %s", seed, due).isNotNull();
      }
      for (Map.Entry<RelPath, Long> waiting : oldest.entrySet()) {
        assertThat(now - waiting.getValue()).as("seed %s: %s", seed, waiting).isLessThan(200);
      }
      assertThat(many.size()).as("seed %s", seed).isEqualTo(oldest.size());
    }
  }
}
