package io.relais.sync.move;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Orders moves so that none overwrites what another still has to take away, and each finds the
 * directory that it leads to:
 *
 * <pre>
 * chain      b to c, a to b         the one that makes room first
 * swap       a to b, b to a         the first one by way of a temporary name
 * nested     a to b, c to b/c       the directory first
 * new place  a to new/a             "new" is made first
 * </pre>
 */
public final class MoveOrder {
  private final Supplier<String> temporaryNames;
  private final TreeMap<RelPath, Move> byTarget = new TreeMap<>();
  private final TreeMap<RelPath, SourceEntry> directories = new TreeMap<>();
  private final NavigableSet<RelPath> sources = new TreeSet<>();
  private final Set<RelPath> asides = new HashSet<>();

  /**
   * What can be done at once, in any order, once what was before is done.
   *
   * @param directories to be made, by path
   */
  public record Wave(Map<RelPath, SourceEntry> directories, ImmutableList<Move> moves) {}

  private MoveOrder(
      Collection<Move> moves,
      Map<RelPath, SourceEntry> directories,
      Supplier<String> temporaryNames) {
    this.temporaryNames = temporaryNames;
    this.directories.putAll(directories);
    for (Move move : moves) {
      byTarget.put(move.to(), move);
      sources.add(move.from());
    }
  }

  /**
   * Orders moves. No two have the same source or the same target, and none leads into its own
   * source, or from its own target.
   *
   * @param directories those that have to be made for them
   * @param temporaryNames gives a new temporary name (not a path) each time
   */
  public static ImmutableList<Wave> of(
      Collection<Move> moves,
      Map<RelPath, SourceEntry> directories,
      Supplier<String> temporaryNames) {
    return new MoveOrder(moves, directories, temporaryNames).order();
  }

  private ImmutableList<Wave> order() {
    ImmutableList.Builder<Wave> waves = ImmutableList.builder();
    while (!byTarget.isEmpty() || !directories.isEmpty()) {
      Set<RelPath> left = new HashSet<>(byTarget.keySet());
      left.addAll(directories.keySet());
      Map<RelPath, SourceEntry> made = new TreeMap<>();
      directories.forEach(
          (path, entry) -> {
            if (isFree(path, null, left)) {
              made.put(path, entry);
            }
          });
      List<Move> moved = new ArrayList<>();
      byTarget.forEach(
          (to, move) -> {
            if (isFree(to, move.from(), left)) {
              moved.add(move);
            }
          });
      if (made.isEmpty() && moved.isEmpty()) {
        moved.add(breakCycle());
      }
      directories.keySet().removeAll(made.keySet());
      moved.forEach(this::done);
      waves.add(new Wave(made, ImmutableList.copyOf(moved)));
    }
    return waves.build();
  }

  /** Whether nothing at or below a path waits to be taken away, and all above it is there. */
  private boolean isFree(RelPath path, @Nullable RelPath own, Set<RelPath> left) {
    for (RelPath source : sources.tailSet(path, true)) {
      if (!source.startsWith(path)) {
        break;
      }
      if (own == null || !source.equals(own)) {
        return false;
      }
    }
    return path.ancestors().stream().noneMatch(left::contains);
  }

  private void done(Move move) {
    sources.remove(move.from());
    byTarget.remove(move.to());
  }

  /** Takes one out of the way; the rest of its way is left to be done. */
  private Move breakCycle() {
    Move move =
        byTarget.values().stream()
            .filter(each -> !asides.contains(each.from()))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("moves that block each other"));
    RelPath aside = move.from().parent().child(temporaryNames.get());
    byTarget.put(move.to(), move.from(aside));
    sources.remove(move.from());
    sources.add(aside);
    asides.add(aside);
    return move.to(aside);
  }
}
