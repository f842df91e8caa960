package io.relais.sync.watch;

import io.relais.sync.path.RelPath;
import io.relais.sync.watch.WatchTable.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * First halves of moves, whose second mostly follows at once; where it doesn't, the move led out of
 * what is watched. Pure; for one thread.
 */
final class PendingMoves {
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
