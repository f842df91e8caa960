package io.relais.sync.watch;

import static java.util.Objects.requireNonNull;

import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Knows a tree only by what it has looked at, as the engine does: at each path that is hinted at
 * and what is directly in it, and at all below a directory that is another one than it knows.
 */
final class LookingListener implements ChangeSource.Listener {
  private final Path root;
  private final Predicate<RelPath> excluded;
  private final TreeMap<RelPath, Entry> known = new TreeMap<>();
  private final Set<RelPath> hints = new HashSet<>();
  private final Set<RelPath> everHinted = new HashSet<>();

  /** What tells one entry from another, and one state of a file from the next. */
  record Entry(long inode, boolean directory, String state) {}

  LookingListener(Path root, Predicate<RelPath> excluded) {
    this.root = root;
    this.excluded = excluded;
    known.putAll(tree());
  }

  /** All that there is now. */
  Map<RelPath, Entry> tree() {
    Map<RelPath, Entry> found = new TreeMap<>();
    read(RelPath.ROOT, found);
    return found;
  }

  /** All directories that there are now. */
  Set<RelPath> directories() {
    Set<RelPath> found = new HashSet<>();
    tree()
        .forEach(
            (path, entry) -> {
              if (entry.directory()) {
                found.add(path);
              }
            });
    return found;
  }

  Map<RelPath, Entry> known() {
    return known;
  }

  /** Looks at all that it was told of. */
  void look() {
    List.copyOf(hints).forEach(this::look);
    hints.clear();
  }

  Set<RelPath> everHinted() {
    return everHinted;
  }

  @Override
  public void changed(RelPath path, ChangeSource.Sign sign) {
    hints.add(path);
    everHinted.add(path);
  }

  @Override
  public void moved(RelPath from, RelPath to, boolean directory) {
    changed(from);
    changed(to);
  }

  @Override
  public void rescan(RelPath at, String reason) {
    throw new AssertionError("a scan of everything would hide what is wrong: " + reason);
  }

  @Override
  public void degraded(String problem) {
    throw new AssertionError(problem);
  }

  private void look(RelPath path) {
    RelPath start = path;
    for (RelPath above : path.ancestors()) {
      Entry now = entry(above);
      if (now == null || !now.directory() || isOther(now, known.get(above))) {
        start = above;
        break;
      }
    }
    Entry now = entry(start);
    if (now == null || (now.directory() && isLeftOut(start))) {
      forget(start);
      return;
    }
    Entry before = known.get(start);
    if (!now.directory() || isOther(now, before)) {
      take(start, now);
    } else {
      Map<RelPath, Entry> here = list(start);
      known.keySet().stream()
          .filter(each -> !each.isRoot() && each.parent().equals(path))
          .filter(each -> !here.containsKey(each))
          .toList()
          .forEach(this::forget);
      here.forEach(
          (each, entry) -> {
            if (!entry.directory() || isOther(entry, known.get(each))) {
              take(each, entry);
            }
          });
    }
  }

  private static boolean isOther(Entry now, @Nullable Entry before) {
    return before == null || !before.directory() || before.inode() != now.inode();
  }

  private void take(RelPath path, Entry now) {
    forget(path);
    if (now.directory()) {
      read(path, known);
    } else {
      known.put(path, now);
    }
  }

  private void forget(RelPath path) {
    List<RelPath> gone = new ArrayList<>();
    for (RelPath each : known.tailMap(path, true).keySet()) {
      if (!each.startsWith(path)) {
        break;
      }
      gone.add(each);
    }
    gone.forEach(known::remove);
  }

  private void read(RelPath path, Map<RelPath, Entry> into) {
    Entry entry = entry(path);
    if (entry == null || (entry.directory() && isLeftOut(path))) {
      return;
    }
    into.put(path, entry);
    if (entry.directory()) {
      list(path).keySet().forEach(each -> read(each, into));
    }
  }

  private boolean isLeftOut(RelPath path) {
    return !path.isRoot() && excluded.test(path);
  }

  private Map<RelPath, Entry> list(RelPath directory) {
    Map<RelPath, Entry> found = new TreeMap<>();
    try (Stream<Path> entries = Files.list(root.resolve(directory.latin1()))) {
      for (Path each : entries.toList()) {
        RelPath path = directory.child(each.getFileName().toString());
        Entry entry = entry(path);
        if (entry != null && !(entry.directory() && isLeftOut(path))) {
          found.put(path, entry);
        }
      }
      return found;
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Map.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private @Nullable Entry entry(RelPath path) {
    try {
      Map<String, Object> all =
          Files.readAttributes(
              root.resolve(path.latin1()),
              "unix:ino,ctime,size,isDirectory",
              LinkOption.NOFOLLOW_LINKS);
      boolean directory = (boolean) requireNonNull(all.get("isDirectory"));
      String state = directory ? "" : all.get("ctime") + " " + all.get("size");
      return new Entry((long) requireNonNull(all.get("ino")), directory, state);
    } catch (FileSystemException e) {
      return null; // not there, or something on the way is not a directory
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
