package io.relais.sync.remote;

import com.google.common.collect.ImmutableList;
import io.relais.sync.delta.Piece;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.InMemoryDisk.Operation;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One connection to an {@link InMemoryDisk}, which behaves like an SFTP account on Linux. Safe for
 * use by many threads.
 */
public final class InMemoryTarget implements SyncTarget {
  public static final RemoteLocation PLACE = new RemoteLocation("the account", "the target", "/");

  private static final int CHUNK = 32 << 10;

  private final InMemoryDisk disk;
  private final TemporaryNameGenerator names;
  private final Runnable onLost;
  private volatile boolean entered;
  private volatile int gate;
  private final AtomicBoolean open = new AtomicBoolean(true);

  InMemoryTarget(InMemoryDisk disk, TemporaryNameGenerator names, Runnable onLost) {
    this.disk = disk;
    this.names = names;
    this.onLost = onLost;
  }

  /** A target that nobody else knows, with an empty root. */
  public static InMemoryTarget empty() {
    return new InMemoryDisk().connect(new TemporaryNameGenerator("test"), () -> {});
  }

  /** What it is connected to. */
  public InMemoryDisk disk() {
    return disk;
  }

  /** Makes the next such operation on a path fail; see {@link InMemoryDisk#failNext}. */
  public void failNext(Operation operation, RelPath path, Reason reason) {
    disk.failNext(operation, path, reason);
  }

  /** Breaks the connection: every call that is under way, and every later one, fails. */
  public void loseConnection() {
    if (open.compareAndSet(true, false)) {
      disk.disconnected(this);
      onLost.run();
    }
  }

  private void begin(Operation operation, RelPath path) throws IOException {
    connected();
    disk.before(operation, path);
  }

  private void connected() throws TargetUnavailableException {
    if (entered && gate != disk.gate()) {
      loseConnection();
      throw new TargetUnavailableException("another session, or a promotion, has taken over");
    }
    if (!open.get()) {
      throw new TargetUnavailableException("the connection was lost");
    }
  }

  @Override
  public @Nullable Fence enter(Session session) throws IOException {
    connected();
    gate = disk.gate(); // First, as with a real gate: a promotion in between is found then.
    Fence fence = disk.fence();
    entered = disk.hasGates() && fence == null;
    return fence;
  }

  @Override
  public @Nullable Fence fence() throws IOException {
    if (!open.get()) {
      throw new TargetUnavailableException("the connection was lost");
    }
    return disk.fence();
  }

  @Override
  public @Nullable String whyUngated() {
    return disk.hasGates() ? null : "nothing may be made beside the copy";
  }

  @Override
  public @Nullable TargetEntry stat(RelPath path) throws IOException {
    begin(Operation.STAT, path);
    return disk.stat(path);
  }

  @Override
  public Listing listing(RelPath directory) throws IOException {
    begin(Operation.LIST, directory);
    return new Listing(disk.list(directory), () -> {});
  }

  @Override
  public Staging stage(
      RelPath path, Content content, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    connected();
    Staged staged = new Staged(path.parent().child(names.take()), path);
    boolean done = false;
    boolean created = false;
    try {
      disk.createFile(staged.temporary());
      created = true;
      send(staged.temporary(), content);
      begin(Operation.STAGE_FILE, path);
      disk.setAttributes(
          staged.temporary(),
          new TargetEntry(EntryKind.FILE, 0, mtimeSeconds & 0xFFFF_FFFFL, mode, null));
      done = true;
      return () -> staged;
    } finally {
      if (!done) {
        if (created && open.get()) {
          disk.removeFile(staged.temporary());
        }
      }
    }
  }

