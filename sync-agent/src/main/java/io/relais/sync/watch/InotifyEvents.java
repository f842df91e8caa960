package io.relais.sync.watch;

import static io.relais.linux.Inotify.IN_ATTRIB;
import static io.relais.linux.Inotify.IN_CLOSE_WRITE;
import static io.relais.linux.Inotify.IN_CREATE;
import static io.relais.linux.Inotify.IN_DELETE;
import static io.relais.linux.Inotify.IN_DELETE_SELF;
import static io.relais.linux.Inotify.IN_IGNORED;
import static io.relais.linux.Inotify.IN_MODIFY;
import static io.relais.linux.Inotify.IN_MOVED_FROM;
import static io.relais.linux.Inotify.IN_MOVED_TO;
import static io.relais.linux.Inotify.IN_MOVE_SELF;
import static io.relais.linux.Inotify.IN_Q_OVERFLOW;
import static io.relais.linux.Inotify.IN_UNMOUNT;

import io.relais.linux.InotifyEvent;
import io.relais.sync.path.RelPath;
import io.relais.sync.watch.ChangeSource.Sign;
import io.relais.sync.watch.WatchTable.Node;
import io.relais.sync.watch.WatchTable.Place;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes hints of events, and follows directories with the table of watches as far as events alone
 * say where they are. The disk may have moved on by the time that an event is handled, and the
 * table with it; so each event about a directory only puts that name in doubt, for {@link
 * WatchReconciler}. For one thread.
 *
 * <p>What is hinted at is complete. An event whose directory is nowhere is told once that has a
 * place. A directory that was found at another place than the events led it to, or that was not
 * watched, is told with all below it. And what was told of a path that was the true one before a
 * move is covered by that move: whoever hears of it looks at the directory in its new place, with
 * all below it where another was known to be there. It may be the same that was known there, if it
 * was moved away before: so what is moved once more is told with all below it too, and so is what
 * may have been moved before it was watched.
 */
final class InotifyEvents {
  private final WatchTable table;
  private final WatchCoverage watchCoverage;
  private final WatchReconciler reconciler;
  private final GuardedListener guardedListener;
  private final Consumer<String> trouble;
  private final PendingMoves moves = new PendingMoves();

  /** What the last event about directories has put another in the place of. */
  private @Nullable Displaced displaced;

  /** What is to be compared, by any thread; the first is under way. */
  private final Queue<WatchAudit> audits = new ConcurrentLinkedQueue<>();

  private @Nullable WatchAudit audit;

  private record Displaced(Place place, Node node) {}

  InotifyEvents(
      WatchTable table,
      WatchCoverage watchCoverage,
      WatchReconciler reconciler,
      GuardedListener guardedListener,
      Consumer<String> trouble) {
    this.table = table;
    this.watchCoverage = watchCoverage;
    this.reconciler = reconciler;
    this.guardedListener = guardedListener;
    this.trouble = trouble;
  }

  /** Handles events until there are no more to come. */
  void handleAll(InotifyInstance.Drain drain) throws IOException, InterruptedException {
    Iterable<InotifyEvent> events = drain.take(null);
    while (events != null) {
      int more = drain.waiting();
      events.forEach(this::handle);
      // What has happened already is worth knowing before a look at the disk; but what comes as
      // fast as it is handled must not keep new directories from being watched.
      for (; more > 0 && events != null; more--) {
        events = drain.take(Duration.ZERO);
        if (events != null) {
          events.forEach(this::handle);
        }
      }
      settle(Instant.now(), drain.waiting() == 0);
      if (events != null) {
        events = drain.take(isAtRest() ? null : PendingMoves.PATIENCE);
      }
    }
  }

  /** Compares once it can. Safe for use by any thread. */
  void add(WatchAudit wanted) {
    audits.add(wanted);
  }

  /** Whether nothing is left that only time would tell. */
  boolean isAtRest() {
    return moves.isEmpty() && reconciler.isAtRest();
  }

