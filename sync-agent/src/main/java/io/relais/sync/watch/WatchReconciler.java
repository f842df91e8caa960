package io.relais.sync.watch;

import io.relais.linux.Errno;
import io.relais.linux.Inotify;
import io.relais.sync.path.RelPath;
import io.relais.sync.watch.WatchTable.Node;
import io.relais.sync.watch.WatchTable.Place;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the table of watches equal to the tree. For one thread at a time: several would only wait
 * for one another at the lock that the kernel has for an instance.
 *
 * <p>What an event says about a directory is only where to look: the name that it is about is put
 * in doubt. Once what there is of events has been handled, each doubt is resolved by asking the
 * kernel for a watch at that path: it gives the one that this very directory has already, so the
 * answer says which directory is there, wherever it was thought to be. A directory that was moved
 * is confirmed with all below it, each directory by its own entries.
 *
 * <p>Why the table is right once all events have been handled and no doubt is left: suppose it is
 * wrong somewhere, and take a highest wrong name, in a directory that is itself at its true path.
 * The last change of that name came after the directory was watched, or its entries were read after
 * that; so the name was looked at after its last change. That look went by the directory's path as
 * it was thought to be. If it was the true one and stayed so, the look was right, and what it found
 * has been nowhere else since, so no look took it away. If not, one of the directories above was
 * moved, and the event of that, which is handled later, has all below it looked at again.
 *
 * <p>Nothing is taken from the kernel before that: a watch whose directory is at no known path is
 * kept until it has turned up somewhere, or no event is left that could tell where.
 */
final class WatchReconciler {
  private final Inotify inotify;
  private final WatchedTree tree;
  private final WatchTable table;
  private final WatchCoverage watchCoverage;
  private final Set<RelPath> rejected;
  private final int budget;
  private final Reports reports;

  /** What is to be looked at; true with all below. */
  private final LinkedHashMap<Place, Boolean> doubts = new LinkedHashMap<>();

  /** Directories to look for directories in. */
  private final Deque<Node> todo = new ArrayDeque<>();

  /** What is at no known path, and since when. */
  private final Map<Node, Instant> nowhere = new LinkedHashMap<>();

  /** Directories that could not be read, and now could. */
  private final Set<RelPath> readable = new HashSet<>();

  private boolean started;

  /** What comes to light. */
  interface Reports {
    /** What happened in this directory went unseen, or was told of another path. */
    void isNew(RelPath directory);

    /** This directory gets no watch, and {@link WatchCoverage} knows that. */
    void leftOut(RelPath directory);

    /** Whether nobody is interested any longer. */
    boolean isOver();
  }

  /**
   * @param rejected directories to spend no watch on
   * @param budget how many directories to watch at most
   */
  WatchReconciler(
      Inotify inotify,
      WatchedTree tree,
      WatchTable table,
      WatchCoverage watchCoverage,
      Set<RelPath> rejected,
      int budget,
      Reports reports) {
    this.inotify = inotify;
    this.tree = tree;
    this.table = table;
    this.watchCoverage = watchCoverage;
    this.rejected = rejected;
    this.budget = budget;
    this.reports = reports;
  }

  /** Watches the root and all below it. */
  void start() throws IOException {
    if (rejected.contains(RelPath.ROOT) || budget < 1) {
      leaveOut(RelPath.ROOT);
      return;
    }
    int watch = add(RelPath.ROOT);
    if (watch >= 0) {
      Node root = table.add(watch);
      table.plant(root);
      todo.push(root);
      lookInto();
      resolve();
    } else {
      refused(watch, RelPath.ROOT);
    }
    started = true;
  }

  /** Another directory than the table has may be at a name, or none. */
  void doubt(Place place, boolean deep) {
    doubts.merge(place, deep, (one, other) -> one || other);
  }

  /** A directory was taken from its place, and nothing says where it is now. */
  void lose(Node node, Instant now) {
    nowhere.put(node, now);
  }

  /** It has a place again, or no longer exists. */
  void found(Node node) {
    nowhere.remove(node);
  }

  /** Whether every watch is at a path that was looked at. */
  boolean isAtRest() {
    return doubts.isEmpty() && nowhere.isEmpty();
  }

  /** Looks at everything that is in doubt. */
  void resolve() throws IOException {
    while (!doubts.isEmpty() && !reports.isOver()) {
      Map.Entry<Place, Boolean> first = doubts.firstEntry();
      confirm(first.getKey(), first.getValue(), false);
      lookInto();
    }
    if (!readable.isEmpty() && !reports.isOver()) {
      // Only now, when all that is in them was hinted at.
      readable.forEach(watchCoverage::read);
      readable.clear();
    }
  }

  private void failed(RelPath directory, FileSystemException cause) {
    readable.remove(directory);
    watchCoverage.failed(directory, cause);
  }