  @Override
  public Staged stageAssembled(
      RelPath path, Base base, Recipe recipe, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    begin(Operation.STAGE_ASSEMBLED, path);
    requireBase(base);
    Staged staged = new Staged(path.parent().child(names.take()), path);
    boolean done = false;
    disk.createFile(staged.temporary());
    try {
      for (Piece piece = recipe.next(); piece != null; piece = recipe.next()) {
        connected();
        disk.append(staged.temporary(), bytes(base, piece));
      }
      recipe.finish();
      requireBase(base);
      disk.setAttributes(
          staged.temporary(), new TargetEntry(EntryKind.FILE, 0, mtimeSeconds, mode, null));
      done = true;
      return staged;
    } finally {
      if (!done && open.get()) {
        disk.removeFile(staged.temporary());
      }
    }
  }

  private void requireBase(Base base) throws IOException {
    TargetEntry there = disk.stat(base.path());
    if (there == null
        || there.size() != base.size()
        || there.mtimeSeconds() != base.mtimeSeconds()) {
      throw new TargetException(Reason.FAILURE, base.path() + " is not what was left there");
    }
  }

  private byte[] bytes(Base base, Piece piece) throws TargetException {
    return switch (piece) {
      case Piece.Copy(long offset, long length) -> {
        byte[] all = disk.read(base.path());
        if (offset + length > all.length) {
          throw new TargetException(Reason.FAILURE, "beyond the end of " + base.path());
        }
        yield Arrays.copyOfRange(all, (int) offset, (int) (offset + length));
      }
      case Piece.Literal(byte[] data, int from, int count) -> {
        disk.sent(count);
        yield Arrays.copyOfRange(data, from, from + count);
      }
      case Piece.Zeros(long length) -> new byte[Math.toIntExact(length)];
    };
  }

  private void send(RelPath temporary, Content content) throws IOException {
    byte[] buffer = new byte[CHUNK];
    while (true) {
      int read = content.read(buffer, 0, CHUNK);
      connected();
      if (read == 0) {
        break;
      }
      disk.sent(read);
      disk.append(temporary, Arrays.copyOf(buffer, read));
    }
    content.finish();
  }

  @Override
  public Staged stageSymlink(RelPath path, String linkTarget, long mtimeSeconds)
      throws IOException {
    begin(Operation.STAGE_SYMLINK, path);
    Staged staged = new Staged(path.parent().child(names.take()), path);
    disk.createSymlink(staged.temporary(), linkTarget, mtimeSeconds);
    return staged;
  }

  @Override
  public List<Optional<TargetException>> publish(List<Staged> staged, PublishOrder order)
      throws IOException {
    connected();
    List<Optional<TargetException>> results = new ArrayList<>();
    disk.exclusively(
        () -> {
          for (Staged each : staged) {
            results.add(publish(each));
          }
        });
    return results;
  }

  private Optional<TargetException> publish(Staged staged) throws IOException {
    try {
      begin(Operation.PUBLISH, staged.path());
      disk.rename(staged.temporary(), staged.path());
      return Optional.empty();
    } catch (TargetException e) {
      disk.removeFile(staged.temporary());
      return Optional.of(e);
    }
  }

  @Override
  public void discard(Staged staged) throws IOException {
    begin(Operation.DISCARD, staged.path());
    disk.removeFile(staged.temporary());
  }

  @Override
  public List<Pending> begin(List<RemoteChange> changes) throws IOException {
    List<Pending> pending = new ArrayList<>(changes.size());
    for (RemoteChange remoteChange : changes) {
      try {
        change(remoteChange);
        pending.add(() -> {});
      } catch (TargetException e) {
        pending.add(
            () -> {
              throw e;
            });
      }
    }
    return pending;
  }

  private void change(RemoteChange remoteChange) throws IOException {
    RelPath path = remoteChange.path();
    switch (remoteChange) {
      case RemoteChange.MakeDirectory(var _, int mode) -> {
        begin(Operation.MAKE_DIRECTORY, path);
        disk.makeDirectory(path, mode | 0700);
      }
      case RemoteChange.SetAttributes set -> {
        TargetEntry wanted = asSent(set);
        begin(Operation.SET_ATTRIBUTES, path);
        disk.setAttributes(path, wanted);
      }
      case RemoteChange.SetMode(var _, int mode) -> {
        begin(Operation.SET_MODE, path);
        disk.setMode(path, mode);
      }
      case RemoteChange.RemoveFile _ -> {
        begin(Operation.REMOVE_FILE, path);
        disk.removeFile(path);
      }
      case RemoteChange.RemoveDirectory _ -> {
        begin(Operation.REMOVE_DIRECTORY, path);
        disk.removeDirectory(path);
      }
    }
  }

