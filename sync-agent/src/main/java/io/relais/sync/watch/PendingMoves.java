package io.relais.sync.watch;

import io.relais.sync.plan.RelPath;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * First halves of moves, whose second mostly follows at once; where it doesn't, the move led out of
 * what is watched. Pure; for one thread.
 */
final class PendingMoves {
  /** For the other half: they can lie in two reads, but no program comes between them. */
  static final Duration PATIENCE = Duration.ofMillis(10);

  private final Map<Integer, From> byCookie = new LinkedHashMap<>();

  /**
   * Where something was moved from.
   *
   * @param watches those of a directory and all below it, which are at no known path now
   * @param unbroken whether no event of those came meanwhile
   */
  record From(
      RelPath path, boolean directory, Set<Integer> watches, Instant at, boolean unbroken) {}

  void add(int cookie, From from) {
    byCookie.put(cookie, from);
  }

  @Nullable From take(int cookie) {
    return byCookie.remove(cookie);
  }

  /** An event came from a watch that is at no known path: its meaning is lost. */
  void unknownWatch(int watch) {
    byCookie.replaceAll(
        (cookie, from) ->
            from.watches().contains(watch)
                ? new From(from.path(), from.directory(), from.watches(), from.at(), false)
                : from);
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
