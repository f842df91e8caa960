package io.relais.sync.remote;

import com.google.common.collect.ImmutableList;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Does everything as another target does it. */
public abstract class ForwardingTarget implements SyncTarget {
  private final SyncTarget target;

  protected ForwardingTarget(SyncTarget target) {
    this.target = target;
  }

  @Override
  public void beginRound() {
    target.beginRound();
  }

  @Override
  public @Nullable Fence enter(Session session) throws IOException {
    return target.enter(session);
  }

  @Override
  public @Nullable Fence fence() throws IOException {
    return target.fence();
  }

  @Override
  public @Nullable String whyUngated() {
    return target.whyUngated();
  }

  @Override
  public @Nullable TargetEntry stat(RelPath path) throws IOException {
    return target.stat(path);
  }

  @Override
  public Listing listing(RelPath directory) throws IOException {
    return target.listing(directory);
  }

  @Override
  public Staging stage(
      RelPath path, Content content, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    return target.stage(path, content, mtimeSeconds, mode, expectedSize);
  }

  @Override
  public Staged stageAssembled(
      RelPath path, Base base, Recipe recipe, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    return target.stageAssembled(path, base, recipe, mtimeSeconds, mode, expectedSize);
  }

  @Override
  public Staged stageSymlink(RelPath path, String linkTarget, long mtimeSeconds)
      throws IOException {
    return target.stageSymlink(path, linkTarget, mtimeSeconds);
  }

  @Override
  public List<Optional<TargetException>> publish(List<Staged> staged, PublishOrder order)
      throws IOException {
    return target.publish(staged, order);
  }

  @Override
  public void discard(Staged staged) throws IOException {
    target.discard(staged);
  }

  @Override
  public RelPath moveAside(RelPath path) throws IOException {
    return target.moveAside(path);
  }

  @Override
  public List<Optional<TargetException>> move(List<Renaming> renamings) throws IOException {
    return target.move(renamings);
  }

  @Override
  public List<Pending> begin(List<RemoteChange> changes) throws IOException {
    return target.begin(changes);
  }

  @Override
  public boolean read(RelPath path, long most, ContentSink sink) throws IOException {
    return target.read(path, most, sink);
  }

  @Override
  public boolean readBeside(RelPath path, long most, ContentSink sink) throws IOException {
    return target.readBeside(path, most, sink);
  }

  @Override
  public void leaveHeartbeat(byte[] content) throws IOException {
    target.leaveHeartbeat(content);
  }

  @Override
  public void leaveBeside(String name, byte[] content) throws IOException {
    target.leaveBeside(name, content);
  }

  @Override
  public byte @Nullable [] siblingFile(String name, int most) throws IOException {
    return target.siblingFile(name, most);
  }

  @Override
  public @Nullable CopyQuarantine quarantine() {
    return target.quarantine();
  }

  @Override
  public @Nullable Space space(RelPath directory) throws IOException {
    return target.space(directory);
  }

  @Override
  public Capabilities capabilities() {
    return target.capabilities();
  }

  @Override
  public boolean probeDisk() throws IOException {
    return target.probeDisk();
  }

  @Override
  public void recallDisk(FileSystemFeatures known) {
    target.recallDisk(known);
  }

  @Override
  public ImmutableList<String> lacks() throws IOException {
    return target.lacks();
  }

  @Override
  public String whyLost() {
    return target.whyLost();
  }

  @Override
  public RemoteLocation place() {
    return target.place();
  }

  @Override
  public @Nullable String objection() throws IOException {
    return target.objection();
  }

  @Override
  public boolean isOpen() {
    return target.isOpen();
  }

  @Override
  public void close() {
    target.close();
  }
}
