package io.relais.sync.pull;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourcePath;
import io.relais.sync.source.SourceWriter;
import io.relais.sync.source.SourceWriter.ByteSink;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A directory with versions of files under their own paths, modes, times and, where this may give
 * files away, owners. What is kept once is never replaced: another version of the same path gets
 * {@code ~2} and so on at its end. For one thread.
 */
final class KeptVersions implements AutoCloseable {
  private static final int BUFFER = 128 << 10;
  private static final int OPEN_TO_OWNER = 0700;

  private final SourceWriter place;

  private KeptVersions(SourceWriter place) {
    this.place = place;
  }

  /** Opens a directory that is there. */
  static KeptVersions in(Path directory) throws IOException {
    return new KeptVersions(SourceWriter.open(SourcePath.of(directory)));
  }

  /** Reads a content, as often as it is asked to. */
  interface ContentReader {
    /** Gives all of it, and returns its SHA-256. */
    HashCode read(ByteSink sink) throws IOException;
  }

  /** Keeps what is at production. */
  void keep(SourceWriter production, RelPath path, SourceEntry entry) throws IOException {
    RelPath kept = keep(path, entry.asTarget(), sink -> copy(production, path, entry, sink));
    SourceWriter.Owner owner = production.owner(path);
    place.setOwner(kept, owner);
  }

  /** What changes while it is copied has no whole copy, and so must not be replaced. */
  private static HashCode copy(
      SourceWriter production, RelPath path, SourceEntry entry, ByteSink sink) throws IOException {
    Hasher hasher = Hashing.sha256().newHasher();
    byte[] buffer = new byte[BUFFER];
    try (SourceFile file = production.read(path)) {
      SourceEntry opened = file.stat();
      for (int n = file.read(buffer, 0, BUFFER); n > 0; n = file.read(buffer, 0, BUFFER)) {
        hasher.putBytes(buffer, 0, n);
        sink.accept(buffer, 0, n);
      }
      if (!SourceWriter.isSame(opened, entry) || !SourceWriter.isSame(file.stat(), entry)) {
        throw new FileSystemException(
            path.toString(), null, "it changed at production while it was kept; run this again");
      }
    }
    return hasher.hash();
  }

  /**
   * Keeps a version, unless it is kept already.
   *
   * @return where it is
   */
  RelPath keep(RelPath path, TargetEntry entry, ContentReader content) throws IOException {
    RelPath directory = RelPath.ROOT;
    for (RelPath above : path.ancestors()) {
      if (!above.isRoot()) {
        directory = directory(directory, above.name());
      }
    }
    for (int i = 1; ; i++) {
      RelPath at = directory.child(numbered(path.name(), i));
      SourceEntry there = place.stat(at);
      if (there == null) {
        make(at, entry, content);
        return at;
      }
      if (isKept(at, there, entry, content)) {
        return at;
      }
    }
  }

  private static String numbered(String name, int number) {
    return number == 1 ? name : name + "~" + number;
  }

  /** A directory that can be filled; another name where something else is kept under this one. */
  private RelPath directory(RelPath parent, String name) throws IOException {
    for (int i = 1; ; i++) {
      RelPath at = parent.child(numbered(name, i));
      SourceEntry there = place.stat(at);
      if (there == null) {
        place.makeDirectory(at, OPEN_TO_OWNER);
        return at;
      }
      if (there.kind() == EntryKind.DIRECTORY) {
        return at;
      }
    }
  }

  private void make(RelPath at, TargetEntry entry, ContentReader content) throws IOException {
    switch (entry.kind()) {
      case DIRECTORY -> place.makeDirectory(at, entry.mode() | OPEN_TO_OWNER);
      case SYMLINK -> place.link(at, null, text(entry));
      case FILE -> place.write(at, null, entry.mode(), entry.mtimeSeconds(), content::read);
      case OTHER -> throw new IllegalArgumentException("a special file: " + at);
    }
  }

  private boolean isKept(RelPath at, SourceEntry there, TargetEntry entry, ContentReader content)
      throws IOException {
    if (there.kind() != entry.kind()) {
      return false;
    }
    return switch (entry.kind()) {
      case DIRECTORY -> true;
      case SYMLINK -> Objects.equals(there.linkTarget(), entry.linkTarget());
      case FILE ->
          there.size() == entry.size()
              && TargetEntry.wireSeconds(there.mtimeNanos()) == entry.mtimeSeconds()
              && copy(place, at, there, (_, _, _) -> {}).equals(content.read((_, _, _) -> {}));
      case OTHER -> false;
    };
  }

  static String text(TargetEntry symlink) {
    @Nullable String text = symlink.linkTarget();
    if (text == null) {
      throw new IllegalArgumentException("not a symlink: " + symlink);
    }
    return text;
  }

  @Override
  public void close() {
    place.close();
  }
}
