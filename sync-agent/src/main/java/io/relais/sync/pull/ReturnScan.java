package io.relais.sync.pull;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.plan.SyncRules.Exclusion;
import io.relais.sync.pull.BackupChange.What;
import io.relais.sync.pull.DecisionJournal.Decision;
import io.relais.sync.pull.ReturnScanResult.ProductionChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import io.relais.sync.transfer.ErrorText;
import io.relais.sync.transfer.WorkScheduler;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Finds what changed at the backup since a promotion: the copy against the index, which has what
 * was confirmed there before. What changed at production is found the same way, and what changed at
 * both is a conflict, unless it is now the same at both.
 *
 * <p>The times of a listing have whole seconds. An edit within the second of an earlier one, of the
 * same size, shows only in the content: so what bears a time since the promotion is read back and
 * compared by its hash, up to a number of bytes.
 */
public final class ReturnScan {
  private static final int WIDTH = 16;
  private static final int BUFFER = 128 << 10;

  /**
   * A copy that holds more than any site does: then somebody fills it, or its server invents it.
   */
  private static final int MOST_CHANGES = 1_000_000;

  private final SourceTree source;
  private final SyncTarget target;
  private final MirrorIndex index;
  private final Exclusion exclusion;
  private final DecisionJournal journal;
  private final long promotedSecond;
  private final boolean everyContent;
  private final AtomicLong readable;
  private final CopyReader reader;
  private final FileSystemFeatures disk;

  /** What one directory has given. */
  private static final class Findings {
    private final List<BackupChange> changes = new ArrayList<>();
    private final List<BackupChange> already = new ArrayList<>();
    private final List<ProductionChange> atProduction = new ArrayList<>();
    private final List<PathProblem> skipped = new ArrayList<>();
    private final List<PathProblem> problems = new ArrayList<>();
    private final List<Node> below = new ArrayList<>();
    private long settled;
    private long readBack;

    void add(Findings other) {
      changes.addAll(other.changes);
      already.addAll(other.already);
      atProduction.addAll(other.atProduction);
      skipped.addAll(other.skipped);
      problems.addAll(other.problems);
      settled += other.settled;
      readBack += other.readBack;
    }
  }

  /** A directory, and where it is one. */
  private record Node(RelPath path, boolean atBackup, boolean atProduction, boolean known) {}

  /**
   * Prepares a comparison.
   *
   * @param index what was confirmed at the target; it is only read
   * @param promoted when the backup went live, by its own clock
   * @param everyContent whether every file is read back, however old it is
   * @param readable bytes that may be read back otherwise
   */
  public ReturnScan(
      SourceTree source,
      SyncTarget target,
      MirrorIndex index,
      Exclusion exclusion,
      DecisionJournal journal,
      Instant promoted,
      boolean everyContent,
      long readable) {
    this.source = source;
    this.target = target;
    this.index = index;
    this.exclusion = exclusion;
    this.journal = journal;
    this.promotedSecond = promoted.getEpochSecond();
    this.everyContent = everyContent;
    this.readable = new AtomicLong(everyContent ? Long.MAX_VALUE : readable);
    this.reader = new CopyReader(target);
    this.disk = target.capabilities().disk();
  }

  /**
   * Compares everything.
   *
   * @throws io.relais.sync.remote.TargetUnavailableException if the connection is lost
   * @throws FileSystemException if the copy has no root, or more changes than can be
   */
  public ReturnScanResult run() throws IOException {
    TargetEntry root = target.stat(RelPath.ROOT);
    if (root == null || root.kind() != EntryKind.DIRECTORY) {
      throw new FileSystemException(
          target.place().shown(RelPath.ROOT), null, "the copy is not there; nothing is compared");
    }
    Findings all = new Findings();
    WorkScheduler.explore(
        () -> false, // The command is ended by a signal.
        WIDTH,
        ImmutableList.of(new Node(RelPath.ROOT, true, true, true)),
        this::look,
        findings -> {
          all.add(findings);
          return all.changes.size() > MOST_CHANGES
              ? ImmutableList.of()
              : ImmutableList.copyOf(findings.below);
        });
    if (all.changes.size() > MOST_CHANGES) {
      throw new FileSystemException(
          target.place().shown(RelPath.ROOT),
          null,
          "more than %,d entries changed there; look who fills it".formatted(MOST_CHANGES));
    }
    return new ReturnScanResult(
        sorted(all.changes, Comparator.comparing(BackupChange::path)),
        sorted(all.already, Comparator.comparing(BackupChange::path)),
        all.settled,
        sorted(all.atProduction, Comparator.comparing(ProductionChange::path)),
        sorted(all.skipped, Comparator.comparing(PathProblem::path)),
        sorted(all.problems, Comparator.comparing(PathProblem::path)),
        all.readBack);
  }

