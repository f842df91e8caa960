package io.relais.sync.target;

import io.relais.sync.plan.Kind;
import io.relais.sync.plan.TargetEntry;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One entry of an {@link InMemoryDisk}, which guards it. */
final class InMemoryEntry {
  private static final byte[] NOTHING = new byte[0];

  final Kind kind;
  final @Nullable String linkTarget;
  byte[] content = NOTHING;
  int mode;
  long mtimeSeconds;

  private InMemoryEntry(Kind kind, @Nullable String linkTarget, int mode, long mtimeSeconds) {
    this.kind = kind;
    this.linkTarget = linkTarget;
    this.mode = mode;
    this.mtimeSeconds = mtimeSeconds;
  }

  static InMemoryEntry file(int mode, long mtimeSeconds) {
    return new InMemoryEntry(Kind.FILE, null, mode, mtimeSeconds);
  }

  static InMemoryEntry directory(int mode, long mtimeSeconds) {
    return new InMemoryEntry(Kind.DIRECTORY, null, mode, mtimeSeconds);
  }

  static InMemoryEntry symlink(String text, long mtimeSeconds) {
    return new InMemoryEntry(Kind.SYMLINK, text, 0777, mtimeSeconds);
  }

  void append(byte[] more) {
    byte[] longer = Arrays.copyOf(content, content.length + more.length);
    System.arraycopy(more, 0, longer, content.length, more.length);
    content = longer;
  }

  TargetEntry toTargetEntry() {
    return new TargetEntry(kind, content.length, mtimeSeconds, mode, linkTarget);
  }
}
