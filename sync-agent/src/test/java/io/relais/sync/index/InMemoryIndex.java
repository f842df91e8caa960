package io.relais.sync.index;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.HashCode;
import io.relais.sync.delta.ChunkList;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.RootResolution;
import io.relais.sync.index.MirrorIndex.HaltRecord;
import io.relais.sync.path.RelPath;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** An index in a map, for tests: as the real one, but for its disk. */
public final class InMemoryIndex implements MirrorIndex {
  private TreeMap<RelPath, IndexEntry> records = new TreeMap<>();
  private TreeMap<RelPath, Chunks> chunks = new TreeMap<>();
  private TreeMap<RelPath, Instant> arrivals = new TreeMap<>();
  private TreeMap<RelPath, Gone> gone = new TreeMap<>();
  private TreeMap<RelPath, Renamed> renamed = new TreeMap<>();
  private final Map<String, byte[]> notes = new TreeMap<>();
  private @Nullable RootIdentity root;
  private @Nullable RootResolution way;
  private @Nullable HaltRecord halt;
  private boolean founding = true;
  private long sequence;
  private boolean inBatch;

  @Override
  public synchronized @Nullable IndexEntry get(RelPath path) {
    return records.get(path);
  }

  @Override
  public synchronized Map<String, IndexEntry> children(RelPath directory) {
    Map<String, IndexEntry> children = new TreeMap<>();
    records.forEach(
        (path, indexEntry) -> {
          if (!path.isRoot() && path.parent().equals(directory)) {
            children.put(path.name(), indexEntry);
          }
        });
    return children;
  }

  @Override
  public synchronized boolean put(RelPath path, IndexEntry indexEntry) {
    IndexEntry before = records.get(path);
    if (before != null && isDirectory(before) != isDirectory(indexEntry)) {
      return false;
    }
    records.put(path, indexEntry);
    return true;
  }

