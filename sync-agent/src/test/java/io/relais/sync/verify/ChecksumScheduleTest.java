package io.relais.sync.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.index.InMemoryIndex;
import io.relais.sync.path.RelPath;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ChecksumScheduleTest {
  private static final Duration PERIOD = Duration.ofDays(30);
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final long EACH = 4 << 10;

  private final InMemoryIndex index = new InMemoryIndex();
  private final Random random = new Random(Long.getLong("relais.seed", 7));

  /** Files of up to a megabyte; the sum of their sizes, as a scan weighs them. */
  private long fill(int files) {
    long all = 0;
    for (int i = 0; i < files; i++) {
      long size = random.nextInt(1 << 20);
      SourceEntry entry = new SourceEntry(EntryKind.FILE, size, i, i, 0644, 1, i + 1, null);
      index.put(
          RelPath.ofLatin1("f%05d".formatted(i)), new IndexEntry(entry, entry.asTarget(), null));
      all += size + EACH;
    }
    return all;
  }

  @Test
  void readsEachFileOnceWithinThePeriodAndSpreadEvenlyAcrossRestarts() {
    long all = fill(2_000);
    Set<RelPath> read = new HashSet<>();
    long weight = 0;
    String end = null;
    ChecksumSchedule scan = new ChecksumSchedule(PERIOD, index, BEGIN);
    Instant now = BEGIN;
    while (end == null) {
      assertThat(scan.next()).isAfter(now);
      now = scan.next();
      if (random.nextInt(50) == 0) {
        scan = new ChecksumSchedule(PERIOD, index, now);
        now = scan.next();
      }
      Map<RelPath, IndexEntry> due = scan.due(now);
      for (Map.Entry<RelPath, IndexEntry> each : due.entrySet()) {
        assertThat(read.add(each.getKey())).as("%s", each.getKey()).isTrue();
        weight += each.getValue().source().size() + EACH;
      }
      double even = all * (Duration.between(BEGIN, now).toMillis() / (double) PERIOD.toMillis());
      assertThat((double) weight).isBetween(even - all / 100.0, even + 2 * (1 << 20));
      end = due.isEmpty() ? null : scan.read(due, 0, now);
    }
    assertThat(read).hasSize(2_000);
    assertThat(now).isBetween(BEGIN.plus(PERIOD).minus(PERIOD.dividedBy(50)), BEGIN.plus(PERIOD));
    assertThat(end).contains("complete");
    assertThat(scan.report().percent()).isEqualTo(100);
    assertThat(scan.report().completed()).isEqualTo(now);
  }

  @Test
  void restsUntilThePeriodIsOverAndBeginsAgain() {
    fill(3);
    ChecksumSchedule scan = new ChecksumSchedule(PERIOD, index, BEGIN);
    Instant now = BEGIN;
    while (!scan.isAtEnd()) {
      now = scan.next();
      Map<RelPath, IndexEntry> due = scan.due(now);
      if (!due.isEmpty() && scan.read(due, 1, now) != null) {
        break;
      }
    }
    assertThat(scan.report().differed()).isEqualTo(3);
    Instant rested = scan.next();
    assertThat(scan.due(rested)).isEmpty();
    assertThat(scan.next()).isEqualTo(BEGIN.plus(PERIOD));
    assertThat(scan.due(scan.next())).isEmpty();
    assertThat(scan.report().differed()).isZero();
    assertThat(scan.due(scan.next())).hasSize(1);
  }

  @Test
  void aPositionThatCanNotBeReadBeginsAnew() {
    fill(3);
    index.setNote("checksum-scan", new byte[] {1, 2, 3});
    ChecksumSchedule scan = new ChecksumSchedule(PERIOD, index, BEGIN);
    assertThat(scan.report().began()).isEqualTo(BEGIN);
    assertThat(scan.due(BEGIN.plus(PERIOD))).isNotEmpty();
  }

  @Test
  void afterALongStopItCatchesUpAtABoundedRate() {
    long all = fill(2_000);
    var _ = new ChecksumSchedule(PERIOD, index, BEGIN);
    Instant late = BEGIN.plus(PERIOD.dividedBy(2));
    ChecksumSchedule scan = new ChecksumSchedule(PERIOD, index, late);
    long due =
        scan.due(late).values().stream().mapToLong(each -> each.source().size() + EACH).sum();
    assertThat(due).isBetween(1L, all / 500);
  }
}
