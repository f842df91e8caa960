package io.relais.sync.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.RelPath;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SuspectCopiesTest {
  private static final RelPath FILE = RelPath.ofLatin1("file");
  private static final RelPath OTHER = RelPath.ofLatin1("other");

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final SuspectCopies copies = new SuspectCopies(() -> now);

  @Test
  void whatIsSmallIsSentAgainAndWhatIsLargeIsReadBackOnceItIsQuiet() {
    assertThat(copies.sendsAgain(FILE, SuspectCopies.LARGEST_SENT_AGAIN)).isTrue();
    assertThat(copies.due()).isEmpty();
    assertThat(copies.sendsAgain(FILE, SuspectCopies.LARGEST_SENT_AGAIN + 1)).isFalse();
    assertThat(copies.due()).contains(now.plus(SuspectCopies.QUIET));
    assertThat(copies.take(now, 9)).isEmpty();
    now = now.plus(SuspectCopies.QUIET);
    assertThat(copies.take(now, 9)).containsExactly(FILE);
    assertThat(copies.due()).isEmpty();
  }

  /** A program that writes all of a site each minute, with nothing new in it. */
  @Test
  void whatAProgramSavesByTheThousandIsSentAgainOnlyUpToAnAllowance() {
    long size = 100_000;
    long most = SuspectCopies.ALLOWANCE / size;
    long sent =
        IntStream.range(0, 5_000)
            .filter(i -> copies.sendsAgain(RelPath.ofLatin1("f" + i), size))
            .count();
    assertThat(sent).isEqualTo(most);
    now = now.plus(SuspectCopies.EVERY.dividedBy(2));
    sent = IntStream.range(0, 5_000).filter(_ -> copies.sendsAgain(FILE, size)).count();
    assertThat(sent).isBetween(most / 2 - 1, most / 2 + 1);
  }

  @Test
  void nothingIsReadBackMoreThanOnceAnHour() {
    copies.readBack(FILE);
    copies.readBack(FILE);
    now = now.plus(Duration.ofMinutes(1));
    assertThat(copies.take(now, 9)).containsExactly(FILE);
    copies.wasRead(FILE);
    copies.readBack(FILE);
    copies.readBack(OTHER);
    now = now.plus(Duration.ofMinutes(59));
    assertThat(copies.take(now, 9)).containsExactly(OTHER);
    now = now.plus(Duration.ofMinutes(1));
    assertThat(copies.take(now, 9)).containsExactly(FILE);
  }
}
