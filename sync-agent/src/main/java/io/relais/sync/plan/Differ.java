package io.relais.sync.plan;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.hash.HashCode;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step.Adopt;
import io.relais.sync.plan.Step.Delete;
import io.relais.sync.plan.Step.MakeDirectory;
import io.relais.sync.plan.Step.MakeSymlink;
import io.relais.sync.plan.Step.MoveAside;
import io.relais.sync.plan.Step.SetAttributes;
import io.relais.sync.plan.Step.Upload;
import io.relais.sync.plan.Step.Upload.Copy;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Compares one path. The target is what was listed just now, or else what was confirmed last.
 *
 * <pre>
 * source     target           then
 * ---------  ---------------  ------------------------------------------------------------------
 * nothing    nothing          forget what the index has
 * nothing    FILE, SYMLINK    Delete; without delete: it stays
 * nothing    DIRECTORY        Delete, go into it (EXTRANEOUS); without delete: it stays
 * nothing    OTHER            it stays
 * any        OTHER            problem
 * FILE       nothing          Upload
 * FILE       SYMLINK          Upload (replaces at once)
 * FILE       DIRECTORY        MoveAside, Upload, go into it (IN_THE_WAY)
 * FILE       FILE             by content, below
 * SYMLINK    nothing, FILE    MakeSymlink (replaces at once)
 * SYMLINK    DIRECTORY        MoveAside, MakeSymlink, go into it (IN_THE_WAY)
 * SYMLINK    SYMLINK          other text: MakeSymlink; other time, if it can be set: SetAttributes
 * DIRECTORY  nothing          MakeDirectory, go into it (NOTHING)
 * DIRECTORY  FILE, SYMLINK    MoveAside, MakeDirectory, go into it (NOTHING)
 * DIRECTORY  DIRECTORY        other mode or time: SetAttributes; go into it (COPY)
 * </pre>
 *
 * A device, pipe or socket at the source is nothing. Where all is equal and only the index does not
 * say so: Adopt. Files, where "listed" is the target against what was confirmed, and the rest is
 * the source against what it was then:
 *
 * <pre>
 * index  listed        size   mtime  ctime, inode  hash   then
 * -----  ------------  -----  -----  ------------  -----  ----------------------------------------
 * no     -             -      -      -             -      size and whole seconds as the target's:
 *                                                         the content is taken for equal; Upload
 * yes    size, mtime   -      -      -             -      Upload; it has drifted
 *        differ
 * yes    same, or not  other  -      -             -      Upload
 * yes    same, or not  same   other  -             known  Upload unless the content is still that
 * yes    same, or not  same   other  -             none   Upload
 * yes    same, or not  same   same   other         known  Upload unless the content is still that
 * yes    same, or not  same   same   other         none   equal
 * yes    same, or not  same   same   same          -      equal
 * damaged  -           -      -      -             -      Upload, whole
 * </pre>
 *
 * Where the time of change of the content or the inode is another, the file was saved again, and
 * the copy is {@link Copy#DOUBTED}.
 *
 * <p>Where the content is equal and mode or time are not: SetAttributes. The device does not count:
 * its number changes over a reboot, while a change of content always changes the ctime.
 */
public final class Differ {
  private final SyncRules syncRules;

  public Differ(SyncRules syncRules) {
    this.syncRules = syncRules;
  }

  /**
   * Compares one path; exclusions are not its business.
   *
   * @param source what the source has; null for nothing
   * @throws IllegalArgumentException if the root is to be removed, which no rule ever does (the
   *     caller's fault)
   */
  public Difference compare(
      RelPath path,
      @Nullable SourceEntry source,
      @Nullable IndexEntry indexEntry,
      TargetView view) {
    TargetEntry there = view.entry(indexEntry);
    // A record of another kind says nothing of what is there now; neither do those below it.
    boolean stale =
        indexEntry != null && (there == null || indexEntry.target().kind() != there.kind());
    if (source == null || source.kind() == EntryKind.OTHER) {
      checkArgument(!path.isRoot(), "the root of a mirror is never removed");
      Difference gone = nothing(path, there);
      return gone.forget(stale && gone.steps().isEmpty());
    }
    boolean drifted = indexEntry != null && hasDrifted(indexEntry, there);
    return wanted(path, source, stale ? null : indexEntry, there).forget(stale).drift(drifted);
  }

  private Difference nothing(RelPath path, @Nullable TargetEntry there) {
    if (there == null) {
      return Difference.NONE;
    }
    if (there.kind() == EntryKind.OTHER || !syncRules.delete()) {
      return Difference.NONE.keep();
    }
    Difference gone = Difference.of(new Delete(path, there.kind()));
    return there.kind() == EntryKind.DIRECTORY ? gone.goInto(TargetContents.EXTRANEOUS) : gone;
  }

  private Difference wanted(
      RelPath path,
      SourceEntry source,
      @Nullable IndexEntry indexEntry,
      @Nullable TargetEntry there) {
    if (there == null) {
      return source.kind() == EntryKind.SYMLINK && !syncRules.disk().symlinks()
          ? Difference.problem(FileSystemFeatures.NO_SYMLINKS)
          : made(path, source, null);
    }
    if (source.kind() == EntryKind.SYMLINK && !syncRules.disk().symlinks()) {
      return Difference.problem(FileSystemFeatures.NO_SYMLINKS);
    }
    if (there.kind() == EntryKind.OTHER) {
      return Difference.problem("a device, pipe or socket is in its place at the target");
    }
    if (there.kind() != source.kind()) {
      return swapped(path, source, there);
    }
    return switch (source.kind()) {
      case FILE -> file(path, source, indexEntry, there);
      case SYMLINK -> symlink(path, source, indexEntry, there);
      case DIRECTORY -> settle(path, source, indexEntry, there).goInto(TargetContents.COPY);
      case OTHER -> throw new AssertionError("a source of no kind is nothing");
    };
  }

  private static Difference made(RelPath path, SourceEntry source, @Nullable TargetEntry replaces) {
    Difference difference = Difference.of(creation(path, source, replaces));
    return source.kind() == EntryKind.DIRECTORY
        ? difference.goInto(TargetContents.NOTHING)
        : difference;
  }

  private static Step creation(RelPath path, SourceEntry source, @Nullable TargetEntry replaces) {
    return switch (source.kind()) {
      case FILE -> new Upload(path, source, replaces, null);
      case SYMLINK -> new MakeSymlink(path, source);
      case DIRECTORY -> new MakeDirectory(path, source);
      case OTHER -> throw new AssertionError("a source of no kind is nothing");
    };
  }

  private static Difference swapped(RelPath path, SourceEntry source, TargetEntry there) {
    if (path.isRoot()) {
      return Difference.problem("the target is not a directory");
    }
    if (source.kind() != EntryKind.DIRECTORY && there.kind() != EntryKind.DIRECTORY) {
      return made(path, source, there);
    }
    Step aside = new MoveAside(path, there.kind());
    TargetContents targetContents =
        there.kind() == EntryKind.DIRECTORY ? TargetContents.IN_THE_WAY : TargetContents.NOTHING;
    return Difference.of(aside, creation(path, source, null)).goInto(targetContents);
  }

  private Difference file(
      RelPath path, SourceEntry source, @Nullable IndexEntry indexEntry, TargetEntry there) {
    Upload upload = new Upload(path, source, there, null);
    if (indexEntry == null) {
      boolean alike =
          source.size() == there.size()
              && syncRules.disk().keepsTimes()
              && syncRules
                  .disk()
                  .isSameTime(TargetEntry.wireSeconds(source.mtimeNanos()), there.mtimeSeconds());
      return alike ? settle(path, source, null, there) : Difference.of(upload);
    }
    SourceEntry before = indexEntry.source();
    if (indexEntry.isDamaged()) {
      return Difference.of(new Upload(path, source, there, null, Copy.DAMAGED));
    }
    if (!isCopy(indexEntry, there) || source.size() != before.size()) {
      return Difference.of(upload);
    }
    boolean sameTime = source.mtimeNanos() == before.mtimeNanos();
    HashCode hash = indexEntry.hash();
    if (sameTime && (hash == null || sameInode(source, before))) {
      return settle(path, source, indexEntry, there);
    }
    boolean saved = hash != null && !(sameTime && source.inode() == before.inode());
    return Difference.of(
        new Upload(path, source, there, hash, saved ? Copy.DOUBTED : Copy.TRUSTED));
  }

  /** Whether a listed file still is the one that was confirmed, as far as a listing can tell. */
  private boolean isCopy(IndexEntry indexEntry, TargetEntry there) {
    TargetEntry set = indexEntry.target();
    return set.kind() == there.kind()
        && set.size() == there.size()
        && syncRules.disk().isSameTime(set.mtimeSeconds(), there.mtimeSeconds());
  }

  private static boolean sameInode(SourceEntry source, SourceEntry before) {
    return source.ctimeNanos() == before.ctimeNanos() && source.inode() == before.inode();
  }

  private Difference symlink(
      RelPath path, SourceEntry source, @Nullable IndexEntry indexEntry, TargetEntry there) {
    return Objects.equals(source.linkTarget(), there.linkTarget())
        ? settle(path, source, indexEntry, there)
        : made(path, source, there);
  }

  /** The content is equal: what of the attributes, and of the record of them? */
  private Difference settle(
      RelPath path, SourceEntry source, @Nullable IndexEntry indexEntry, TargetEntry there) {
    if (!sameAttributes(source.asTarget(), there)) {
      return Difference.of(SetAttributes.of(path, source, there));
    }
    boolean recorded =
        indexEntry != null
            && indexEntry.source().equals(source)
            && sameAttributes(indexEntry.target(), there);
    return recorded ? Difference.NONE : Difference.of(new Adopt(path, source, there));
  }

  private boolean sameAttributes(TargetEntry one, TargetEntry other) {
    boolean sameTime = syncRules.disk().isSameTime(one.mtimeSeconds(), other.mtimeSeconds());
    return one.kind() == EntryKind.SYMLINK
        ? sameTime || !syncRules.symlinkTimes()
        : sameTime && syncRules.disk().isSameMode(one, other);
  }

  /** A directory's time moves with what it holds, and its mode while it is unlocked: no drift. */
  private boolean hasDrifted(IndexEntry indexEntry, @Nullable TargetEntry there) {
    TargetEntry set = indexEntry.target();
    if (there == null || set.kind() != there.kind()) {
      return true;
    }
    return switch (set.kind()) {
      case FILE -> !indexEntry.isDamaged() && !syncRules.disk().isSame(set, there);
      case SYMLINK -> !Objects.equals(set.linkTarget(), there.linkTarget());
      case DIRECTORY -> indexEntry.isSettled() && !syncRules.disk().isSameMode(set, there);
      case OTHER -> false;
    };
  }
}