  private static boolean isDirectory(IndexEntry indexEntry) {
    return indexEntry.source().kind() == EntryKind.DIRECTORY;
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

  private record Gone(Instant at, boolean counts) {}

  private record Renamed(RelPath to, Instant at) {}

  private record Chunks(HashCode content, ChunkList list) {}

  @Override
  public synchronized void remove(RelPath path) {
    records.remove(path);
    chunks.remove(path);
    arrivals.remove(path);
  }

  @Override
  public synchronized void removeTree(RelPath path) {
    boolean removed = records.keySet().removeIf(other -> other.startsWith(path));
    chunks.keySet().removeIf(other -> other.startsWith(path));
    if (removed) {
      arrivals.keySet().removeIf(other -> other.startsWith(path));
    }
  }

  @Override
  public synchronized void forEachDirectory(RelPath path, BiConsumer<RelPath, IndexEntry> action) {
    records.forEach(
        (at, indexEntry) -> {
          if (at.startsWith(path) && indexEntry.source().kind() == EntryKind.DIRECTORY) {
            action.accept(at, indexEntry);
          }
        });
  }

  @Override
  public synchronized Map<RelPath, IndexEntry> directoriesWith(long inode) {
    Map<RelPath, IndexEntry> found = new TreeMap<>();
    forEachDirectory(
        RelPath.ROOT,
        (path, indexEntry) -> {
          if (indexEntry.source().inode() == inode) {
            found.put(path, indexEntry);
          }
        });
    return found;
  }

  @Override
  public synchronized void moveTree(RelPath from, RelPath to, Instant now, Instant window) {
    boolean stood = hasStood(to, window);
    if (!stood && hasStood(from, window)) {
      renamed.replaceAll(
          (_, each) ->
              each.to().startsWith(from)
                  ? new Renamed(each.to().rebased(from, to), each.at())
                  : each);
      renamed.put(from, new Renamed(to, now));
    }
    removeTree(to);
    TreeMap<RelPath, Instant> young = new TreeMap<>(arrivals);
    young.keySet().removeIf(path -> !path.startsWith(from));
    TreeMap<RelPath, IndexEntry> moving = new TreeMap<>(records);
    moving.keySet().removeIf(path -> !path.startsWith(from));
    TreeMap<RelPath, Chunks> lists = new TreeMap<>(chunks);
    lists.keySet().removeIf(path -> !path.startsWith(from));
    removeTree(from);
    moving.forEach((path, indexEntry) -> records.put(path.rebased(from, to), indexEntry));
    lists.forEach((path, list) -> chunks.put(path.rebased(from, to), list));
    young.forEach((path, at) -> arrivals.put(path.rebased(from, to), at));
    if (stood) {
      arrivals.remove(to);
    }
    for (RelPath path : moving.keySet()) {
      if (isBack(path.rebased(from, to), window)) {
        arrivals.remove(path.rebased(from, to));
      }
    }
  }

  @Override
  public synchronized ImmutableMap<RelPath, IndexEntry> filesAfter(RelPath after, int most) {
    return records.tailMap(after, false).entrySet().stream()
        .filter(each -> each.getValue().source().kind() == EntryKind.FILE)
        .limit(most)
        .collect(ImmutableMap.toImmutableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  @Override
  public synchronized FileTotals fileTotals() {
    long[] all = new long[2];
    for (IndexEntry each : records.values()) {
      if (each.source().kind() == EntryKind.FILE) {
        all[0]++;
        all[1] += each.source().size();
      }
    }
    return new FileTotals(all[0], all[1]);
  }

  @Override
  public synchronized byte @Nullable [] note(String name) {
    return notes.get(name);
  }

  @Override
  public synchronized void setNoteDurably(String name, byte[] value) {
    setNote(name, value);
  }

  @Override
  public synchronized void setNote(String name, byte[] value) {
    notes.put(name, value);
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
    TreeMap<RelPath, IndexEntry> before = new TreeMap<>(records);
    TreeMap<RelPath, Chunks> chunksBefore = new TreeMap<>(chunks);
    TreeMap<RelPath, Instant> arrivalsBefore = new TreeMap<>(arrivals);
    TreeMap<RelPath, Gone> goneBefore = new TreeMap<>(gone);
    TreeMap<RelPath, Renamed> renamedBefore = new TreeMap<>(renamed);
    RootIdentity rootBefore = root;
    RootResolution wayBefore = way;
    HaltRecord haltBefore = halt;
    long sequenceBefore = sequence;
    return () -> {
      records = before;
      chunks = chunksBefore;
      arrivals = arrivalsBefore;
      gone = goneBefore;
      renamed = renamedBefore;
      root = rootBefore;
      way = wayBefore;
      halt = haltBefore;
      sequence = sequenceBefore;
    };
  }

  @Override
  public synchronized Optional<RootIdentity> root() {
    return Optional.ofNullable(root);
  }

  @Override
  public synchronized void setRoot(RootIdentity stamp) {
    root = stamp;
  }

  @Override
  public synchronized Optional<RootResolution> way() {
    return Optional.ofNullable(way);
  }

  @Override
  public synchronized void setWay(RootResolution next) {
    way = next;
  }

  @Override
  public synchronized boolean isFounding() {
    return founding;
  }

  @Override
  public synchronized void founded() {
    founding = false;
  }

  @Override
  public synchronized void arrived(RelPath path, Instant now, Instant window) {
    if (isBack(path, window)) {
      return;
    }
    RelPath moved = movedTo(path, window).orElse(null);
    if (moved != null && isBack(moved, window)) {
      return;
    }
    if (moved != null && !records.containsKey(path) && hasStood(moved, window)) {
      arrivals.put(moved, now);
    } else if (!records.containsKey(path)) {
      arrivals.putIfAbsent(path, now);
    }
  }

  private boolean hasStood(RelPath path, Instant window) {
    Instant arrival = arrivals.get(path);
    return records.containsKey(path) && (arrival == null || !arrival.isAfter(window));
  }

  private boolean isBack(RelPath path, Instant window) {
    Gone before = gone.get(path);
    return before != null && before.at().isAfter(window) && gone.remove(path) != null;
  }

  @Override
  public synchronized Optional<RelPath> movedTo(RelPath path, Instant after) {
    for (RelPath at = path; ; at = at.parent()) {
      Renamed found = renamed.get(at);
      if (found != null && found.at().isAfter(after)) {
        return Optional.of(path.rebased(at, found.to()));
      }
      if (at.isRoot()) {
        return Optional.empty();
      }
    }
  }

  @Override
  public synchronized void deleted(RelPath path, Instant now, Instant window, boolean counts) {
    Instant arrival = arrivals.get(path);
    boolean young = arrival != null && arrival.isAfter(window) && !arrival.isAfter(now);
    if (records.containsKey(path) && !young) {
      gone.put(path, new Gone(now, counts));
    }
  }

  @Override
  public synchronized void deletedTree(RelPath path, Instant now, Instant window, boolean counts) {
    records.keySet().stream()
        .filter(each -> each.startsWith(path))
        .forEach(each -> deleted(each, now, window, counts));
  }

  @Override
  public synchronized long countArrived(Instant after, Instant until) {
    return arrived(after, until).size();
  }

  @Override
  public synchronized Set<RelPath> arrived(Instant after, Instant until) {
    Set<RelPath> found = new HashSet<>();
    arrivals.forEach(
        (path, at) -> {
          if (at.isAfter(after) && !at.isAfter(until)) {
            found.add(path);
          }
        });
    return found;
  }

  @Override
  public synchronized long countDeleted(Instant after) {
    return deleted(after).size();
  }

  @Override
  public synchronized Set<RelPath> deleted(Instant after) {
    Set<RelPath> found = new HashSet<>();
    gone.forEach(
        (path, each) -> {
          if (each.counts() && each.at().isAfter(after)) {
            found.add(path);
          }
        });
    return found;
  }

  @Override
  public synchronized void forgive() {
    gone.replaceAll((_, each) -> new Gone(each.at(), false));
  }

  @Override
  public synchronized void forgetRecent(Instant until) {
    arrivals.values().removeIf(at -> !at.isAfter(until));
    gone.values().removeIf(each -> !each.at().isAfter(until));
    renamed.values().removeIf(each -> !each.at().isAfter(until));
  }

  @Override
  public synchronized Optional<HaltRecord> halt() {
    return Optional.ofNullable(halt);
  }

  @Override
  public synchronized void setHalt(@Nullable HaltRecord mark) {
    halt = mark;
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
    arrivals.clear();
    gone.clear();
    renamed.clear();
    notes.clear();
    root = null;
    way = null;
    halt = null;
    founding = true;
  }

  @Override
  public boolean wasReset() {
    return false;
  }

  @Override
  public void close() {}
}