  private static <T> ImmutableList<T> sorted(List<T> found, Comparator<T> order) {
    return ImmutableList.sortedCopyOf(order, found);
  }

  private Findings look(Node node) throws IOException {
    Findings findings = new Findings();
    Map<String, TargetEntry> there;
    Map<String, SourceEntry> here;
    try {
      there = node.atBackup() ? target.list(node.path()) : Map.of();
      here = node.atProduction() ? source.list(node.path()) : Map.of();
    } catch (TargetException e) {
      findings.problems.add(
          new PathProblem(node.path(), ErrorText.ofLook(e, node.path(), target.place())));
      return findings;
    } catch (FileSystemException e) {
      findings.problems.add(new PathProblem(node.path(), ErrorText.ofSource(e)));
      return findings;
    }
    Map<String, IndexEntry> known = node.known() ? index.children(node.path()) : Map.of();
    TreeSet<String> names = new TreeSet<>(there.keySet());
    names.addAll(here.keySet());
    names.addAll(known.keySet());
    for (String name : names) {
      if (!TemporaryNames.isTemporary(name)) {
        compare(
            findings, node.path().child(name), known.get(name), there.get(name), here.get(name));
      }
    }
    return findings;
  }

  private void compare(
      Findings findings,
      RelPath path,
      @Nullable IndexEntry known,
      @Nullable TargetEntry there,
      @Nullable SourceEntry here)
      throws IOException {
    if (isExcluded(path, there == null ? null : there.kind())
        || isExcluded(path, here == null ? null : here.kind())) {
      return;
    }
    if (there != null && there.kind() == EntryKind.OTHER) {
      findings.skipped.add(
          new PathProblem(path, "a device, pipe or socket at the backup is never brought back"));
      return;
    }
    if (here != null && here.kind() == EntryKind.OTHER) {
      if (there != null) {
        findings.skipped.add(
            new PathProblem(path, "a device, pipe or socket is in its place at production"));
      }
      return;
    }
    if (known != null && known.isDamaged() && there != null) {
      findings.skipped.add(
          new PathProblem(
              path, "its copy was found damaged before the promotion, and was not sent again"));
      return;
    }
    try {
      judge(findings, path, known, there, here);
    } catch (TargetException e) {
      findings.problems.add(new PathProblem(path, ErrorText.ofLook(e, path, target.place())));
    } catch (FileSystemException e) {
      findings.problems.add(new PathProblem(path, ErrorText.ofSource(e)));
    }
    boolean atBackup = there != null && there.kind() == EntryKind.DIRECTORY;
    boolean atProduction = here != null && here.kind() == EntryKind.DIRECTORY;
    boolean before = known != null && known.target().kind() == EntryKind.DIRECTORY;
    if (atBackup || atProduction || before) {
      findings.below.add(new Node(path, atBackup, atProduction, before));
    }
  }

  private boolean isExcluded(RelPath path, @Nullable EntryKind entryKind) {
    return entryKind != null && exclusion.excludes(path, entryKind == EntryKind.DIRECTORY);
  }

  private void judge(
      Findings findings,
      RelPath path,
      @Nullable IndexEntry known,
      @Nullable TargetEntry there,
      @Nullable SourceEntry here)
      throws IOException {
    What atBackup = atBackup(findings, path, known, there, here);
    What atProduction = atProduction(path, known, here, atBackup != null);
    if (atBackup == null) {
      if (atProduction != null) {
        findings.atProduction.add(new ProductionChange(path, atProduction));
      }
      return;
    }
    TargetEntry wanted = there == null ? null : BackupChange.allowed(there);
    // What makes room for an entry of another kind may have been interrupted: nothing is there.
    boolean cleared =
        here == null && known != null && there != null && known.target().kind() != there.kind();
    boolean conflict = atProduction != null && !cleared;
    BackupChange change = new BackupChange(path, atBackup, conflict, wanted, here);
    Decision decision = journal.decision(path, change.version());
    if (isSameNow(findings, path, wanted, here, decision)) {
      findings.already.add(change);
    } else if (decision != null && decision != Decision.BACKUP) {
      findings.settled++;
    } else {
      findings.changes.add(change);
    }
  }

