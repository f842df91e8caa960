package io.relais.sync.remote;

import static java.util.Objects.requireNonNull;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The files of an account at a server, in memory, with what Linux and OpenSSH's server make of each
 * operation: rename(2) replaces a file or a symlink and never a directory, an owner without the
 * right to write into a directory can't, a new entry changes the time of its directory, and the
 * umask is 022. It does not look through symlinks: a path that leads through one is not there.
 *
 * <p>Safe for use by many threads; each operation is atomic.
 */
public final class InMemoryDisk {
  private static final int UMASK = 022;
  private static final int MAX_NAME = 255;

  /** What can be counted and made to fail. */
  public enum Operation {
    STAT,
    LIST,
    MAKE_DIRECTORY,
    STAGE_FILE,
    STAGE_ASSEMBLED,
    STAGE_SYMLINK,
    PUBLISH,
    DISCARD,
    SET_ATTRIBUTES,
    SET_MODE,
    MOVE_ASIDE,
    MOVE,
    REMOVE_FILE,
    REMOVE_DIRECTORY,
    READ,
    LEAVE_HEARTBEAT
  }

  /** One operation, carried out with no other between its parts. */
  interface Action {
    void run() throws IOException;
  }

  private record Failure(Operation operation, RelPath path) {}

  /** Its order says which paths are one. */
  private final NavigableMap<RelPath, InMemoryEntry> entries;

  private final FileSystemFeatures features;
  private final Map<Failure, Reason> failing = new ConcurrentHashMap<>();
  private final Map<Operation, Integer> counts = new EnumMap<>(Operation.class);
  private final Set<InMemoryTarget> connections = ConcurrentHashMap.newKeySet();
  private volatile long capacity;
  private long now = 1_800_000_000L;
  private final Map<String, byte[]> beside = new ConcurrentHashMap<>();
  private final List<byte[]> heartbeats = new CopyOnWriteArrayList<>();
  private final AtomicLong bytesSent = new AtomicLong();
  private volatile boolean copiesRanges = true;
  private volatile boolean unreachable;
  private volatile boolean refusesHeartbeats;

  private final AtomicInteger gate = new AtomicInteger();
  private volatile boolean hasGates = true;
  private volatile @Nullable Fence fence;

  /** An empty root, and room for everything. */
  public InMemoryDisk() {
    this(Long.MAX_VALUE);
  }

  /** An empty root on a disk of so many bytes. */
  public InMemoryDisk(long capacity) {
    this(capacity, FileSystemFeatures.ALL);
  }

  private InMemoryDisk(long capacity, FileSystemFeatures features) {
    this.capacity = capacity;
    this.features = features;
    this.entries = new TreeMap<>(Comparator.comparing(this::folded));
    entries.put(RelPath.ROOT, InMemoryEntry.directory(0755, now));
  }

  /** The backup goes live with it: from now on no connection that there is may change it. */
  public void promote(Fence with) {
    fence = with;
    gate.incrementAndGet();
  }

  /** The promotion record is removed. */
  public void liftPromotion() {
    fence = null;
  }

  /** Whether a promotion ends what is under way. */
  public void hasGates(boolean now) {
    hasGates = now;
  }

  boolean hasGates() {
    return hasGates;
  }

  int gate() {
    return gate.get();
  }

  @Nullable Fence fence() {
    return fence;
  }

  /** One that does not tell upper from lower case, and keeps the spelling that an entry had. */
  public static InMemoryDisk foldingCase() {
    return new InMemoryDisk(
        Long.MAX_VALUE, new FileSystemFeatures(true, true, true, 1, true, "", "", false));
  }

  FileSystemFeatures features() {
    return features;
  }

  private RelPath folded(RelPath path) {
    return features.foldsCase() ? RelPath.ofLatin1(path.latin1().toUpperCase(Locale.ROOT)) : path;
  }

  private boolean isWithin(RelPath path, RelPath directory) {
    return folded(path).startsWith(folded(directory));
  }

  /** A link that connects to this disk. */
  public TargetConnector link(TemporaryNameGenerator names) {
    return onLost -> {
      if (unreachable) {
        throw new TargetUnavailableException("it can't be reached");
      }
      return connect(names, onLost);
    };
  }

  InMemoryTarget connect(TemporaryNameGenerator names, Runnable onLost) {
    InMemoryTarget target = new InMemoryTarget(this, names, onLost);
    connections.add(target);
    return target;
  }

  void disconnected(InMemoryTarget target) {
    connections.remove(target);
  }

  /** Breaks every connection; new ones are possible unless {@link #unreachable} was set. */
  public void loseConnections() {
    connections.forEach(InMemoryTarget::loseConnection);
  }

  /** Whether new connections fail. */
  public void unreachable(boolean now) {
    unreachable = now;
  }

  /** From now on the disk has so many bytes; what is there stays. */
  public void resize(long bytes) {
    capacity = bytes;
  }

