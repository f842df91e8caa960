package io.relais.sync.entry;

import io.relais.sync.entry.Trees.Local;
import io.relais.sync.entry.Trees.Remote;
import io.relais.sync.path.RelPath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Random trees over few names, so that they meet. Equal size and whole second mean equal content,
 * unless {@link #rewriteWithinTheSecond} was used: nothing could tell them apart without an index.
 */
public final class RandomTrees {
  private static final List<String> NAMES =
      List.of("a", "b", "c", "x", "cache", ".relais-00000000-000000000001", "\n");
  private static final int[] MODES = {0755, 0755, 0755, 0700, 0500, 0300, 0000, 0555, 02775};
  private static final int DEPTH = 4;

  private final Random random;
  private final Set<RelPath> rewritten = new HashSet<>();
  private long inode = 1;

  public RandomTrees(Random random) {
    this.random = random;
  }

  public NavigableMap<RelPath, Local> source() {
    TreeMap<RelPath, Local> tree = new TreeMap<>();
    grow(tree, RelPath.ROOT, DEPTH);
    return tree;
  }

  public NavigableMap<RelPath, Remote> target() {
    TreeMap<RelPath, Remote> tree = new TreeMap<>();
    source().forEach((path, local) -> tree.put(path, remote(local)));
    return tree;
  }

  public static Remote remote(Local local) {
    return new Remote(local.entry().asTarget(), local.content());
  }

  private void grow(Map<RelPath, Local> tree, RelPath directory, int depth) {
    tree.put(directory, local(EntryKind.DIRECTORY));
    for (String name : NAMES) {
      if (random.nextInt(3) > 0) {
        continue;
      }
      RelPath path = directory.child(name);
      EntryKind entryKind = kind(depth);
      if (entryKind == EntryKind.DIRECTORY) {
        grow(tree, path, depth - 1);
      } else {
        tree.put(path, local(entryKind));
      }
    }
  }

  private EntryKind kind(int depth) {
    int roll = random.nextInt(20);
    if (roll < 10 && depth > 0) {
      return EntryKind.DIRECTORY;
    }
    return roll < 16 ? EntryKind.FILE : roll < 19 ? EntryKind.SYMLINK : EntryKind.OTHER;
  }

  private Local local(EntryKind entryKind) {
    int id = random.nextInt(12);
    String content = entryKind == EntryKind.FILE ? "x".repeat(id % 3) + (char) ('a' + id) : "";
    long mtime = (1_000_000L + id) * Entries.SECOND + random.nextInt(3);
    int mode = entryKind == EntryKind.SYMLINK ? 0777 : MODES[random.nextInt(MODES.length)];
    return new Local(
        new SourceEntry(
            entryKind,
            content.length(),
            mtime,
            mtime + inode,
            mode,
            1,
            inode++,
            entryKind == EntryKind.SYMLINK ? "to" + id % 3 : null),
        content);
  }

  /** Changes a few things: entries come, go, and become something else. */
  public void mutate(NavigableMap<RelPath, Local> tree) {
    for (RelPath path : pick(tree)) {
      Local before = tree.get(path);
      if (before == null) {
        continue;
      }
      switch (random.nextInt(4)) {
        case 0 -> remove(tree, path);
        case 1 -> {
          remove(tree, path);
          grow(tree, path, DEPTH - path.ancestors().size());
        }
        case 2 -> {
          remove(tree, path);
          tree.put(path, local(random.nextBoolean() ? EntryKind.FILE : EntryKind.SYMLINK));
        }
        default -> {
          SourceEntry entry = before.entry();
          tree.put(
              path, changed(before, random.nextBoolean() ? entry.mtimeNanos() : unique(entry)));
        }
      }
    }
    tree.put(RelPath.ROOT, local(EntryKind.DIRECTORY));
  }

  /** Another ctime, time and sometimes mode; the same content. */
  private Local changed(Local before, long mtime) {
    SourceEntry entry = before.entry();
    int mode =
        entry.kind() == EntryKind.SYMLINK ? entry.mode() : MODES[random.nextInt(MODES.length)];
    return new Local(
        new SourceEntry(
            entry.kind(),
            entry.size(),
            mtime,
            entry.ctimeNanos() + inode++,
            mode,
            entry.device(),
            entry.inode(),
            entry.linkTarget()),
        before.content());
  }

  /** A second that no other content of that size has. */
  private long unique(SourceEntry entry) {
    return (2_000_000L + inode++) * Entries.SECOND + entry.size();
  }

  /** Other content of the same size in the same second, of files that the index knows. */
  public void rewriteWithinTheSecond(NavigableMap<RelPath, Local> tree, MapMemory index) {
    for (RelPath path : pick(tree)) {
      Local before = tree.get(path);
      if (before != null && before.entry().kind() == EntryKind.FILE && index.get(path) != null) {
        rewritten.add(path);
        SourceEntry entry = before.entry();
        String content = before.content().substring(1) + (char) ('A' + random.nextInt(20));
        SourceEntry written =
            new SourceEntry(
                EntryKind.FILE,
                entry.size(),
                entry.mtimeNanos() + 1,
                entry.ctimeNanos() + 1,
                entry.mode(),
                entry.device(),
                entry.inode(),
                null);
        tree.put(path, new Local(written, content));
      }
    }
  }

  /** Gives each file that was rewritten a second of its own. */
  public void touchRewritten(NavigableMap<RelPath, Local> tree) {
    for (RelPath path : rewritten) {
      Local before = tree.get(path);
      if (before != null && before.entry().kind() == EntryKind.FILE) {
        tree.put(path, changed(before, unique(before.entry())));
      }
    }
    rewritten.clear();
  }

  /** Somebody changes the copy. */
  public void drift(NavigableMap<RelPath, Remote> tree) {
    for (RelPath path : pick(tree)) {
      if (path.isRoot() || !tree.containsKey(path)) {
        continue;
      }
      Remote before = tree.get(path);
      remove(tree, path);
      switch (random.nextInt(4)) {
        case 0 -> {}
        case 1 -> {
          TreeMap<RelPath, Local> grown = new TreeMap<>();
          grow(grown, path, DEPTH - path.ancestors().size());
          grown.forEach((at, local) -> tree.put(at, remote(local)));
        }
        case 2 -> tree.put(path, remote(local(EntryKind.SYMLINK)));
        default -> {
          Local foreign = local(before.entry().kind());
          tree.put(path, remote(foreign).withTime(unique(foreign.entry()) / Entries.SECOND));
        }
      }
    }
  }

  /** An index that lost some of what it knew. */
  public void forget(MapMemory index) {
    pick(index.records).forEach(index.records::remove);
  }

  private List<RelPath> pick(NavigableMap<RelPath, ?> tree) {
    List<RelPath> paths = new ArrayList<>(tree.keySet());
    List<RelPath> picked = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0 && !paths.isEmpty(); i--) {
      RelPath path = paths.get(random.nextInt(paths.size()));
      if (!path.isRoot()) {
        picked.add(path);
      }
    }
    return picked;
  }

  private static void remove(NavigableMap<RelPath, ?> tree, RelPath path) {
    tree.keySet().removeIf(other -> other.startsWith(path));
  }
}
