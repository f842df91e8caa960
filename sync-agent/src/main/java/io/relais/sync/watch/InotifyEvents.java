package io.relais.sync.watch;

import static io.relais.sync.watch.Inotify.IN_ATTRIB;
import static io.relais.sync.watch.Inotify.IN_CLOSE_WRITE;
import static io.relais.sync.watch.Inotify.IN_CREATE;
import static io.relais.sync.watch.Inotify.IN_DELETE_SELF;
import static io.relais.sync.watch.Inotify.IN_IGNORED;
import static io.relais.sync.watch.Inotify.IN_MODIFY;
import static io.relais.sync.watch.Inotify.IN_MOVED_FROM;
import static io.relais.sync.watch.Inotify.IN_MOVED_TO;
import static io.relais.sync.watch.Inotify.IN_MOVE_SELF;
import static io.relais.sync.watch.Inotify.IN_Q_OVERFLOW;
import static io.relais.sync.watch.Inotify.IN_UNMOUNT;

import io.relais.sync.plan.RelPath;
import io.relais.sync.watch.ChangeSource.Sign;
import io.relais.sync.watch.PendingMoves.From;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Makes hints of events, and keeps the watches where the directories are. For one thread.
 *
 * <p>An event says where something happened, but the disk may have moved on by the time it is
 * handled. So a directory is watched by what is at its path now; the kernel then gives the watch
 * that this very directory has already, which shows where it went.
 */
final class InotifyEvents {
  private final Inotify inotify;
  private final WatchTable table;
  private final Coverage coverage;
  private final InotifyWalk walk;
  private final Outlet outlet;
  private final Consumer<String> trouble;
  private final PendingMoves moves = new PendingMoves();

  InotifyEvents(
      Inotify inotify,
      WatchTable table,
      Coverage coverage,
      InotifyWalk walk,
      Outlet outlet,
      Consumer<String> trouble) {
    this.inotify = inotify;
    this.table = table;
    this.coverage = coverage;
    this.walk = walk;
    this.outlet = outlet;
    this.trouble = trouble;
  }

  /** Handles events until there are no more to come. */
  void handleAll(InotifyDrain drain) throws IOException, InterruptedException {
    Iterable<InotifyEvent> events = drain.take(null);
    while (events != null) {
      for (InotifyEvent event : events) {
        handle(event);
      }
      for (From from : moves.takeBefore(Instant.now().minus(PendingMoves.PATIENCE))) {
        movedOut(from);
      }
      events = drain.take(moves.isEmpty() ? null : PendingMoves.PATIENCE);
    }
  }

  private void handle(InotifyEvent event) throws IOException {
    if (event.is(IN_Q_OVERFLOW)) {
      trouble.accept("events were lost");
      return;
    }
    if (event.is(IN_IGNORED)) {
      RelPath gone = table.remove(event.watch());
      if (gone != null) {
        coverage.forget(gone);
      }
      return;
    }
    RelPath directory = table.path(event.watch());
    if (directory == null) {
      moves.unknownWatch(event.watch());
    } else if (event.name().isEmpty()) {
      itself(event, directory);
    } else {
      entry(event, directory.child(event.name()));
    }
  }

  private void itself(InotifyEvent event, RelPath directory) {
    if (event.is(IN_DELETE_SELF | IN_MOVE_SELF)) {
      trouble.accept("the watched directory was moved or deleted");
    } else if (event.is(IN_UNMOUNT)) {
      trouble.accept("a file system in the watched directory was unmounted");
    } else if (event.is(IN_ATTRIB)) {
      outlet.changed(directory, Sign.ATTRIBUTES);
    }
  }

  private void entry(InotifyEvent event, RelPath path) throws IOException {
    if (event.is(IN_MOVED_FROM)) {
      movedFrom(event, path);
    } else if (event.is(IN_MOVED_TO)) {
      movedTo(event, path);
    } else if (event.is(IN_CREATE)) {
      outlet.changed(path, Sign.MADE);
      if (event.isDirectory()) {
        walk.below(path, Set.of());
      }
    } else if (event.is(IN_CLOSE_WRITE)) {
      outlet.changed(path, Sign.CLOSED);
    } else if (event.is(IN_MODIFY)) {
      outlet.changed(path, Sign.WRITTEN);
    } else if (event.is(IN_ATTRIB)) {
      outlet.changed(path, Sign.ATTRIBUTES);
    } else {
      outlet.changed(path, Sign.UNKNOWN);
    }
  }

  private void movedFrom(InotifyEvent event, RelPath path) {
    Map<RelPath, Integer> detached = event.isDirectory() ? table.detach(path) : Map.of();
    detached.keySet().forEach(coverage::forget);
    moves.add(
        event.cookie(),
        new From(path, event.isDirectory(), Set.copyOf(detached.values()), Instant.now(), true));
  }

  private void movedTo(InotifyEvent event, RelPath path) throws IOException {
    From from = moves.take(event.cookie());
    if (from == null) {
      outlet.changed(path, Sign.CLOSED);
    } else {
      outlet.moved(from.path(), path, event.isDirectory());
    }
    if (!event.isDirectory()) {
      return;
    }
    walk.below(path, from != null && from.unbroken() ? from.watches() : Set.of());
    if (from != null) {
      unwatch(from.watches());
    }
  }

  /** Out of what is watched, or into what is left out of it. */
  private void movedOut(From from) throws IOException {
    outlet.changed(from.path(), Sign.UNKNOWN);
    unwatch(from.watches());
    if (from.directory()) {
      walk.below(from.path(), Set.of()); // if another took its place, that was unwatched now too
    }
  }

  private void unwatch(Set<Integer> watches) {
    watches.stream().filter(watch -> table.path(watch) == null).forEach(inotify::remove);
  }
}
