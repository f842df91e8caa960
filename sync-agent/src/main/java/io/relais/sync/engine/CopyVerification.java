package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sync.entry.Counts;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Drift;
import io.relais.sync.scan.DriftDetector;
import io.relais.sync.status.CopyReport;
import io.relais.sync.status.CopyReport.LeftOutCounts;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.SuspectCopyListener;
import io.relais.sync.verify.ChecksumSchedule;
import io.relais.sync.verify.CopyVerifier;
import io.relais.sync.verify.CopyVerifier.Batch;
import io.relais.sync.verify.CopyVerifier.Finding;
import io.relais.sync.verify.SuspectCopies;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that what is known of the copies is so: takes reports of copies that are wrong, reads
 * back those in doubt and, where that is wanted, all of them, and has what is wrong sent again.
 * {@link #suspect} is for any thread, the rest for the owner's.
 */
final class CopyVerification {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  /** What is read back without being asked for leaves room for others. */
  private static final long LEAST_RATE = 4 << 20;

  private static final int MOST_AT_ONCE = 256;
  private static final int MOST_NAMED = 10;

  private final MirrorSettings settings;
  private final MirrorIndex index;
  private final InstantSource clock;
  private final Mailbox mailbox;
  private final StatusSink board;
  private final SuspectCopies doubtful;

  @GuardedBy("this")
  private final Set<RelPath> suspects = new LinkedHashSet<>();

  @GuardedBy("this")
  private boolean comparing;

  private ImmutableMap<RelPath, IndexEntry> scanned = ImmutableMap.of();
  private List<RelPath> reading = ImmutableList.of();
  private ImmutableList<Drift> drift = ImmutableList.of();
  private long damaged;
  private CopyReport shown = CopyReport.NOTHING;

  /** Made once the index is needed anyway; null where the copy is not to be read back. */
  private @Nullable ChecksumSchedule scan;

  private LeftOutCounts leftOut = LeftOutCounts.NONE;
  private ImmutableList<String> lacks = ImmutableList.of();

  CopyVerification(
      MirrorSettings settings,
      MirrorIndex index,
      Mailbox mailbox,
      StatusSink board,
      InstantSource clock) {
    this.board = board;
    this.settings = settings;
    this.index = index;
    this.mailbox = mailbox;
    this.clock = clock;
    this.doubtful = new SuspectCopies(clock);
  }

  /** Where copies are reported whose content is not certain. */
  SuspectCopyListener doubts() {
    return doubtful;
  }

  /**
   * Somebody found the contents of these copies to be wrong.
   *
   * @param compare whether all is to be compared as well
   */
  void suspect(Collection<RelPath> paths, boolean compare) {
    synchronized (this) {
      suspects.addAll(paths);
      comparing |= compare;
    }
    mailbox.wake();
  }

  /** How many copies are known to be wrong, and not noted yet. */
  synchronized long waiting() {
    return (long) suspects.size() + (comparing ? 1 : 0);
  }

  /** Whether somebody has asked that all be compared; once. */
  synchronized boolean takeComparing() {
    boolean wanted = comparing;
    comparing = false;
    return wanted;
  }

  /** Notes in the index what was reported or read since, so that it is sent again. */
  void note(CopyVerifier reader) {
    Batch batch = reader.take();
    if (batch != null) {
      settle(batch);
    }
    note();
  }

  /** The same where nothing can be read. */
  void note() {
    List<RelPath> taken;
    synchronized (this) {
      if (suspects.isEmpty()) {
        return;
      }
      taken = List.copyOf(suspects);
      suspects.clear();
    }
    repair(taken, "verify");
  }

  private void repair(Collection<RelPath> paths, String finder) {
    ImmutableList<RelPath> known = DriftDetector.damaged(index, paths);
    if (known.isEmpty()) {
      return;
    }
    damaged += known.size();
    show();
    String named =
        String.join(", ", known.stream().limit(MOST_NAMED).map(RelPath::toString).toList());
    LOG.warn(
        "{}: {} found {} at the target with another content than {} should have: {}{}; {} sent"
            + " again",
        settings.name(),
        finder,
        Counts.of(known.size(), "file"),
        known.size() == 1 ? "it" : "they",
        named,
        known.size() > MOST_NAMED ? " and %,d more".formatted(known.size() - MOST_NAMED) : "",
        known.size() == 1 ? "it is" : "they are");
    known.forEach(mailbox::ready);
  }

  /** Begins to read what is due; to be called when the mirror has nothing else to do. */
  void read(CopyVerifier reader) {
    Instant now = clock.instant();
    if (scan == null && settings.checksumScan().isPresent()) {
      scan = new ChecksumSchedule(settings.checksumScan().get(), index, now);
      show();
    }
    if (reader.isBusy()) {
      return;
    }
    List<RelPath> due = doubtful.take(now, MOST_AT_ONCE);
    if (!due.isEmpty()) {
      reading = due;
      reader.begin(known(due), LEAST_RATE);
    } else if (scan != null && !scan.next().isAfter(now)) {
      scanned = scan.due(now);
      if (scanned.isEmpty() && scan.isAtEnd()) {
        tell(scan.read(scanned, 0, now));
      } else if (!scanned.isEmpty()) {
        reader.begin(scanned, Math.max(LEAST_RATE, scan.rate()));
      }
    }
  }

  private ImmutableMap<RelPath, IndexEntry> known(List<RelPath> paths) {
    ImmutableMap.Builder<RelPath, IndexEntry> files = ImmutableMap.builder();
    for (RelPath path : paths) {
      IndexEntry indexEntry = index.get(path);
      if (indexEntry != null
          && indexEntry.target().kind() == EntryKind.FILE
          && !indexEntry.isDamaged()) {
        files.put(path, indexEntry);
      }
    }
    return files.buildOrThrow();
  }

  /** What was recorded again while it was read says nothing. */
  private void settle(Batch batch) {
    List<RelPath> wrong = new ArrayList<>();
    for (Finding each : batch.findings()) {
      boolean isAsRead = each.confirmed().equals(index.get(each.path()));
      switch (each.verdict()) {
        case SAME -> {
          doubtful.wasRead(each.path());
          if (isAsRead && each.content() != null) {
            IndexEntry before = each.confirmed();
            index.put(
                each.path(), new IndexEntry(before.source(), before.target(), each.content()));
          }
        }
        case DIFFERENT -> {
          if (isAsRead) {
            wrong.add(each.path());
          } else {
            doubtful.readBack(each.path());
          }
        }
        case UNKNOWN -> {}
      }
    }
    boolean isScan = !scanned.isEmpty();
    if (!wrong.isEmpty()) {
      repair(wrong, isScan ? "the checksum scan" : "reading back");
    }
    if (isScan && batch.whole() && scan != null) {
      tell(scan.read(scanned, wrong.size(), clock.instant()));
    }
    if (!batch.whole()) {
      reading.stream().skip(batch.findings().size()).forEach(doubtful::readBack);
    }
    scanned = ImmutableMap.of();
    reading = ImmutableList.of();
    show();
  }

  private void tell(@Nullable String line) {
    if (line != null) {
      LOG.info("{}: {}", settings.name(), line);
    }
  }

  /** The connection is gone: what was being read there is read on the next. */
  void disconnected() {
    reading.forEach(doubtful::readBack);
    reading = ImmutableList.of();
    scanned = ImmutableMap.of();
  }

  /** When there is something to attend to; {@code otherwise} if that is not before it. */
  Instant due(CopyVerifier reader, Instant otherwise) {
    if (reader.isBusy()) {
      return otherwise; // It says when it is done.
    }
    Instant due = doubtful.due().filter(each -> each.isBefore(otherwise)).orElse(otherwise);
    return scan != null && scan.next().isBefore(due) ? scan.next() : due;
  }

  /** What a comparison of everything, or of a part, has found to be changed at the target. */
  void drifted(Cycle.Observer.Drifted found) {
    List<String> lines = found.news();
    lines.stream().limit(MOST_NAMED).forEach(line -> LOG.warn("{}: {}", settings.name(), line));
    if (lines.size() > MOST_NAMED) {
      LOG.warn(
          "{}: and %,d more entries were changed at the target"
              .formatted(lines.size() - MOST_NAMED),
          settings.name());
    }
    if (found.everything()) {
      drift = ImmutableList.copyOf(found.found());
    } else if (!found.found().isEmpty()) {
      drift =
          ImmutableList.copyOf(
              new LinkedHashSet<>(
                  ImmutableList.<Drift>builder().addAll(drift).addAll(found.found()).build()));
    }
    show();
  }

  /** What a comparison of everything has found on one side alone, as is meant. */
  void leftOut(LeftOutCounts found) {
    leftOut = found;
    show();
  }

  /** What the target can't do; each is logged once. */
  void lacks(ImmutableList<String> found) {
    found.stream()
        .filter(line -> !lacks.contains(line))
        .forEach(line -> LOG.info("{}: at the target, {}", settings.name(), line));
    lacks = found;
    show();
  }

  private void show() {
    CopyReport now = report();
    if (!now.equals(shown)) {
      shown = now;
      board.copy(settings.name(), now);
    }
  }

  private CopyReport report() {
    return new CopyReport(
        drift.stream()
            .limit(MOST_NAMED)
            .map(each -> DriftDetector.describe(ImmutableList.of(each), 1))
            .collect(ImmutableList.toImmutableList()),
        drift.size(),
        damaged,
        scan == null ? null : scan.report(),
        leftOut,
        lacks);
  }
}
