package io.relais.sync.engine;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A source that takes no memory, whatever its size: directories of {@code files} files each, and
 * these directories in groups of a hundred. Everything in it follows from its path.
 */
public final class GeneratedTree implements SourceTree {
  private static final int GROUP = 100;
  private static final long BORN = 1_700_000_000L;
  private static final int SIZE = 64;

  final int directories;
  final int files;

  public GeneratedTree(int directories, int files) {
    this.directories = directories;
    this.files = files;
  }

  public long entries() {
    return (long) directories * files + directories + (directories + GROUP - 1) / GROUP;
  }

  @Override
  public RootIdentity identity() {
    return new RootIdentity(1, 2, 3);
  }

  @Override
  public @Nullable SourceEntry stat(RelPath path) {
    String[] names = path.isRoot() ? new String[0] : path.latin1().split("/");
    return entry(path.latin1(), names.length == 3 ? EntryKind.FILE : EntryKind.DIRECTORY);
  }

  private static SourceEntry entry(String path, EntryKind entryKind) {
    long time = (BORN + Math.floorMod(path.hashCode(), 1_000_000)) * 1_000_000_000L;
    return new SourceEntry(
        entryKind,
        entryKind == EntryKind.FILE ? SIZE : 0,
        time,
        time,
        entryKind == EntryKind.FILE ? 0644 : 0755,
        1,
        path.hashCode(),
        null);
  }

  @Override
  public Map<String, SourceEntry> list(RelPath directory) throws IOException {
    String[] names = directory.isRoot() ? new String[0] : directory.latin1().split("/");
    Map<String, SourceEntry> found = new HashMap<>();
    switch (names.length) {
      case 0 -> {
        for (int group = 0; group * GROUP < directories; group++) {
          put(found, "", "group-%03d".formatted(group), EntryKind.DIRECTORY);
        }
      }
      case 1 -> {
        int group = Integer.parseInt(names[0].substring(6));
        int end = Math.min(directories, (group + 1) * GROUP);
        for (int i = group * GROUP; i < end; i++) {
          put(found, directory.latin1() + "/", "directory-" + i, EntryKind.DIRECTORY);
        }
      }
      case 2 -> {
        for (int i = 0; i < files; i++) {
          put(found, directory.latin1() + "/", "some-file-" + i + ".html", EntryKind.FILE);
        }
      }
      default -> throw new NoSuchFileException(directory.toString());
    }
    return found;
  }

  private static void put(
      Map<String, SourceEntry> found, String above, String name, EntryKind entryKind) {
    found.put(name, entry(above + name, entryKind));
  }

  @Override
  public SourceFile open(RelPath file) {
    SourceEntry entry = entry(file.latin1(), EntryKind.FILE);
    return new SourceFile() {
      private int left = SIZE;

      @Override
      public SourceEntry opened() {
        return entry;
      }

      @Override
      public SourceEntry stat() {
        return entry;
      }

      @Override
      public long allocated() {
        return SIZE;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) {
        int count = Math.min(left, length);
        left -= count;
        return count;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public boolean isCurrent() {
    return true;
  }

  @Override
  public void close() {}
}
