package io.relais.sync.pull;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.pull.BackupChange.What;
import io.relais.sync.pull.DecisionJournal.Decision;
import io.relais.sync.pull.ReturnChoices.ConflictRule;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.source.SourceWriter;
import io.relais.sync.transfer.ErrorText;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Carries out at production what an operator has chosen of what changed at the backup. Nothing is
 * overwritten or removed before a copy of it is kept, and flushed. May be ended at any point and
 * run again: what is done is found to be done. For one thread.
 */
public final class ReturnExecutor implements AutoCloseable {
  private static final int PLAIN_DIRECTORY = 0755;

  private final SourceWriter production;
  private final SyncTarget target;
  private final CopyReader reader;
  private final KeptVersions fromProduction;
  private final KeptVersions fromBackup;
  private final DecisionJournal journal;
  private final ReturnChoices choices;
  private final String date;

  private final List<PathProblem> problems = new ArrayList<>();
  private final List<PathProblem> kept = new ArrayList<>();
  private long done;
  private long left;
  private long stays;

  /**
   * Opens what is written to.
   *
   * @param production the source; closed with this
   * @param productionVersions a directory for what is replaced or removed
   * @param backupVersions a directory for what of the backup's does not go to production
   * @param date of the promotion, for the names of files that are put beside others
   */
  public static ReturnExecutor open(
      SourceWriter production,
      SyncTarget target,
      Path productionVersions,
      Path backupVersions,
      DecisionJournal journal,
      ReturnChoices choices,
      String date)
      throws IOException {
    KeptVersions fromProduction = KeptVersions.in(productionVersions);
    try {
      return new ReturnExecutor(
          production,
          target,
          fromProduction,
          KeptVersions.in(backupVersions),
          journal,
          choices,
          date);
    } catch (IOException e) {
      fromProduction.close();
      throw e;
    }
  }

  private ReturnExecutor(
      SourceWriter production,
      SyncTarget target,
      KeptVersions fromProduction,
      KeptVersions fromBackup,
      DecisionJournal journal,
      ReturnChoices choices,
      String date) {
    this.production = production;
    this.target = target;
    this.reader = new CopyReader(target);
    this.fromProduction = fromProduction;
    this.fromBackup = fromBackup;
    this.journal = journal;
    this.choices = choices;
    this.date = date;
  }

  /**
   * What came out.
   *
   * @param done changes that were settled by this
   * @param left changes that are not settled, for want of a choice
   * @param stays what was deleted at the backup and stays at production, which sends it again
   * @param kept what was kept instead of being brought to its place, and why
   * @param problems what could not be done
   */
  public record ReturnOutcome(
      long done,
      long left,
      long stays,
      ImmutableList<PathProblem> kept,
      ImmutableList<PathProblem> problems) {}

  /**
   * Carries out what is chosen.
   *
   * @param progress told of each change that is settled, and how
   * @throws io.relais.sync.remote.TargetUnavailableException if the connection is lost
   */
  public ReturnOutcome run(ReturnScanResult found, Consumer<String> progress) throws IOException {
    for (BackupChange change : found.already()) {
      if (journal.decision(change.path(), change.version()) != Decision.BACKUP) {
        journal.add(change, Decision.BACKUP);
      }
    }
    // What a directory holds goes before it, and what takes its place comes after that.
    for (BackupChange change : found.changes().reverse()) {
      if (change.what() == What.DELETED) {
        settle(change, progress);
      }
    }
    for (BackupChange change : found.changes()) {
      if (change.what() != What.DELETED) {
        settle(change, progress);
      }
    }
    return new ReturnOutcome(
        done, left, stays, ImmutableList.copyOf(kept), ImmutableList.copyOf(problems));
  }

