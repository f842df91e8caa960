package io.relais.sync.entry;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.hash.HashCode;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of one path after the target has confirmed it.
 *
 * @param source what the source's disk said when the content was read
 * @param target what was set at the target, or listed there when it was adopted
 * @param hash SHA-256 of a file's content; null where it was adopted by comparison and never read,
 *     and for every other kind
 */
public record IndexEntry(SourceEntry source, TargetEntry target, @Nullable HashCode hash) {
  /** The time of a directory whose own changes are not yet set: equal to no time of the wire. */
  private static final long UNSETTLED = -1;

  /** The size of a file whose content at the target is wrong: equal to no size of the wire. */
  private static final long DAMAGED = -1;

  public IndexEntry {
    checkArgument(source.kind() == target.kind(), "%s at the source", target.kind());
    checkArgument(hash == null || hash.bits() == 256, "not a SHA-256");
    checkArgument(
        hash == null || source.kind() == EntryKind.FILE, "a hash for a %s", source.kind());
  }

  /** A directory that was just made: its time, and its mode if it is a locked one, come later. */
  public static IndexEntry made(SourceEntry source) {
    TargetEntry wanted = source.asTarget();
    return new IndexEntry(source, wanted, null)
        .withMode(wanted.mode() | TargetEntry.UNLOCKED)
        .unsettled();
  }

  /** The same, but with a time that has to be set again, whatever it is by now. */
  public IndexEntry unsettled() {
    return with(target.mode(), UNSETTLED);
  }

  /** The same with a mode that was set at the target meanwhile. */
  public IndexEntry withMode(int mode) {
    return with(mode, target.mtimeSeconds());
  }

  private IndexEntry with(int mode, long mtimeSeconds) {
    TargetEntry set =
        new TargetEntry(target.kind(), target.size(), mtimeSeconds, mode, target.linkTarget());
    return new IndexEntry(source, set, hash);
  }

  /**
   * The same of a file whose content at the target was found not to be what it should be: nothing
   * is known of it any more, and it has to be sent again, whatever a listing says.
   */
  public IndexEntry damaged() {
    checkArgument(
        source.kind() == EntryKind.FILE, "only a file has content, not a %s", source.kind());
    TargetEntry there =
        new TargetEntry(EntryKind.FILE, DAMAGED, target.mtimeSeconds(), target.mode(), null);
    return new IndexEntry(source, there, null);
  }

  /** Whether the content at the target was found to be wrong, and was not sent again since. */
  public boolean isDamaged() {
    return target.kind() == EntryKind.FILE && target.size() == DAMAGED;
  }

  /** Whether nothing in the directory was left half done. */
  public boolean isSettled() {
    return target.mtimeSeconds() != UNSETTLED;
  }
}
