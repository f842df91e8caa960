package io.relais.sync.transfer;

import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.ForwardingTarget;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TargetUnavailableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A target that notes every call, and goes wrong where a test says: by what is called, or by how
 * many calls came before. The connection can be lost before the server has done something, and
 * after that. Safe for use by many threads.
 */
final class FaultyTarget extends ForwardingTarget {
  private final InMemoryDisk disk;
  private final List<String> calls = new ArrayList<>();
  private final Map<String, Reason> refused = new HashMap<>();
  private final Map<String, TransferFixture.Event> events = new HashMap<>();
  private int moments;
  private int lostAt = -1;
  private int refusedAt = -1;

  FaultyTarget(SyncTarget target, InMemoryDisk disk) {
    super(target);
    this.disk = disk;
  }

  /** What was called so far: a word and a path. */
  synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  synchronized void forgetCalls() {
    calls.clear();
  }

  /** Refuses a call each time: a word and a path. */
  synchronized void refuse(String call, Reason reason) {
    refused.put(call, reason);
  }

  /** Does something just before a call. */
  synchronized void before(String call, TransferFixture.Event event) {
    events.put(call, event);
  }

  /** Refuses one call, after so many others. */
  synchronized void refuseAfter(int others) {
    refusedAt = others;
  }

  /** Loses the connection after so many moments: there is one before and one after each call. */
  synchronized void loseAfter(int many) {
    lostAt = many;
  }

  private void begin(String word, RelPath path) throws IOException {
    String call = word + " " + path;
    TransferFixture.Event event;
    synchronized (this) {
      calls.add(call);
      event = events.get(call);
      moment();
      Reason reason = calls.size() == refusedAt + 1 ? Reason.FAILURE : refused.get(call);
      if (reason != null) {
        throw reason == Reason.UNSAFE_PATH
            ? TargetException.unsafe(path.parent(), "refused: " + call)
            : new TargetException(reason, "refused: " + call);
      }
    }
    if (event != null) {
      event.happen();
    }
  }

  private synchronized boolean moment() {
    boolean lost = moments++ == lostAt;
    if (lost) {
      disk.loseConnections();
    }
    return lost;
  }

  private void end() throws TargetUnavailableException {
    if (moment()) {
      throw new TargetUnavailableException("lost after the server had done it");
    }
  }

  private interface Call<T> {
    T run() throws IOException;
  }

  private <T> T noted(String word, RelPath path, Call<T> call) throws IOException {
    begin(word, path);
    T result = call.run();
    end();
    return result;
  }

  private interface Change {
    void run() throws IOException;
  }

  private void changed(String word, RelPath path, Change change) throws IOException {
    begin(word, path);
    change.run();
    end();
  }

  @Override
  public @Nullable TargetEntry stat(RelPath path) throws IOException {
    begin("stat", path);
    TargetEntry entry = super.stat(path);
    end();
    return entry;
  }

  @Override
  public Listing listing(RelPath directory) throws IOException {
    return noted("list", directory, () -> super.listing(directory));
  }

  @Override
  public Staging stage(
      RelPath path, Content content, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    Staging staging =
        noted("stage", path, () -> super.stage(path, content, mtimeSeconds, mode, expectedSize));
    return () -> noted("await", path, staging::await);
  }

  @Override
  public Staged stageAssembled(
      RelPath path, Base base, Recipe recipe, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    return noted(
        "assemble",
        path,
        () -> super.stageAssembled(path, base, recipe, mtimeSeconds, mode, expectedSize));
  }

  @Override
  public Staged stageSymlink(RelPath path, String linkTarget, long mtimeSeconds)
      throws IOException {
    return noted("link", path, () -> super.stageSymlink(path, linkTarget, mtimeSeconds));
  }

  @Override
  public List<Optional<TargetException>> publish(List<Staged> staged, PublishOrder order)
      throws IOException {
    List<Optional<TargetException>> refusals = new ArrayList<>();
    for (Staged each : staged) {
      try {
        refusals.addAll(noted("publish", each.path(), () -> super.publish(List.of(each), order)));
      } catch (TargetException e) {
        super.discard(each); // As a server's refusal leaves nothing of it.
        refusals.add(Optional.of(e));
      }
    }
    return refusals;
  }

  @Override
  public void discard(Staged staged) throws IOException {
    changed("discard", staged.path(), () -> super.discard(staged));
  }

  @Override
  public RelPath moveAside(RelPath path) throws IOException {
    return noted("aside", path, () -> super.moveAside(path));
  }

  @Override
  public List<Optional<TargetException>> move(List<Renaming> renamings) throws IOException {
    return noted("move", renamings.getFirst().from(), () -> super.move(renamings));
  }

  @Override
  public boolean read(RelPath path, long most, ContentSink sink) throws IOException {
    return noted("read", path, () -> super.read(path, most, sink));
  }

  @Override
  public List<Pending> begin(List<RemoteChange> changes) throws IOException {
    List<Pending> pending = new ArrayList<>();
    for (RemoteChange change : changes) {
      pending.add(begun(change));
    }
    return pending;
  }

  /** What is refused, or lost after it was done, shows when it is awaited. */
  private Pending begun(RemoteChange change) throws IOException {
    try {
      begin(word(change), change.path());
    } catch (TargetException e) {
      return () -> {
        throw e;
      };
    }
    Pending pending = super.begin(List.of(change)).getFirst();
    return () -> {
      pending.await();
      end();
    };
  }

  private static String word(RemoteChange change) {
    return switch (change) {
      case RemoteChange.MakeDirectory _ -> "make";
      case RemoteChange.SetAttributes _ -> "set";
      case RemoteChange.SetMode _ -> "mode";
      case RemoteChange.RemoveFile _ -> "remove";
      case RemoteChange.RemoveDirectory _ -> "rmdir";
    };
  }
}