  private void settle(BackupChange change, Consumer<String> progress) throws IOException {
    if (!choices.chooses(change.path())) {
      left++;
      return;
    }
    RelPath path = change.path();
    try {
      Decision decision = change.what() == What.DELETED ? delete(change) : bring(change);
      if (decision != null) {
        journal.add(change, decision);
        done++;
        progress.accept(
            switch (decision) {
                  case BACKUP -> change.what() == What.DELETED ? "deleted" : "brought back";
                  case PRODUCTION -> "production's stays";
                  case BOTH -> "put beside production's";
                  case KEPT -> "kept";
                }
                + ": "
                + path);
      }
    } catch (TargetException e) {
      problems.add(new PathProblem(path, ErrorText.ofLook(e, path, target.place())));
    } catch (FileSystemException e) {
      problems.add(new PathProblem(path, ErrorText.ofSource(e)));
    }
  }

  /** Null where it stays undecided. */
  private @Nullable Decision delete(BackupChange change) throws IOException {
    SourceEntry here = Objects.requireNonNull(change.production());
    if (change.conflict() && choices.conflicts() == ConflictRule.NONE && !choices.keepOnly()) {
      left++;
      return null;
    }
    if (choices.keepOnly()
        || !choices.deletes()
        || (change.conflict() && choices.conflicts() != ConflictRule.BACKUP)) {
      stays++;
      return null;
    }
    if (choices.databases().test(change.path())) {
      kept.add(new PathProblem(change.path(), "a database that production has open: not deleted"));
      stays++;
      return null;
    }
    if (here.kind() != EntryKind.DIRECTORY) {
      fromProduction.keep(production, change.path(), here);
    }
    try {
      production.remove(change.path(), here);
    } catch (DirectoryNotEmptyException e) {
      stays++; // It holds what is not to go.
      return null;
    }
    return Decision.BACKUP;
  }

  /** Null where it stays undecided. */
  private @Nullable Decision bring(BackupChange change) throws IOException {
    TargetEntry wanted = Objects.requireNonNull(change.backup());
    if (choices.keepOnly()) {
      keep(change, wanted);
      return Decision.KEPT;
    }
    if (change.conflict()) {
      switch (choices.conflicts()) {
        case NONE -> {
          left++;
          return null;
        }
        case PRODUCTION -> {
          keep(change, wanted);
          return Decision.PRODUCTION;
        }
        case BOTH -> {
          return beside(change, wanted);
        }
        case BACKUP -> {}
      }
    }
    String objection = objection(change, wanted);
    if (objection != null) {
      keep(change, wanted);
      kept.add(new PathProblem(change.path(), objection));
      return Decision.KEPT;
    }
    put(change, wanted);
    return Decision.BACKUP;
  }

  /** Why it must not go to its place; null if it may. */
  private @Nullable String objection(BackupChange change, TargetEntry wanted) throws IOException {
    if (choices.databases().test(change.path())) {
      return "a database that production has open is not replaced; restore it with its own program";
    }
    if (wanted.kind() == EntryKind.SYMLINK && leadsOut(change.path(), KeptVersions.text(wanted))) {
      return "a symlink that leads out of the site is not made; make it by hand if it is meant";
    }
    for (RelPath above : change.path().ancestors()) {
      SourceEntry there = production.stat(above);
      if (there != null && there.kind() != EntryKind.DIRECTORY) {
        return above + " is not a directory at production";
      }
    }
    SourceEntry here = change.production();
    if (here != null
        && here.kind() == EntryKind.DIRECTORY
        && wanted.kind() != EntryKind.DIRECTORY
        && !production.list(change.path()).isEmpty()) {
      return "a directory that is not empty is in its place at production"
          + (choices.deletes() ? "" : "; see --deletes");
    }
    return null;
  }

  /** By its text alone: what it leads through may be a symlink in its turn, and is looked at so. */
  private static boolean leadsOut(RelPath path, String text) {
    if (text.startsWith("/")) {
      return true;
    }
    int depth = path.parent().isRoot() ? 0 : path.parent().ancestors().size();
    for (String name : text.split("/")) {
      if (name.equals("..")) {
        depth--;
      } else if (!name.isEmpty() && !name.equals(".")) {
        depth++;
      }
      if (depth < 0) {
        return true;
      }
    }
    return false;
  }

