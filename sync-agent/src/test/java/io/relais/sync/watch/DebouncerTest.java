package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.relais.sync.plan.RelPath;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

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
}
