package io.relais.sync.guard;

import com.google.common.collect.ImmutableList;
import io.relais.sync.path.RelPath;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where entries would be lost: the directories that would lose most of them, each as deep as nearly
 * all of its losses lie below it.
 */
public final class LossLocations {
  /** Of what a directory loses, the share that makes the directory in it the better name. */
  private static final double NEARLY_ALL = 0.9;

  private LossLocations() {}

  /**
   * What one directory loses.
   *
   * @param directory the root for what lies directly in it
   * @param entries how many entries at or below it
   */
  public record Loss(RelPath directory, long entries) {
    /** For people. */
    public String describe() {
      return "%s (%,d)".formatted(directory.isRoot() ? "the top directory" : directory, entries);
    }
  }

  /**
   * Groups paths by directory.
   *
   * @param most how many groups are returned; those that lose most, most first
   */
  public static ImmutableList<Loss> of(Collection<RelPath> paths, int most) {
    if (paths.isEmpty()) {
      return ImmutableList.of();
    }
    Set<RelPath> holders = new HashSet<>();
    for (RelPath path : paths) {
      holders.add(path.isRoot() ? path : path.parent());
    }
    Node root = new Node(RelPath.ROOT);
    for (RelPath path : paths) {
      // A directory that goes with what it holds counts as a part of itself.
      RelPath in = path.isRoot() || holders.contains(path) ? path : path.parent();
      Node at = root;
      at.entries++;
      for (RelPath each : way(in)) {
        at = at.children.computeIfAbsent(each, Node::new);
        at.entries++;
      }
      at.direct++;
    }
    Node top = root;
    while (top.direct == 0 && top.children.size() == 1) {
      top = top.children.firstEntry().getValue();
    }
    Deque<Loss> found = new ArrayDeque<>();
    if (top.children.isEmpty()) {
      found.add(new Loss(top.path, top.entries));
    } else {
      if (top.direct > 0) {
        found.add(new Loss(top.path, top.direct));
      }
      top.children.values().forEach(child -> found.add(deepest(child)));
    }
    return found.stream()
        .sorted(Comparator.comparingLong(Loss::entries).reversed())
        .limit(most)
        .collect(ImmutableList.toImmutableList());
  }

  /** The names of directories, with how much each loses, for people. */
  public static String describe(Collection<Loss> losses) {
    return losses.stream().map(Loss::describe).collect(Collectors.joining(", "));
  }

  /** The directories from the one below the root down to the one named. */
  private static List<RelPath> way(RelPath directory) {
    if (directory.isRoot()) {
      return List.of();
    }
    List<RelPath> way = directory.ancestors();
    way.removeFirst();
    way.add(directory);
    return way;
  }

  private static Loss deepest(Node child) {
    Node at = child;
    while (true) {
      Node largest = at.largest();
      if (largest == null || largest.entries < at.entries * NEARLY_ALL) {
        return new Loss(at.path, at.entries);
      }
      at = largest;
    }
  }

  private static final class Node {
    final RelPath path;
    final TreeMap<RelPath, Node> children = new TreeMap<>();
    long entries;
    long direct;

    Node(RelPath path) {
      this.path = path;
    }

    @Nullable Node largest() {
      return children.values().stream()
          .max(Comparator.comparingLong(node -> node.entries))
          .orElse(null);
    }
  }
}
