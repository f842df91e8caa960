package io.relais.sync.watch;

import static com.google.common.base.Preconditions.checkState;

import io.relais.sync.path.RelPath;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The watched directories as a tree, as far as is known. A watch belongs to a directory, whatever
 * its name; so a directory that is renamed keeps its node, and all below moves with it. A node may
 * be nowhere for a while, with all below it: then its watch still tells, but not of which path.
 *
 * <p>Changed by one thread at a time; may be asked by any.
 */
final class WatchTable implements WatchCoverage.Watched {
  private final Map<Integer, Node> nodes = new HashMap<>();
  private @Nullable Node root;

  /** Most events come from the directory that the one before came from. */
  private @Nullable Node lastAsked;

  private @Nullable RelPath lastPath;

  /** A watched directory. Which node it is in and under which name is for the table to change. */
  static final class Node {
    private final int watch;
    private @Nullable Node parent;
    private String name = "";
    private @Nullable Map<String, Node> children;

    /** Whether something happened in it that was not told, or under a path that may be wrong. */
    boolean unseen;

    /** The same for everything below it too. */
    boolean unseenBelow;

    /** How many places it has had, those included that it may have had. */
    private int places;

    private Node(int watch) {
      this.watch = watch;
    }

    int watch() {
      return watch;
    }

    /** It may have had another place before it was watched, or without an event that told so. */
    void mayHaveMoved() {
      places++;
    }

    /** Whether it may have come back: it has had two places before the one that it has. */
    boolean mayBeBack() {
      return places > 2;
    }
  }

  /** A name in a directory. */
  record Place(Node directory, String name) {}

  /** A directory that was not watched before; it is nowhere yet. */
  synchronized Node add(int watch) {
    Node node = new Node(watch);
    checkState(nodes.put(watch, node) == null, "watch %s is known", watch);
    return node;
  }

  /** Makes a node the root of all. */
  synchronized void plant(Node node) {
    root = node;
  }

  synchronized @Nullable Node find(int watch) {
    return nodes.get(watch);
  }

  /** Whether it has not been removed. */
  synchronized boolean isKnown(Node node) {
    return nodes.get(node.watch) == node;
  }

  synchronized boolean isRoot(Node node) {
    return node == root;
  }

  /** Where a node is; null for the root, and for one that was taken from its place. */
  synchronized @Nullable Place place(Node node) {
    return node.parent == null ? null : new Place(node.parent, node.name);
  }

  synchronized @Nullable Node child(Node directory, String name) {
    return directory.children == null ? null : directory.children.get(name);
  }

  synchronized List<Node> children(Node directory) {
    return directory.children == null ? List.of() : List.copyOf(directory.children.values());
  }

  synchronized String name(Node node) {
    return node.name;
  }

  /** Whether one node is another or below it. */
  synchronized boolean isWithin(Node node, Node ancestor) {
    for (Node at = node; at != null; at = at.parent) {
      if (at == ancestor) {
        return true;
      }
    }
    return false;
  }

  /** Puts a node that is in no other, with all below it, at a name that no other has. */
  synchronized void attach(Node node, Node directory, String name) {
    checkState(node.parent == null && node != root, "%s has its place", node.name);
    checkState(!isWithin(directory, node), "%s can't be within itself", name);
    if (directory.children == null) {
      directory.children = new HashMap<>(4);
    }
    checkState(directory.children.put(name, node) == null, "%s is taken", name);
    node.parent = directory;
    node.name = name;
    node.places++;
    lastAsked = null;
  }

  /** Takes a node from its place, with all below it. */
  synchronized void detach(Node node) {
    Node parent = node.parent;
    if (parent != null && parent.children != null) {
      parent.children.remove(node.name);
      if (parent.children.isEmpty()) {
        parent.children = null;
      }
      node.parent = null;
    }
    lastAsked = null;
  }

  /** Forgets a node whose watch has ended; what was directly in it is nowhere then. */
  synchronized List<Node> remove(Node node) {
    detach(node);
    nodes.remove(node.watch, node);
    if (node == root) {
      root = null;
    }
    List<Node> orphans = children(node);
    orphans.forEach(orphan -> orphan.parent = null);
    node.children = null;
    return orphans;
  }

  /** Forgets a node with all below it; their watches. */
  synchronized List<Integer> removeAll(Node top) {
    detach(top);
    List<Integer> watches = new ArrayList<>();
    Deque<Node> todo = new ArrayDeque<>(List.of(top));
    while (!todo.isEmpty()) {
      Node node = todo.pop();
      nodes.remove(node.watch, node);
      watches.add(node.watch);
      if (node.children != null) {
        node.children.values().forEach(todo::push);
      }
    }
    return watches;
  }

  /** The path of a node; null if it is nowhere. */
  synchronized @Nullable RelPath path(Node node) {
    if (node != lastAsked) {
      lastPath = pathOf(node);
      lastAsked = node;
    }
    return lastPath;
  }

  private @Nullable RelPath pathOf(Node node) {
    if (node == root) {
      return RelPath.ROOT;
    }
    Deque<String> names = new ArrayDeque<>();
    Node at = node;
    for (; at.parent != null; at = at.parent) {
      names.addFirst(at.name);
    }
    return at == root ? RelPath.ofLatin1(String.join("/", names)) : null;
  }

  /** The node at a path. */
  synchronized @Nullable Node at(RelPath path) {
    Node at = root;
    if (path.isRoot() || at == null) {
      return at;
    }
    String latin1 = path.latin1();
    int from = 0;
    while (at != null && from <= latin1.length()) {
      int slash = latin1.indexOf('/', from);
      int to = slash < 0 ? latin1.length() : slash;
      at = at.children == null ? null : at.children.get(latin1.substring(from, to));
      from = to + 1;
    }
    return at;
  }

  @Override
  public boolean contains(RelPath path) {
    return at(path) != null;
  }

  /** How many watches there are, those included that are nowhere. */
  @Override
  public synchronized int size() {
    return nodes.size();
  }

  /** All nodes, those included that are nowhere. */
  synchronized Collection<Node> all() {
    return List.copyOf(nodes.values());
  }
}