  /**
   * Looks at what the events so far left open.
   *
   * @param isLast whether no more are known to wait
   */
  void settle(Instant now, boolean isLast) throws IOException {
    displaced = null;
    reconciler.resolve();
    Instant limit = now.minus(isLast ? PendingMoves.PATIENCE : PendingMoves.LONG_PATIENCE);
    moves.takeBefore(limit).forEach(this::movedOut);
    reconciler.dropLost(limit);
    goOnWithAudit();
  }

  private void goOnWithAudit() throws IOException {
    while (audit != null || !audits.isEmpty()) {
      if (audit == null) {
        audit = audits.remove();
        audit.begin();
      }
      if (!audit.goOn()) {
        return;
      }
      audit = null;
    }
  }

  private void touched(@Nullable RelPath path) {
    if (audit != null) {
      audit.touched(path);
    }
  }

  void handle(InotifyEvent event) {
    if (event.is(IN_Q_OVERFLOW)) {
      trouble.accept("events were lost");
      return;
    }
    Node node = table.find(event.watch());
    if (node == null) {
      // It was given back, and what comes from there is no longer ours.
      if (audit != null && event.is(IN_IGNORED)) {
        audit.ended(event.watch());
      }
      return;
    }
    if (event.is(IN_IGNORED)) {
      ended(node);
    } else if (event.name().isEmpty()) {
      itself(event, node);
    } else {
      entry(event, node);
    }
  }

  /** The watch has ended: the directory was deleted, or its file system is gone. */
  private void ended(Node node) {
    if (table.isRoot(node)) {
      trouble.accept("the watched directory was moved or deleted");
      return;
    }
    Place place = table.place(node);
    touched(table.path(node));
    table.remove(node).forEach(orphan -> reconciler.lose(orphan, Instant.now()));
    reconciler.found(node);
    if (place != null) {
      reconciler.doubt(place, false);
    }
  }

  private void itself(InotifyEvent event, Node node) {
    if (event.is(IN_DELETE_SELF | IN_MOVE_SELF)) {
      trouble.accept("the watched directory was moved or deleted");
    } else if (event.is(IN_UNMOUNT)) {
      trouble.accept("a file system in the watched directory was unmounted");
    } else if (event.is(IN_ATTRIB)) {
      RelPath path = table.path(node);
      if (path == null) {
        node.unseen = true;
      } else {
        guardedListener.changed(path, Sign.ATTRIBUTES);
      }
    }
  }

  private void entry(InotifyEvent event, Node directory) {
    RelPath above = table.path(directory);
    RelPath path = above == null ? null : above.child(event.name());
    directory.unseen |= path == null;
    if (event.isDirectory() && !event.is(IN_ATTRIB)) {
      touched(path);
    }
    if (event.is(IN_MOVED_FROM)) {
      movedFrom(event, new Place(directory, event.name()), path);
    } else if (event.is(IN_MOVED_TO)) {
      movedTo(event, new Place(directory, event.name()), path);
    } else {
      if (path != null) {
        guardedListener.changed(path, sign(event));
      }
      if (event.isDirectory() && event.is(IN_CREATE | IN_DELETE)) {
        displaced = null;
        boolean deep = event.is(IN_DELETE) && path != null && watchCoverage.forgetBelow(path);
        reconciler.doubt(new Place(directory, event.name()), deep);
      } else if (event.isDirectory() && path != null && watchCoverage.hasFailed(path)) {
        reconciler.doubt(new Place(directory, event.name()), true); // It may be readable by now.
      }
    }
  }

  private static Sign sign(InotifyEvent event) {
    if (event.is(IN_CREATE)) {
      return Sign.MADE;
    } else if (event.is(IN_CLOSE_WRITE)) {
      return Sign.CLOSED;
    } else if (event.is(IN_MODIFY)) {
      return Sign.WRITTEN;
    } else {
      return event.is(IN_ATTRIB) ? Sign.ATTRIBUTES : Sign.UNKNOWN;
    }
  }

