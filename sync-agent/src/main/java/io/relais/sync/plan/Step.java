package io.relais.sync.plan;

import com.google.common.hash.HashCode;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import org.jspecify.annotations.Nullable;

/** One thing to do at the target. Each is safe to repeat, and leaves a path wholly old or new. */
public sealed interface Step {
  RelPath path();

  /** What the path is at the target once this is done; null for nothing. */
  default @Nullable EntryKind makes() {
    return switch (this) {
      case Adopt(var _, var source, var _) -> source.kind();
      case Unlock _, MakeDirectory _ -> EntryKind.DIRECTORY;
      case Upload _ -> EntryKind.FILE;
      case MakeSymlink _ -> EntryKind.SYMLINK;
      case SetAttributes(var _, var source, var _) -> source.kind();
      case MoveAside _, Delete _ -> null;
    };
  }

  /** Nothing to do at the target, which has it already: only to be recorded in the index. */
  record Adopt(RelPath path, SourceEntry source, TargetEntry target) implements Step {}

  /**
   * Give a directory a mode for as long as what it holds is changed. The last steps restore it:
   * also by this one, where it is a directory that the source does not have.
   */
  record Unlock(RelPath path, int mode) implements Step {}

  /**
   * Something is in the way that can't be replaced in one step, because either it or what comes is
   * a directory: rename it to a temporary name, and remove it, with all it holds, once what follows
   * is in place.
   *
   * @param kind what is in the way
   */
  record MoveAside(RelPath path, EntryKind kind) implements Step {}

  /**
   * Make a directory, with {@link TargetEntry#UNLOCKED} added to its mode. A later step sets the
   * rest.
   */
  record MakeDirectory(RelPath path, SourceEntry source) implements Step {}

  /**
   * Send a file and put it in place at once, over whatever file or symlink is there.
   *
   * @param replaces what is expected to be there; null for nothing
   * @param unlessContentIs the content of the copy, if that is known: where the source's file has
   *     it, only the attributes are to be set
   * @param copy how far what is known of the copy's content can be relied on
   */
  record Upload(
      RelPath path,
      SourceEntry source,
      @Nullable TargetEntry replaces,
      @Nullable HashCode unlessContentIs,
      Copy copy)
      implements Step {
    /** Of a copy that is nothing but what is known of it. */
    public Upload(
        RelPath path,
        SourceEntry source,
        @Nullable TargetEntry replaces,
        @Nullable HashCode unlessContentIs) {
      this(path, source, replaces, unlessContentIs, Copy.TRUSTED);
    }

    /**
     * Of a file that is there already, whole: another account owns it, so nothing but a new file
     * can get its mode and time.
     */
    public static Upload replacing(RelPath path, SourceEntry source) {
      return new Upload(path, source, source.asTarget(), null, Copy.DAMAGED);
    }

    /** How far what is known of a copy's content can be relied on. */
    public enum Copy {
      /** It was confirmed, and nothing has happened since. */
      TRUSTED,
      /**
       * The source's file was saved again. Where it still has its content, the one who saved it may
       * have done that because the copy is wrong.
       */
      DOUBTED,
      /** Nothing may be built from it, since it was found to be wrong: the file is sent whole. */
      DAMAGED
    }
  }

  /** Make a symlink and put it in place at once, over whatever file or symlink is there. */
  record MakeSymlink(RelPath path, SourceEntry source) implements Step {}

  /**
   * Set mode and time of what is there; only the time of a symlink.
   *
   * @param hasMode whether it is a directory that has the mode already: then only the time is set,
   *     since setting the mode can take away a setgid bit that somebody has given it meanwhile
   */
  record SetAttributes(RelPath path, SourceEntry source, boolean hasMode) implements Step {
    /** Where the mode may be another. */
    public SetAttributes(RelPath path, SourceEntry source) {
      this(path, source, false);
    }

    /** As a directory is known to be. */
    static SetAttributes of(RelPath path, SourceEntry source, @Nullable TargetEntry there) {
      boolean same =
          there != null
              && there.kind() == EntryKind.DIRECTORY
              && source.kind() == EntryKind.DIRECTORY
              && there.mode() == source.asTarget().mode();
      return new SetAttributes(path, source, same);
    }
  }

  /** Remove a file, a symlink or an empty directory. Nothing there is as good. */
  record Delete(RelPath path, EntryKind kind) implements Step {}
}