  /** Makes the next operation of that kind on that path be refused, once. */
  public void failNext(Operation operation, RelPath path, Reason reason) {
    failing.put(new Failure(operation, path), reason);
  }

  /** Whether files can be put together from ranges of others; at first they can. */
  public void copiesRanges(boolean now) {
    copiesRanges = now;
  }

  boolean copiesRanges() {
    return copiesRanges;
  }

  /** Bytes of files that were sent, not counting what was copied there. */
  public long bytesSent() {
    return bytesSent.get();
  }

  void sent(long bytes) {
    bytesSent.addAndGet(bytes);
  }

  /** Whether nothing may be written beside the root. */
  public void refusesHeartbeats(boolean now) {
    refusesHeartbeats = now;
  }

  void leaveHeartbeat(byte[] content) throws TargetException {
    if (refusesHeartbeats) {
      throw new TargetException(Reason.PERMISSION_DENIED, "write beside the root: denied");
    }
    heartbeats.add(content.clone());
  }

  /** Puts a file beside the root, as this or another account of the server. */
  public void leaveBeside(String name, byte[] content) {
    beside.put(name, content.clone());
  }

  /** What lies beside the root but heartbeats; null for nothing. */
  public byte @Nullable [] beside(String name) {
    return beside.get(name);
  }

  byte @Nullable [] siblingFile(String name, int most) {
    byte[] left = beside.get(name);
    if (left != null) {
      return Arrays.copyOf(left, Math.min(most, left.length));
    }
    return heartbeats.isEmpty() || !name.endsWith(".heartbeat.json")
        ? null
        : Arrays.copyOf(heartbeats.getLast(), Math.min(most, heartbeats.getLast().length));
  }

  /** What was left beside the root, each in the place of the one before. */
  public List<byte[]> heartbeats() {
    return heartbeats;
  }

  /** How often an operation was asked for, whether it succeeded or not. */
  public synchronized int count(Operation operation) {
    return counts.getOrDefault(operation, 0);
  }

  /** Everything but the root, by path. */
  public synchronized Map<RelPath, TargetEntry> snapshot() {
    Map<RelPath, TargetEntry> found = new TreeMap<>();
    entries.forEach((path, entry) -> found.put(path, entry.toTargetEntry()));
    found.remove(RelPath.ROOT);
    return found;
  }

  /** The content of every file at one moment, by path. */
  public synchronized Map<RelPath, byte[]> contents() {
    Map<RelPath, byte[]> found = new TreeMap<>();
    entries.forEach(
        (path, entry) -> {
          if (entry.kind == EntryKind.FILE) {
            found.put(path, entry.content());
          }
        });
    return found;
  }

  /** A file's content, whatever its mode. */
  public synchronized byte[] contentOf(RelPath path) {
    return requireNonNull(entries.get(path), "no such file").content();
  }

  /** Puts a file there behind the mirror's back; its directory must exist. */
  public synchronized void put(RelPath path, byte[] content, int mode, long mtimeSeconds) {
    InMemoryEntry file = InMemoryEntry.file(mode, mtimeSeconds);
    file.setContent(content);
    entries.put(path, file);
  }

  /** Removes something, with all it holds, behind the mirror's back. */
  public synchronized void lose(RelPath path) {
    entries.keySet().removeIf(other -> isWithin(other, path));
  }

  /** Removes the root too, as on a target where nothing was made yet. */
  public synchronized void removeRoot() {
    entries.clear();
  }

  synchronized void exclusively(Action action) throws IOException {
    action.run();
  }

  void before(Operation operation, RelPath path) throws TargetException {
    synchronized (this) {
      counts.merge(operation, 1, Integer::sum);
    }
    Reason reason = failing.remove(new Failure(operation, path));
    if (reason != null) {
      throw new TargetException(reason, "made to fail: " + operation + " of " + path);
    }
  }

  synchronized @Nullable TargetEntry stat(RelPath path) {
    InMemoryEntry entry = entries.get(path);
    return entry == null ? null : entry.toTargetEntry();
  }

  synchronized Map<String, TargetEntry> list(RelPath directory) throws TargetException {
    InMemoryEntry there = existing(directory);
    if (there.kind != EntryKind.DIRECTORY) {
      throw refused(Reason.NOT_FOUND, directory);
    }
    require(there, 0400, directory);
    Map<String, TargetEntry> found = new LinkedHashMap<>();
    for (RelPath child : children(directory)) {
      found.put(child.name(), requireNonNull(entries.get(child)).toTargetEntry());
    }
    return found;
  }

  private List<RelPath> children(RelPath directory) {
    List<RelPath> found = new ArrayList<>();
    for (RelPath path : entries.tailMap(directory, false).keySet()) {
      if (!isWithin(path, directory)) {
        break;
      }
      if (folded(path.parent()).equals(folded(directory))) {
        found.add(path);
      }
    }
    return found;
  }

