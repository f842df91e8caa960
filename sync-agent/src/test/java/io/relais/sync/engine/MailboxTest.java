package io.relais.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.RelPath;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.watch.ChangeSource;
import io.relais.sync.watch.Debouncer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class MailboxTest {
  private static final RelPath A = RelPath.ofLatin1("a");
  private static final RelPath D = RelPath.ofLatin1("d");

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final InstantSource clock = () -> now;
  private final Mailbox mailbox =
      new Mailbox(Debouncer.perPath(Duration.ofMillis(50), Duration.ofSeconds(2), 3), clock);

  @Test
  void givesHintsOnceTheyAreQuiet() {
    mailbox.changed(A);
    assertThat(mailbox.take().isEmpty()).isTrue();
    assertThat(mailbox.waiting().paths()).isEqualTo(1);

    now = now.plusMillis(50);

    assertThat(mailbox.take().hints()).containsExactly(A);
    assertThat(mailbox.waiting().paths()).isZero();
  }

  @Test
  void whoeverWaitsIsWokenByWhatIsDueAtOnce() throws InterruptedException {
    Thread source = Thread.ofVirtual().start(() -> mailbox.changed(A, ChangeSource.Sign.CLOSED));

    mailbox.await(Instant.MAX);

    assertThat(mailbox.take().hints()).containsExactly(A);
    assertThat(source.join(Duration.ofSeconds(30))).isTrue();
  }

  @Test
  void bothNamesOfAMovedDirectoryComeTogether() {
    mailbox.moved(A, D, true);

    assertThat(mailbox.take().hints()).containsExactlyInAnyOrder(A, D);
  }

  @Test
  void whatIsToComeLaterWaits() {
    mailbox.later(A, Duration.ofMillis(80));
    now = now.plusMillis(79);
    assertThat(mailbox.take().isEmpty()).isTrue();
    now = now.plusMillis(1);

    assertThat(mailbox.take().hints()).containsExactly(A);
  }

  @Test
  void rescansGoIntoAllBelow() {
    mailbox.rescan(D, "test");
    now = now.plusSeconds(1);

    ScanScope scanScope = mailbox.take();

    assertThat(scanScope.rescans()).containsExactly(D);
    assertThat(scanScope.relists()).isEmpty();
    assertThat(mailbox.take().isEmpty()).isTrue();
  }

  @Test
  void tooManyHintsBecomeARescanOfEverything() {
    for (int i = 0; i < 10; i++) {
      mailbox.changed(RelPath.ofLatin1("file" + i));
    }
    now = now.plusSeconds(3);

    assertThat(mailbox.take().rescans()).containsExactly(RelPath.ROOT);
  }

  @Test
  void aCallWakesWhoeverWaits() throws InterruptedException {
    Thread caller = Thread.ofVirtual().start(mailbox::wake);

    mailbox.await(Instant.MAX);

    assertThat(caller.join(Duration.ofSeconds(30))).isTrue();
  }

  @Test
  void remembersWhatIsWrongWithWatchingOnce() {
    mailbox.degraded("no more watches");
    mailbox.degraded("no more watches");

    assertThat(mailbox.waiting().degradations()).containsExactly("no more watches");
  }
}