  private void put(BackupChange change, TargetEntry wanted) throws IOException {
    RelPath path = change.path();
    SourceEntry here = change.production();
    makeParents(path);
    switch (wanted.kind()) {
      case DIRECTORY -> {
        if (here != null && here.kind() == EntryKind.DIRECTORY) {
          production.setMode(path, here, wanted.mode());
        } else {
          clear(path, here);
          production.makeDirectory(path, wanted.mode());
        }
      }
      case FILE -> {
        SourceEntry replaced = replaced(path, here);
        production.write(
            path,
            replaced,
            wanted.mode(),
            wanted.mtimeSeconds(),
            sink -> reader.read(path, wanted, sink));
      }
      case SYMLINK -> production.link(path, replaced(path, here), KeptVersions.text(wanted));
      case OTHER -> throw new IllegalArgumentException("a special file: " + path);
    }
  }

  /** Keeps what a rename is about to replace; a directory, which is empty, goes at once. */
  private @Nullable SourceEntry replaced(RelPath path, @Nullable SourceEntry here)
      throws IOException {
    if (here != null && here.kind() == EntryKind.DIRECTORY) {
      production.remove(path, here);
      return null;
    }
    if (here != null) {
      fromProduction.keep(production, path, here);
    }
    return here;
  }

  private void clear(RelPath path, @Nullable SourceEntry here) throws IOException {
    if (here != null) {
      fromProduction.keep(production, path, here);
      production.remove(path, here);
    }
  }

  private void makeParents(RelPath path) throws IOException {
    for (RelPath above : path.ancestors()) {
      if (!above.isRoot() && production.stat(above) == null) {
        TargetEntry there = target.stat(above);
        production.makeDirectory(
            above,
            there == null || there.kind() != EntryKind.DIRECTORY
                ? PLAIN_DIRECTORY
                : BackupChange.allowed(there).mode());
      }
    }
  }

  private void keep(BackupChange change, TargetEntry wanted) throws IOException {
    fromBackup.keep(change.path(), wanted, sink -> reader.read(change.path(), wanted, sink));
  }

  /** Puts the backup's version next to production's; where that can't be, it is kept. */
  private Decision beside(BackupChange change, TargetEntry wanted) throws IOException {
    RelPath path = change.path();
    SourceEntry above = production.stat(path.parent());
    RelPath beside = path.parent().child(besideName(path.name()));
    if (wanted.kind() == EntryKind.DIRECTORY
        || above == null
        || above.kind() != EntryKind.DIRECTORY
        || besideName(path.name()).length() > 255
        || (wanted.kind() == EntryKind.SYMLINK && leadsOut(path, KeptVersions.text(wanted)))
        || choices.databases().test(path)) {
      keep(change, wanted);
      return Decision.KEPT;
    }
    SourceEntry there = production.stat(beside);
    if (there != null) {
      fromProduction.keep(production, beside, there);
    }
    if (wanted.kind() == EntryKind.SYMLINK) {
      production.link(beside, there, KeptVersions.text(wanted));
    } else {
      production.write(
          beside,
          there,
          wanted.mode(),
          wanted.mtimeSeconds(),
          sink -> reader.read(path, wanted, sink));
    }
    return Decision.BOTH;
  }

  /** {@code page.html} becomes {@code page.from-backup-20261123T040000Z.html}. */
  private String besideName(String name) {
    int dot = name.lastIndexOf('.');
    String mark = ".from-backup-" + date;
    return dot <= 0 ? name + mark : name.substring(0, dot) + mark + name.substring(dot);
  }

  @Override
  public void close() {
    fromBackup.close();
    fromProduction.close();
    production.close();
  }
}