  private void movedFrom(InotifyEvent event, Place place, @Nullable RelPath path) {
    Node moved = null;
    if (event.isDirectory()) {
      moved = takeFrom(place);
      reconciler.doubt(place, true);
      if (path != null) {
        watchCoverage.forgetBelow(path);
      }
    }
    moves.add(event.cookie(), new PendingMoves.From(path, moved, Instant.now()));
  }

  /**
   * What left a place. Where two directories change places (RENAME_EXCHANGE), the kernel tells
   * first that the one has come, and only then that the other has left.
   */
  private @Nullable Node takeFrom(Place place) {
    Displaced before = displaced;
    displaced = null;
    if (before != null && before.place().equals(place) && isNowhere(before.node())) {
      reconciler.found(before.node());
      return before.node();
    }
    Node node = table.child(place.directory(), place.name());
    if (node != null) {
      table.detach(node);
    }
    return node;
  }

  private boolean isNowhere(Node node) {
    return table.isKnown(node) && !table.isRoot(node) && table.place(node) == null;
  }

  private void movedTo(InotifyEvent event, Place place, @Nullable RelPath path) {
    PendingMoves.From from = moves.take(event.cookie());
    RelPath before = from == null ? null : from.path();
    if (before != null && path != null) {
      guardedListener.moved(before, path, event.isDirectory());
    } else if (before != null) {
      guardedListener.changed(before);
    } else if (path != null) {
      guardedListener.changed(path, Sign.CLOSED);
    }
    if (event.isDirectory()) {
      displaced = null;
      if (from != null && from.node() != null && isNowhere(from.node())) {
        putAt(place, from.node());
      } else {
        Node there = table.child(place.directory(), place.name());
        if (there != null) {
          there.mayHaveMoved(); // A look at the disk was ahead of this event.
        }
      }
      reconciler.doubt(place, true);
      if (path != null) {
        watchCoverage.forgetBelow(path);
      }
    }
  }

  private void putAt(Place place, Node moved) {
    if (table.isWithin(place.directory(), moved)) {
      reconciler.lose(moved, Instant.now());
      return;
    }
    Node there = table.child(place.directory(), place.name());
    if (there != null) {
      table.detach(there);
      reconciler.lose(there, Instant.now());
      displaced = new Displaced(place, there);
    }
    reconciler.found(moved);
    table.attach(moved, place.directory(), place.name());
    // Where it is again where it was, nobody would look further than at itself.
    moved.unseenBelow |= moved.mayBeBack();
  }

  /** Out of what is watched, or into what is left out of it. */
  private void movedOut(PendingMoves.From from) {
    if (from.path() != null) {
      guardedListener.changed(from.path(), Sign.UNKNOWN);
    }
    if (from.node() != null && isNowhere(from.node())) {
      reconciler.lose(from.node(), from.at());
    }
  }

  /**
   * First halves of moves, whose second mostly follows at once; where it doesn't, the move led out
   * of what is watched. Pure; for one thread.
   */
  static final class PendingMoves {
    /** For the other half: they can lie in two reads, but no program comes between them. */
    static final Duration PATIENCE = Duration.ofMillis(10);

    /** The same while more events wait than are handled yet. */
    static final Duration LONG_PATIENCE = Duration.ofSeconds(1);

    private final Map<Integer, From> byCookie = new LinkedHashMap<>();

    /**
     * Where something was moved from.
     *
     * @param path null if it isn't known
     * @param node of a directory, if it was watched
     */
    record From(@Nullable RelPath path, @Nullable Node node, Instant at) {}

    void add(int cookie, From from) {
      byCookie.put(cookie, from);
    }

    @Nullable From take(int cookie) {
      return byCookie.remove(cookie);
    }

    boolean isEmpty() {
      return byCookie.isEmpty();
    }

    /** Takes those that waited long enough. */
    List<From> takeBefore(Instant limit) {
      List<From> old = new ArrayList<>();
      byCookie
          .values()
          .removeIf(
              from -> {
                boolean isOld = !from.at().isAfter(limit);
                if (isOld) {
                  old.add(from);
                }
                return isOld;
              });
      return old;
    }
  }
}