  private @Nullable What atBackup(
      Findings findings,
      RelPath path,
      @Nullable IndexEntry known,
      @Nullable TargetEntry there,
      @Nullable SourceEntry here)
      throws IOException {
    if (known == null || there == null) {
      return there != null ? What.NEW : known != null ? What.DELETED : null;
    }
    TargetEntry set = known.target();
    if (set.kind() != there.kind()) {
      return What.EDITED;
    }
    boolean edited =
        switch (set.kind()) {
          case FILE ->
              !disk.isSame(set, there) || hasOtherContent(findings, path, known, there, here);
          case SYMLINK -> !Objects.equals(set.linkTarget(), there.linkTarget());
          case DIRECTORY ->
              known.isSettled()
                  && !disk.isSameMode(set, there)
                  // It was unlocked, to be filled, when the connection ended.
                  && there.mode() != (set.mode() | TargetEntry.UNLOCKED);
          case OTHER -> false;
        };
    return edited ? What.EDITED : null;
  }

  /** Whether a file that a listing shows unchanged has another content. */
  private boolean hasOtherContent(
      Findings findings,
      RelPath path,
      IndexEntry known,
      TargetEntry there,
      @Nullable SourceEntry here)
      throws IOException {
    // Whoever edits it at the backup after the promotion gives it a time since then.
    if (!everyContent && there.mtimeSeconds() < promotedSecond) {
      return false;
    }
    HashCode before = known.hash();
    if (before == null && (here == null || isChanged(known.source(), here))) {
      return false; // Nobody knows what it was.
    }
    if (!mayRead(findings, path, there)) {
      return false;
    }
    HashCode now = reader.read(path, there, (_, _, _) -> {});
    return !now.equals(before == null ? hash(path) : before);
  }

  private boolean mayRead(Findings findings, RelPath path, TargetEntry there) {
    if (readable.addAndGet(-there.size()) < 0) {
      findings.problems.add(
          new PathProblem(
              path,
              "its content was not compared, and its time can't tell whether it changed: too much"
                  + " would be read; run this with --checksum"));
      return false;
    }
    findings.readBack++;
    return true;
  }

  private HashCode hash(RelPath path) throws IOException {
    byte[] buffer = new byte[BUFFER];
    Hasher hasher = Hashing.sha256().newHasher();
    try (SourceFile file = source.open(path)) {
      for (int n = file.read(buffer, 0, BUFFER); n > 0; n = file.read(buffer, 0, BUFFER)) {
        hasher.putBytes(buffer, 0, n);
      }
    }
    return hasher.hash();
  }

  /**
   * What changed at production.
   *
   * @param exactly whether a file whose inode changed, and nothing else, is read
   */
  private @Nullable What atProduction(
      RelPath path, @Nullable IndexEntry known, @Nullable SourceEntry here, boolean exactly)
      throws IOException {
    if (known == null || here == null) {
      return here != null ? What.NEW : known != null ? What.DELETED : null;
    }
    SourceEntry before = known.source();
    if (isChanged(before, here)) {
      return What.EDITED;
    }
    HashCode content = known.hash();
    if (!exactly || content == null) {
      return null;
    }
    boolean doubtful = before.isRacy() || here.isRacy() || before.ctimeNanos() != here.ctimeNanos();
    return doubtful && !content.equals(hash(path)) ? What.EDITED : null;
  }

  private static boolean isChanged(SourceEntry before, SourceEntry now) {
    return before.kind() != now.kind()
        || !Objects.equals(before.linkTarget(), now.linkTarget())
        || (now.kind() != EntryKind.SYMLINK && before.mode() != now.mode())
        || (now.kind() == EntryKind.FILE
            && (before.size() != now.size() || before.mtimeNanos() != now.mtimeNanos()));
  }

  /** Whether production has by now what the backup has. */
  private boolean isSameNow(
      Findings findings,
      RelPath path,
      @Nullable TargetEntry wanted,
      @Nullable SourceEntry here,
      @Nullable Decision decision)
      throws IOException {
    if (wanted == null || here == null) {
      return wanted == null && here == null;
    }
    TargetEntry has = BackupChange.allowed(here.asTarget());
    if (has.kind() != wanted.kind()) {
      return false;
    }
    return switch (wanted.kind()) {
      case DIRECTORY -> disk.isSameMode(has, wanted);
      case SYMLINK -> Objects.equals(has.linkTarget(), wanted.linkTarget());
      case FILE ->
          disk.isSame(has, wanted)
              && ((decision == Decision.BACKUP && isOfWholeSeconds(here))
                  || (mayRead(findings, path, wanted)
                      && reader.read(path, wanted, (_, _, _) -> {}).equals(hash(path))));
      case OTHER -> false;
    };
  }

  /** As a file is that was brought back: those written at production have finer times. */
  private static boolean isOfWholeSeconds(SourceEntry here) {
    return here.mtimeNanos() % 1_000_000_000L == 0;
  }
}
