package io.relais.sync.plan;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One entry at the target that is not as this mirror left it: somebody else has been there. */
public record Drift(RelPath path, What what) {
  /** What has become of it. */
  public enum What {
    /** It is no longer there. */
    MISSING,
    /** A file has another size or time; a symlink another text. */
    CHANGED,
    /** It has another mode. */
    ATTRIBUTES,
    /** Something of another kind is in its place. */
    REPLACED,
    /** It was not there. */
    ADDED
  }

  /** Whether what is remembered of the content counts for nothing any more. */
  public boolean isOfContent() {
    return what == What.CHANGED;
  }

  /**
   * What has become of an entry that differs from what was confirmed; null where that may be our
   * own work, which a crash or a broken connection kept from being recorded: then it is what the
   * source has, or had between then and now.
   */
  static @Nullable Drift of(
      RelPath path,
      SourceEntry source,
      IndexEntry confirmed,
      @Nullable TargetEntry there,
      FileSystemFeatures disk) {
    if (there == null) {
      return new Drift(path, What.MISSING);
    }
    TargetEntry set = confirmed.target();
    if (there.kind() != set.kind()) {
      return isWanted(source, there, disk) ? null : new Drift(path, What.REPLACED);
    }
    boolean sameSource =
        source.mtimeNanos() == confirmed.source().mtimeNanos()
            && source.mode() == confirmed.source().mode();
    boolean content =
        set.size() != there.size() || !Objects.equals(set.linkTarget(), there.linkTarget());
    if (isWanted(source, there, disk) || (!content && !sameSource)) {
      return null;
    }
    boolean time =
        set.kind() == EntryKind.FILE && !disk.isSameTime(set.mtimeSeconds(), there.mtimeSeconds());
    return new Drift(path, content || time ? What.CHANGED : What.ATTRIBUTES);
  }

  private static boolean isWanted(SourceEntry source, TargetEntry there, FileSystemFeatures disk) {
    if (source.kind() != EntryKind.DIRECTORY || there.kind() != EntryKind.DIRECTORY) {
      return disk.isSame(source.asTarget(), there);
    }
    // Where its owner may do more than it says it was unlocked, to be listed.
    int wanted = source.asTarget().mode();
    return there.mode() == wanted || there.mode() == (wanted | TargetEntry.UNLOCKED);
  }
}