  /** As over a wire, a mode that a directory is said to have already is not set. */
  private TargetEntry asSent(RemoteChange.SetAttributes set) throws IOException {
    TargetEntry wanted = set.wanted();
    TargetEntry there = set.hasMode() ? stat(set.path()) : null;
    return there == null
        ? wanted
        : new TargetEntry(
            wanted.kind(), wanted.size(), wanted.mtimeSeconds(), there.mode(), wanted.linkTarget());
  }

  @Override
  public RelPath moveAside(RelPath path) throws IOException {
    begin(Operation.MOVE_ASIDE, path);
    RelPath aside = path.parent().child(names.take());
    disk.rename(path, aside);
    return aside;
  }

  @Override
  public List<Optional<TargetException>> move(List<Renaming> renamings) throws IOException {
    connected();
    List<Optional<TargetException>> results = new ArrayList<>();
    disk.exclusively(
        () -> {
          for (Renaming each : renamings) {
            results.add(move(each));
          }
        });
    return results;
  }

  private Optional<TargetException> move(Renaming renaming) throws IOException {
    try {
      begin(Operation.MOVE, renaming.from());
      TargetEntry there = renaming.kind() == null ? null : disk.stat(renaming.from());
      if (there != null && there.kind() != renaming.kind()) {
        throw TargetException.unsafe(renaming.from(), renaming.from() + " is a " + there.kind());
      }
      disk.rename(renaming.from(), renaming.to());
      return Optional.empty();
    } catch (TargetException e) {
      return Optional.of(e);
    }
  }

  @Override
  public boolean read(RelPath path, long most, ContentSink sink) throws IOException {
    begin(Operation.READ, path);
    byte[] content = disk.read(path);
    int end = (int) Math.min(content.length, most);
    for (int at = 0; at < end; at += CHUNK) {
      connected();
      sink.accept(content, at, Math.min(CHUNK, end - at));
    }
    return end == content.length;
  }

  @Override
  public void leaveHeartbeat(byte[] content) throws IOException {
    begin(Operation.LEAVE_HEARTBEAT, RelPath.ROOT);
    disk.leaveHeartbeat(content);
  }

  @Override
  public void leaveBeside(String name, byte[] content) throws IOException {
    begin(Operation.LEAVE_HEARTBEAT, RelPath.ROOT);
    disk.leaveBeside(name, content);
  }

  @Override
  public byte @Nullable [] siblingFile(String name, int most) throws IOException {
    connected();
    return disk.siblingFile(name, most);
  }

  @Override
  public Space space(RelPath directory) throws IOException {
    connected();
    return new Space(disk.free(), -1, disk.capacity(), 1);
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(
        Capabilities.USUAL_FILES_AT_ONCE, disk.copiesRanges(), true, disk.features());
  }

  @Override
  public void beginRound() {}

  @Override
  public boolean readBeside(RelPath path, long most, ContentSink sink) throws IOException {
    return read(path, most, sink);
  }

  @Override
  public boolean probeDisk() {
    return true;
  }

  @Override
  public void recallDisk(FileSystemFeatures known) {}

  @Override
  public ImmutableList<String> lacks() {
    return ImmutableList.of();
  }

  @Override
  public String whyLost() {
    return "the connection was lost";
  }

  @Override
  public RemoteLocation place() {
    return PLACE;
  }

  @Override
  public @Nullable String objection() {
    return null;
  }

  @Override
  public boolean isOpen() {
    return open.get();
  }

  @Override
  public void close() {
    open.set(false);
    disk.disconnected(this);
  }
}
