package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.Fence;
import io.relais.sync.remote.InMemoryTarget;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.RemoteLocation;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** A target that takes everything and keeps nothing: it is empty, or the copy of a source. */
public final class GeneratedTarget implements SyncTarget {
  private final GeneratedTree tree;
  private final boolean full;
  public final LongAdder listings = new LongAdder();
  public final LongAdder uploads = new LongAdder();

  public GeneratedTarget(GeneratedTree tree, boolean full) {
    this.tree = tree;
    this.full = full;
  }

  @Override
  public @Nullable Fence enter(Session session) {
    return null;
  }

  @Override
  public @Nullable Fence fence() {
    return null;
  }

  @Override
  public @Nullable String whyUngated() {
    return null;
  }

  @Override
  public @Nullable TargetEntry stat(RelPath path) {
    SourceEntry there = tree.stat(path);
    return there == null || !(full || path.isRoot()) ? null : there.asTarget();
  }

  @Override
  public Listing listing(RelPath directory) throws IOException {
    listings.increment();
    Map<String, TargetEntry> found = new HashMap<>();
    if (full) {
      tree.list(directory).forEach((name, entry) -> found.put(name, entry.asTarget()));
    }
    return new Listing(found, () -> {});
  }

  @Override
  public Staging stage(
      RelPath path, Content content, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    byte[] buffer = new byte[(int) expectedSize + 1];
    while (content.read(buffer, 0, buffer.length) > 0) {}
    content.finish();
    uploads.increment();
    return () -> new Staged(path, path);
  }

  @Override
  public Staged stageSymlink(RelPath path, String linkTarget, long mtimeSeconds) {
    return new Staged(path, path);
  }

  @Override
  public List<Optional<TargetException>> publish(List<Staged> staged, PublishOrder order) {
    return staged.stream().map(_ -> Optional.<TargetException>empty()).toList();
  }

  @Override
  public Staged stageAssembled(
      RelPath path, Base base, Recipe recipe, long mtimeSeconds, int mode, long expectedSize) {
    throw new AssertionError("nothing is assembled here");
  }

  @Override
  public void discard(Staged staged) {}

  @Override
  public RelPath moveAside(RelPath path) {
    return path;
  }

  @Override
  public List<Optional<TargetException>> move(List<Renaming> renamings) {
    throw new AssertionError("nothing is moved here");
  }

  @Override
  public boolean read(RelPath path, long most, ContentSink sink) {
    return true;
  }

  @Override
  public void leaveHeartbeat(byte[] content) {}

  @Override
  public void leaveBeside(String name, byte[] content) {}

  @Override
  public byte @Nullable [] siblingFile(String name, int most) {
    return null;
  }

  @Override
  public @Nullable Space space(RelPath directory) {
    return null;
  }

  @Override
  public List<Pending> begin(List<RemoteChange> changes) {
    return changes.stream().<Pending>map(_ -> () -> {}).toList();
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(Capabilities.USUAL_FILES_AT_ONCE, false, true, FileSystemFeatures.ALL);
  }

  @Override
  public void beginRound() {}

  @Override
  public boolean readBeside(RelPath path, long most, ContentSink sink) {
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
    return InMemoryTarget.PLACE;
  }

  @Override
  public @Nullable String objection() {
    return null;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {}
}
