package io.relais.sync.pull;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import org.jspecify.annotations.Nullable;

/**
 * One entry that is not at the backup as the agent left it.
 *
 * @param conflict whether it changed at production too, to something else
 * @param backup what is at the backup, with a mode that production may have; null for nothing
 * @param production what is at production; null for nothing
 */
public record BackupChange(
    RelPath path,
    What what,
    boolean conflict,
    @Nullable TargetEntry backup,
    @Nullable SourceEntry production) {
  /** Set-uid and set-gid, which nothing brings back from the backup. */
  private static final int SET_ID = 06000;

  /** What happened to it. */
  public enum What {
    NEW,
    EDITED,
    DELETED;

    /** As it is shown. */
    public String word() {
      return switch (this) {
        case NEW -> "new";
        case EDITED -> "edited";
        case DELETED -> "deleted";
      };
    }
  }

  /** What the copy has, as production may have it. */
  static TargetEntry allowed(TargetEntry there) {
    return there.kind() == EntryKind.SYMLINK
        ? there
        : new TargetEntry(
            there.kind(),
            there.size(),
            there.mtimeSeconds(),
            there.mode() & ~SET_ID,
            there.linkTarget());
  }

  /** What tells one version at the backup from another, in one word without spaces. */
  String version() {
    return version(backup);
  }

  static String version(@Nullable TargetEntry backup) {
    if (backup == null) {
      return "none";
    }
    String text = backup.linkTarget();
    return "%s:%d:%d:%o:%08x"
        .formatted(
            backup.kind(),
            backup.size(),
            // The time of a directory moves with what it holds.
            backup.kind() == EntryKind.DIRECTORY ? 0 : backup.mtimeSeconds(),
            backup.mode(),
            text == null ? 0 : text.hashCode());
  }
}