  /** Gives back the watches that have been nowhere since before {@code limit}. */
  void dropLost(Instant limit) {
    Iterator<Map.Entry<Node, Instant>> all = nowhere.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Node, Instant> each = all.next();
      if (!each.getValue().isAfter(limit)) {
        all.remove();
        table.removeAll(each.getKey()).forEach(inotify::remove);
      }
    }
  }

  private void lookInto() throws IOException {
    while (!todo.isEmpty() && !reports.isOver()) {
      lookInto(todo.pop());
    }
  }

  private void lookInto(Node node) throws IOException {
    RelPath path = table.path(node);
    if (path == null) {
      return; // All of it is looked at when it has a place again.
    }
    boolean unseen = node.unseenBelow;
    if (unseen || node.unseen) {
      node.unseen = false;
      node.unseenBelow = false;
      reports.isNew(path);
    }
    Set<String> names;
    try {
      names = new HashSet<>(WatchedTree.subdirectories(tree.latin1(path)));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return; // It has just gone: an event tells.
    } catch (FileSystemException e) {
      failed(path, e);
      return;
    }
    if (watchCoverage.hasFailed(path)) {
      readable.add(path);
    }
    table.children(node).stream()
        .filter(child -> !names.contains(table.name(child)))
        .forEach(this::displace);
    for (String name : names) {
      if (reports.isOver()) {
        return;
      }
      confirm(new Place(node, name), true, unseen);
    }
  }

  /** Looks which directory is at a name, and puts it there. */
  private void confirm(Place place, boolean deep, boolean unseen) throws IOException {
    doubts.remove(place);
    RelPath above = table.path(place.directory());
    if (above == null) {
      return; // All of it is looked at when it has a place again.
    }
    RelPath path = above.child(place.name());
    Node before = table.child(place.directory(), place.name());
    if (tree.leavesOut(path)) {
      displace(before);
    } else if (before == null && isRefused(path)) {
      leaveOut(path);
    } else {
      int watch = add(path);
      if (watch < 0) {
        isNotWatched(watch, path, before);
      } else {
        isThere(watch, place, path, deep, unseen);
      }
    }
  }

  private boolean isRefused(RelPath directory) {
    return rejected.contains(directory)
        || watchCoverage.isUnwatched(directory)
        || table.size() >= budget;
  }

  private int add(RelPath path) {
    int more = path.isRoot() ? Inotify.IN_DELETE_SELF | Inotify.IN_MOVE_SELF : 0;
    return inotify.add(tree.latin1(path), more);
  }

  private void isNotWatched(int errno, RelPath path, @Nullable Node before) throws IOException {
    switch (-errno) {
      case Errno.EACCES, Errno.ENAMETOOLONG -> {} // It may still be the one that it was.
      default -> displace(before);
    }
    refused(errno, path);
  }

  private void refused(int errno, RelPath path) throws IOException {
    String shown = tree.latin1(path);
    switch (-errno) {
      case Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP -> watchCoverage.forgetBelow(path);
      case Errno.EACCES -> failed(path, new AccessDeniedException(shown));
      case Errno.ENAMETOOLONG ->
          failed(path, new FileSystemException(shown, null, "the path is too long"));
      default -> leaveOut(path); // ENOSPC: no watch is left; ENOMEM
    }
  }

  private void isThere(int watch, Place place, RelPath path, boolean deep, boolean unseen)
      throws IOException {
    Node before = table.child(place.directory(), place.name());
    Node node = table.find(watch);
    if (node != null && node == before) {
      before.unseenBelow |= unseen;
      if (deep || unseen) {
        todo.push(before);
      }
      return;
    }
    if (node == null) {
      node = table.add(watch);
      if (started && deep) {
        node.mayHaveMoved(); // It was not said to be made here.
      }
    } else if (isThereToo(node, path) || !takeFromItsPlace(node, place)) {
      return;
    }
    displace(before);
    found(node);
    table.attach(node, place.directory(), place.name());
    watchCoverage.watch(path);
    node.unseenBelow = true;
    todo.push(node);
  }

  /**
   * Whether a directory has a second path, by a bind mount. There can be only one watch on it, so
   * the other path is looked at from time to time.
   */
  private boolean isThereToo(Node node, RelPath path) throws IOException {
    RelPath known = table.path(node);
    if (known == null) {
      return false;
    }
    int there = add(known);
    if (there != node.watch()) {
      if (there >= 0 && table.find(there) == null) {
        inotify.remove(there); // That place is in doubt now, and looked at in its turn.
      }
      return false;
    }
    displace(table.at(path));
    lookAtFromTimeToTime(path);
    return true;
  }

  /** Whether that left the new place as it is: not if this is within what was taken. */
  private boolean takeFromItsPlace(Node node, Place place) {
    Place former = table.place(node);
    if (former != null) {
      doubt(former, true);
      table.detach(node);
    }
    if (table.isWithin(place.directory(), node)) {
      lose(node, Instant.now());
      return false;
    }
    return true;
  }

  private void displace(@Nullable Node node) {
    if (node != null) {
      RelPath path = table.path(node);
      table.detach(node);
      lose(node, Instant.now());
      if (path != null) {
        watchCoverage.forgetBelow(path);
      }
    }
  }

  /** Spends no watch on a directory, nor on any below. */
  private void leaveOut(RelPath top) throws IOException {
    eachBelow(
        top,
        (path, modified) -> {
          watchCoverage.leaveUnwatched(path, modified);
          reports.leftOut(path);
        });
  }

  private void lookAtFromTimeToTime(RelPath top) throws IOException {
    eachBelow(
        top,
        (path, modified) -> {
          watchCoverage.lookAtFromTimeToTime(path, modified);
          reports.isNew(path);
        });
  }

  private void eachBelow(RelPath top, BiConsumer<RelPath, FileTime> action) throws IOException {
    tree.walk(
        tree.absolute(top),
        new WatchedTree.Visitor() {
          @Override
          public boolean enter(Path directory, RelPath path, FileTime modified) {
            action.accept(path, modified);
            return !reports.isOver();
          }

          @Override
          public void failed(RelPath path, FileSystemException cause) {
            WatchReconciler.this.failed(path, cause);
          }
        });
  }
}
