package io.relais.sync.remote;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One entry of an {@link InMemoryDisk}, which guards it. */
final class InMemoryEntry {
  private static final byte[] NOTHING = new byte[0];

  final EntryKind kind;
  final @Nullable String linkTarget;
  private byte[] bytes = NOTHING;
  private int length;
  int mode;
  long mtimeSeconds;

  private InMemoryEntry(
      EntryKind entryKind, @Nullable String linkTarget, int mode, long mtimeSeconds) {
    this.kind = entryKind;
    this.linkTarget = linkTarget;
    this.mode = mode;
    this.mtimeSeconds = mtimeSeconds;
  }

  static InMemoryEntry file(int mode, long mtimeSeconds) {
    return new InMemoryEntry(EntryKind.FILE, null, mode, mtimeSeconds);
  }

  static InMemoryEntry directory(int mode, long mtimeSeconds) {
    return new InMemoryEntry(EntryKind.DIRECTORY, null, mode, mtimeSeconds);
  }

  static InMemoryEntry symlink(String text, long mtimeSeconds) {
    return new InMemoryEntry(EntryKind.SYMLINK, text, 0777, mtimeSeconds);
  }

  /** A copy. */
  byte[] content() {
    return Arrays.copyOf(bytes, length);
  }

  int size() {
    return length;
  }

  void setContent(byte[] content) {
    bytes = content.clone();
    length = content.length;
  }

  void append(byte[] more) {
    if (length + more.length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more.length, 2 * bytes.length));
    }
    System.arraycopy(more, 0, bytes, length, more.length);
    length += more.length;
  }

  TargetEntry toTargetEntry() {
    return new TargetEntry(kind, length, mtimeSeconds, TargetEntry.mode(kind, mode), linkTarget);
  }
}