  synchronized void makeDirectory(RelPath path, int mode) throws TargetException {
    InMemoryEntry there = entries.get(path);
    if (there != null && there.kind == EntryKind.DIRECTORY) {
      return;
    }
    int inherited = path.isRoot() ? 0 : writableParent(path).mode & 02000;
    add(path, InMemoryEntry.directory((mode & ~UMASK) | inherited, now));
  }

  synchronized void createFile(RelPath path) throws TargetException {
    add(path, InMemoryEntry.file(0600, now));
  }

  synchronized void createSymlink(RelPath path, String text, long mtimeSeconds)
      throws TargetException {
    add(path, InMemoryEntry.symlink(text, mtimeSeconds));
  }

  private void add(RelPath path, InMemoryEntry entry) throws TargetException {
    if (path.name().length() > MAX_NAME || entries.containsKey(path)) {
      throw refused(Reason.FAILURE, path);
    }
    if (!path.isRoot()) {
      touch(writableParent(path));
    }
    entries.put(path, entry);
  }

  synchronized void append(RelPath path, byte[] more) throws TargetException {
    InMemoryEntry file = existing(path);
    if (more.length > free()) {
      throw new TargetException(
          Reason.NO_SPACE, "write " + path + ": the target's disk is full: " + free() + " bytes");
    }
    file.append(more);
  }

  public synchronized long capacity() {
    return capacity;
  }

  synchronized long free() {
    return capacity - entries.values().stream().mapToLong(entry -> entry.size()).sum();
  }

  synchronized void setAttributes(RelPath path, TargetEntry wanted) throws TargetException {
    InMemoryEntry entry = existing(path);
    if (entry.kind != EntryKind.SYMLINK) {
      setMode(entry, wanted.mode());
    }
    entry.mtimeSeconds = wanted.mtimeSeconds();
  }

  synchronized void setMode(RelPath path, int mode) throws TargetException {
    setMode(existing(path), mode);
  }

  private static void setMode(InMemoryEntry entry, int mode) {
    int setgid = entry.kind == EntryKind.DIRECTORY ? entry.mode & 02000 : 0;
    entry.mode = mode | setgid;
  }

  synchronized void rename(RelPath from, RelPath to) throws TargetException {
    InMemoryEntry moved = existing(from);
    InMemoryEntry replaced = entries.get(to);
    if (replaced != null
        && replaced != moved
        && (replaced.kind == EntryKind.DIRECTORY || moved.kind == EntryKind.DIRECTORY)) {
      throw refused(Reason.FAILURE, to);
    }
    touch(writableParent(from));
    touch(writableParent(to));
    NavigableMap<RelPath, InMemoryEntry> moving = new TreeMap<>();
    entries.tailMap(from, true).entrySet().stream()
        .takeWhile(each -> isWithin(each.getKey(), from))
        .forEach(each -> moving.put(each.getKey(), each.getValue()));
    moving.keySet().forEach(entries::remove);
    entries.remove(to);
    moving.forEach(
        (path, entry) ->
            entries.put(
                RelPath.ofLatin1(to.latin1() + path.latin1().substring(from.latin1().length())),
                entry));
  }

  synchronized void removeFile(RelPath path) throws TargetException {
    InMemoryEntry there = entries.get(path);
    if (there == null) {
      return;
    }
    if (there.kind == EntryKind.DIRECTORY) {
      throw refused(Reason.FAILURE, path);
    }
    remove(path);
  }

  synchronized void removeDirectory(RelPath path) throws TargetException {
    InMemoryEntry there = entries.get(path);
    if (there == null) {
      return;
    }
    if (there.kind != EntryKind.DIRECTORY || !children(path).isEmpty()) {
      throw refused(Reason.FAILURE, path);
    }
    remove(path);
  }

  private void remove(RelPath path) throws TargetException {
    if (!path.isRoot()) {
      touch(writableParent(path));
    }
    entries.remove(path);
  }

  synchronized byte[] read(RelPath path) throws TargetException {
    InMemoryEntry file = existing(path);
    if (file.kind != EntryKind.FILE) {
      throw refused(Reason.FAILURE, path);
    }
    require(file, 0400, path);
    return file.content();
  }

  private InMemoryEntry existing(RelPath path) throws TargetException {
    InMemoryEntry entry = entries.get(path);
    if (entry == null) {
      throw refused(Reason.NOT_FOUND, path);
    }
    return entry;
  }

  private InMemoryEntry writableParent(RelPath path) throws TargetException {
    InMemoryEntry parent = existing(path.parent());
    if (parent.kind != EntryKind.DIRECTORY) {
      throw refused(Reason.NOT_FOUND, path);
    }
    require(parent, 0300, path);
    return parent;
  }

  private void touch(InMemoryEntry directory) {
    directory.mtimeSeconds = ++now;
  }

  private static void require(InMemoryEntry entry, int bits, RelPath path) throws TargetException {
    if ((entry.mode & bits) != bits) {
      throw refused(Reason.PERMISSION_DENIED, path);
    }
  }

  private static TargetException refused(Reason reason, RelPath path) {
    return new TargetException(reason, path + ": " + reason);
  }
}
