package io.relais.sync.index;

import com.google.common.hash.HashCode;
import io.relais.sync.delta.ChunkList;
import io.relais.sync.plan.Confirmed;
import io.relais.sync.plan.Kind;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.RootStamp;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** An index in a map, for tests: as the real one, but for its disk. */
public final class InMemoryIndex implements MirrorIndex {
  private TreeMap<RelPath, Confirmed> records = new TreeMap<>();
  private TreeMap<RelPath, Chunks> chunks = new TreeMap<>();
  private @Nullable RootStamp root;
  private long sequence;
  private boolean inBatch;

  @Override
  public synchronized @Nullable Confirmed get(RelPath path) {
    return records.get(path);
  }

  @Override
  public synchronized Map<String, Confirmed> children(RelPath directory) {
    Map<String, Confirmed> children = new TreeMap<>();
    records.forEach(
        (path, confirmed) -> {
          if (!path.isRoot() && path.parent().equals(directory)) {
            children.put(path.name(), confirmed);
          }
        });
    return children;
  }

  @Override
  public synchronized boolean put(RelPath path, Confirmed confirmed) {
    Confirmed before = records.get(path);
    if (before != null && isDirectory(before) != isDirectory(confirmed)) {
      return false;
    }
    records.put(path, confirmed);
    return true;
  }

  private static boolean isDirectory(Confirmed confirmed) {
    return confirmed.source().kind() == Kind.DIRECTORY;
  }

  @Override
  public synchronized @Nullable ChunkList chunks(RelPath path, HashCode content) {
    Chunks found = chunks.get(path);
    return found != null && found.content().equals(content) ? found.list() : null;
  }

  @Override
  public synchronized void putChunks(RelPath path, HashCode content, @Nullable ChunkList list) {
    if (list != null) {
      chunks.put(path, new Chunks(content, list));
    } else if (chunks(path, content) == null) {
      chunks.remove(path);
    }
  }

  @Override
  public synchronized @Nullable RelPath beginningWith(long beginning) {
    return chunks.entrySet().stream()
        .filter(each -> each.getValue().list().beginning() == beginning)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(null);
  }

  private record Chunks(HashCode content, ChunkList list) {}

  @Override
  public synchronized void remove(RelPath path) {
    records.remove(path);
    chunks.remove(path);
  }

  @Override
  public synchronized void removeTree(RelPath path) {
    records.keySet().removeIf(other -> other.startsWith(path));
    chunks.keySet().removeIf(other -> other.startsWith(path));
  }

  @Override
  public synchronized void forEachDirectory(RelPath path, BiConsumer<RelPath, Confirmed> action) {
    records.forEach(
        (at, confirmed) -> {
          if (at.startsWith(path) && confirmed.source().kind() == Kind.DIRECTORY) {
            action.accept(at, confirmed);
          }
        });
  }

  @Override
  public synchronized Map<RelPath, Confirmed> directoriesWith(long inode) {
    Map<RelPath, Confirmed> found = new TreeMap<>();
    forEachDirectory(
        RelPath.ROOT,
        (path, confirmed) -> {
          if (confirmed.source().inode() == inode) {
            found.put(path, confirmed);
          }
        });
    return found;
  }

  @Override
  public synchronized void moveTree(RelPath from, RelPath to) {
    removeTree(to);
    TreeMap<RelPath, Confirmed> moving = new TreeMap<>(records);
    moving.keySet().removeIf(path -> !path.startsWith(from));
    TreeMap<RelPath, Chunks> lists = new TreeMap<>(chunks);
    lists.keySet().removeIf(path -> !path.startsWith(from));
    removeTree(from);
    moving.forEach((path, confirmed) -> records.put(path.rebased(from, to), confirmed));
    lists.forEach((path, list) -> chunks.put(path.rebased(from, to), list));
  }

  @Override
  public synchronized long count() {
    return records.size();
  }

  @Override
  public synchronized long countTree(RelPath path) {
    return records.keySet().stream().filter(other -> other.startsWith(path)).count();
  }

  @Override
  public synchronized void batch(Runnable changes) {
    if (inBatch) {
      throw new IllegalStateException("batches don't nest");
    }
    Runnable undo = remember();
    inBatch = true;
    boolean done = false;
    try {
      changes.run();
      done = true;
    } finally {
      inBatch = false;
      if (!done) {
        undo.run();
      }
    }
  }

  private Runnable remember() {
    TreeMap<RelPath, Confirmed> before = new TreeMap<>(records);
    TreeMap<RelPath, Chunks> chunksBefore = new TreeMap<>(chunks);
    RootStamp rootBefore = root;
    long sequenceBefore = sequence;
    return () -> {
      records = before;
      chunks = chunksBefore;
      root = rootBefore;
      sequence = sequenceBefore;
    };
  }

  @Override
  public synchronized Optional<RootStamp> root() {
    return Optional.ofNullable(root);
  }

  @Override
  public synchronized void setRoot(RootStamp stamp) {
    root = stamp;
  }

  @Override
  public synchronized long sequence() {
    return sequence;
  }

  @Override
  public synchronized long nextSequence() {
    return ++sequence;
  }

  @Override
  public synchronized void clear() {
    records.clear();
    chunks.clear();
    root = null;
  }

  @Override
  public boolean wasReset() {
    return false;
  }

  @Override
  public void close() {}
}
