package io.relais.sync.watch;

import io.relais.linux.Inotify;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;
import io.relais.sync.watch.WatchTable.Node;
import io.relais.sync.watch.WatchTable.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compares the table of watches with the directories that a scan of everything has met, and has put
 * right what differs: a net below {@link WatchReconciler}, in case that it has a defect. For the
 * thread that handles events.
 *
 * <p>A directory that is changing tells of itself by events, so it is no difference. So the table
 * is compared only once all events have been handled that there were when the scan had ended; and
 * what differs then counts only if no event about it came until it was put right. Which events
 * those are is known by a mark among them: the end of a watch that is made for nothing else.
 */
final class WatchAudit {
  private static final int MOST_SHOWN = 3;

  private final Inotify inotify;
  private final WatchedTree tree;
  private final WatchTable table;
  private final WatchCoverage watchCoverage;
  private final WatchReconciler reconciler;
  private final Set<RelPath> met;
  private final Consumer<List<RelPath>> result;

  /** Names of directories that events were about since the comparison. */
  private final Set<RelPath> touched = new HashSet<>();

  private final Set<RelPath> differing = new TreeSet<>();
  private boolean compared;

  /** Whether there was no mark, or an event came of which it isn't known where. */
  private boolean confused;

  /** The mark that is waited for; negative once it has come. */
  private int mark;

  /**
   * @param met the directories that a scan has met
   * @param result told, in order, which directories were not watched, or not under their path
   */
  WatchAudit(
      Inotify inotify,
      WatchedTree tree,
      WatchTable table,
      WatchCoverage watchCoverage,
      WatchReconciler reconciler,
      Set<RelPath> met,
      Consumer<List<RelPath>> result) {
    this.inotify = inotify;
    this.tree = tree;
    this.table = table;
    this.watchCoverage = watchCoverage;
    this.reconciler = reconciler;
    this.met = met;
    this.result = result;
  }

  void begin() {
    mark = inotify.mark();
    confused = mark < 0;
  }

  /** A watch that is not in the table has ended. */
  void ended(int watch) {
    if (watch == mark) {
      mark = -1;
    }
  }

  /** An event said that a directory came to a path, or left it; null if it isn't known which. */
  void touched(@Nullable RelPath path) {
    if (path == null) {
      confused |= compared;
    } else {
      touched.add(path);
    }
  }

  /** Goes on as far as it can, at a moment when no doubt is left; whether it is at its end. */
  boolean goOn() throws IOException {
    if (mark < 0 && !compared) {
      compared = true;
      touched.clear();
      compare();
      reconciler.resolve();
      mark = inotify.mark();
      confused |= mark < 0;
    }
    if (mark < 0) {
      tell();
    }
    return mark < 0;
  }

  private void compare() {
    Set<RelPath> missing = new TreeSet<>();
    for (RelPath path : met) {
      if (!table.contains(path) && !watchCoverage.isUnwatched(path)) {
        missing.add(path);
      }
    }
    for (Node node : table.all()) {
      RelPath path = table.path(node);
      Place place = table.place(node);
      if (path != null && place != null && !isRight(node, path)) {
        differing.add(path);
        reconciler.doubt(place, true);
      }
    }
    // One at a time and from the top: what is below is found with it.
    for (RelPath path : missing) {
      Node above = path.isRoot() ? null : table.at(path.parent());
      if (above != null) {
        differing.add(path);
        reconciler.doubt(new Place(above, path.name()), true);
      } else if (differing.contains(path.isRoot() ? path : path.parent())) {
        differing.add(path);
      }
    }
  }

  private boolean isRight(Node node, RelPath path) {
    int watch = inotify.add(tree.latin1(path), 0);
    if (watch >= 0 && table.find(watch) == null) {
      inotify.remove(watch); // It is watched again when its place is looked at.
    }
    return watch == node.watch();
  }

  /** What can't be watched now either, as what is behind a symlink, was not missing. */
  private void tell() {
    if (!confused) {
      result.accept(
          differing.stream()
              .filter(path -> table.contains(path) || watchCoverage.isUnwatched(path))
              .filter(path -> !isTouched(path))
              .toList());
    }
  }

  private boolean isTouched(RelPath path) {
    return touched.contains(path) || path.ancestors().stream().anyMatch(touched::contains);
  }

  /** What to tell of directories that should have been watched and were not; null for none. */
  static @Nullable String problem(Path root, List<RelPath> directories) {
    int count = directories.size();
    if (count == 0) {
      return null;
    }
    String shown =
        directories.stream()
            .limit(MOST_SHOWN)
            .map(RelPath::toString)
            .collect(Collectors.joining(", "));
    String more = count > MOST_SHOWN ? " and " + (count - MOST_SHOWN) + " more" : "";
    return "%s below %s %s not watched (%s%s), so changes there were first seen by this full scan; %s watched again now and compared with the backup; this is a defect of the program, please report it"
        .formatted(
            count == 1 ? "1 directory" : count + " directories",
            ShellWord.shown(root),
            count == 1 ? "was" : "were",
            shown,
            more,
            count == 1 ? "it is" : "they are");
  }
}
