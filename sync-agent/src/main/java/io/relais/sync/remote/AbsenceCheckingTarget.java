package io.relais.sync.remote;

import io.relais.sync.path.RelPath;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Passes on that something is not there only where that is sure: what leads to the copy may be gone
 * instead ({@link SyncTarget#enter}), and then nothing is known of what is there.
 */
public final class AbsenceCheckingTarget extends ForwardingTarget {
  private final AbsenceCheck check;

  /** Whether an answer counts that says that something is not there. */
  public interface AbsenceCheck {
    /**
     * Returns if it does.
     *
     * @throws TargetUnavailableException if it does not
     */
    void require() throws IOException;
  }

  public AbsenceCheckingTarget(SyncTarget target, AbsenceCheck check) {
    super(target);
    this.check = check;
  }

  private interface Request<T extends @Nullable Object> {
    T run() throws IOException;
  }

  private <T extends @Nullable Object> T checked(Request<T> request) throws IOException {
    try {
      return request.run();
    } catch (TargetException e) {
      require(e);
      throw e;
    }
  }

  private void require(TargetException refusal) throws IOException {
    if (refusal.reason() == Reason.NOT_FOUND) {
      check.require();
    }
  }

  private List<Optional<TargetException>> require(List<Optional<TargetException>> results)
      throws IOException {
    for (Optional<TargetException> refusal : results) {
      if (refusal.isPresent() && refusal.get().reason() == Reason.NOT_FOUND) {
        check.require();
        return results;
      }
    }
    return results;
  }

  @Override
  public Listing listing(RelPath directory) throws IOException {
    return checked(() -> super.listing(directory));
  }

  @Override
  public Staging stage(
      RelPath path, Content content, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    Staging staging = checked(() -> super.stage(path, content, mtimeSeconds, mode, expectedSize));
    return () -> checked(staging::await);
  }

  @Override
  public Staged stageAssembled(
      RelPath path, Base base, Recipe recipe, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    return checked(
        () -> super.stageAssembled(path, base, recipe, mtimeSeconds, mode, expectedSize));
  }

  @Override
  public Staged stageSymlink(RelPath path, String linkTarget, long mtimeSeconds)
      throws IOException {
    return checked(() -> super.stageSymlink(path, linkTarget, mtimeSeconds));
  }

  @Override
  public List<Optional<TargetException>> publish(List<Staged> staged, PublishOrder order)
      throws IOException {
    return require(checked(() -> super.publish(staged, order)));
  }

  @Override
  public RelPath moveAside(RelPath path) throws IOException {
    return checked(() -> super.moveAside(path));
  }

  @Override
  public List<Optional<TargetException>> move(List<Renaming> renamings) throws IOException {
    return require(checked(() -> super.move(renamings)));
  }

  @Override
  public List<Pending> begin(List<RemoteChange> changes) throws IOException {
    return checked(() -> super.begin(changes)).stream().map(this::checked).toList();
  }

  private Pending checked(Pending pending) {
    return () -> {
      try {
        pending.await();
      } catch (TargetException e) {
        require(e);
        throw e;
      }
    };
  }

  @Override
  public boolean read(RelPath path, long most, ContentSink sink) throws IOException {
    return checked(() -> super.read(path, most, sink));
  }

  @Override
  public boolean readBeside(RelPath path, long most, ContentSink sink) throws IOException {
    return checked(() -> super.readBeside(path, most, sink));
  }

  @Override
  public @Nullable Space space(RelPath directory) throws IOException {
    return checked(() -> super.space(directory));
  }
}
