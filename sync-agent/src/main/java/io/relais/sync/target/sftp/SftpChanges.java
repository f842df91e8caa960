package io.relais.sync.target.sftp;

import com.google.common.collect.Iterables;
import io.relais.sync.plan.Kind;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.TargetEntry;
import io.relais.sync.target.Change;
import io.relais.sync.target.SyncTarget;
import io.relais.sync.target.SyncTarget.Pending;
import io.relais.sync.target.TargetException;
import io.relais.sync.target.TargetException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes changes that are one request each. All requests of one call go out in one piece, but for
 * many removals of files: a server's process makes one after the other and may wait for the disk at
 * each, so they are shared out among several.
 */
final class SftpChanges {
  /** From here on more channels are worth it: one costs about 10 ms near by. */
  private static final int MANY_REMOVALS = 200;

  private final SyncTarget target;
  private final SftpClient client;
  private final Lanes lanes;
  private final StagingDirectory staging;
  private final Function<RelPath, String> absolute;

  SftpChanges(
      SyncTarget target,
      SftpClient client,
      Lanes lanes,
      StagingDirectory staging,
      Function<RelPath, String> absolute) {
    this.target = target;
    this.client = client;
    this.lanes = lanes;
    this.staging = staging;
    this.absolute = absolute;
  }

  List<Pending> begin(List<Change> changes) {
    int removals = Iterables.indexOf(changes, change -> !(change instanceof Change.RemoveFile));
    if (removals < 0) {
      removals = changes.size();
    }
    if (removals < MANY_REMOVALS) {
      return inOrder(changes);
    }
    List<Pending> all = new ArrayList<>(changes.size());
    all.addAll(sideBySide(changes.subList(0, removals)));
    all.addAll(inOrder(changes.subList(removals, changes.size())));
    return all;
  }

  /** Makes changes of different paths in any order, and waits for all of them. */
  private List<Pending> sideBySide(List<Change> changes) {
    List<Lane> shared = lanes.takeEach();
    List<List<SftpPacket>> packets = new ArrayList<>();
    shared.forEach(lane -> packets.add(new ArrayList<>()));
    for (int i = 0; i < changes.size(); i++) {
      Change change = changes.get(i);
      packets.get(i % shared.size()).add(request(change, absolute.apply(change.path())));
    }
    List<List<CompletableFuture<SftpReply>>> replies = new ArrayList<>();
    for (int i = 0; i < shared.size(); i++) {
      replies.add(shared.get(i).client().channel().sendTogether(packets.get(i)));
    }
    for (int i = 0; i < shared.size(); i++) {
      CompletableFuture<?>[] each = replies.get(i).toArray(CompletableFuture[]::new);
      // How each ended is said where it is awaited.
      var _ = CompletableFuture.allOf(each).exceptionally(failure -> null).join();
      shared.get(i).end();
    }
    List<Pending> pending = new ArrayList<>(changes.size());
    for (int i = 0; i < changes.size(); i++) {
      pending.add(pending(changes.get(i), replies.get(i % shared.size()).get(i / shared.size())));
    }
    return pending;
  }

  private List<Pending> inOrder(List<Change> changes) {
    List<SftpPacket> packets = new ArrayList<>(changes.size());
    for (Change change : changes) {
      if (!isNothing(change)) {
        packets.add(request(change, absolute.apply(change.path())));
      }
    }
    Iterator<CompletableFuture<SftpReply>> replies =
        packets.isEmpty()
            ? Collections.emptyIterator()
            : client.channel().sendTogether(packets).iterator();
    return changes.stream()
        .<Pending>map(change -> isNothing(change) ? () -> {} : pending(change, replies.next()))
        .toList();
  }

  /** Not every server can set the time of a symlink; it has no mode. */
  private boolean isNothing(Change change) {
    return change instanceof Change.SetAttributes(var _, var wanted)
        && wanted.kind() == Kind.SYMLINK
        && !target.setsSymlinkTimes();
  }

  private SftpPacket request(Change change, String at) {
    return switch (change) {
      case Change.MakeDirectory(var _, int mode) -> client.making(at, mode | 0700);
      case Change.SetAttributes(var path, var wanted) -> setting(path, at, wanted);
      case Change.SetMode(var path, int mode) -> {
        staging.noteMode(path, mode);
        yield client.setting(at, mode, null);
      }
      case Change.RemoveFile _ -> client.removing(at);
      case Change.RemoveDirectory _ -> client.removingDirectory(at);
    };
  }

  private SftpPacket setting(RelPath path, String at, TargetEntry wanted) {
    if (wanted.kind() == Kind.SYMLINK) {
      return client.settingOfLink(at, wanted.mtimeSeconds());
    }
    if (wanted.kind() == Kind.DIRECTORY) {
      staging.noteMode(path, wanted.mode());
    }
    return client.setting(at, wanted.mode(), wanted.mtimeSeconds());
  }

  private Pending pending(Change change, CompletableFuture<SftpReply> reply) {
    RelPath path = change.path();
    return switch (change) {
      case Change.MakeDirectory made -> () -> confirmMade(made, reply);
      case Change.SetAttributes _ -> () -> client.ok(reply, "set mode and time of " + path);
      case Change.SetMode _ -> () -> client.ok(reply, "set the mode of " + path);
      case Change.RemoveFile _ -> () -> confirmGone(reply, "remove " + path);
      case Change.RemoveDirectory _ -> () -> confirmGone(reply, "remove directory " + path);
    };
  }

  private void confirmMade(Change.MakeDirectory made, CompletableFuture<SftpReply> reply)
      throws IOException {
    String at = absolute.apply(made.path());
    try {
      client.ok(reply, "make directory " + SftpClient.shown(at));
      staging.noteNew(made.path(), made.mode());
    } catch (TargetException e) {
      @Nullable TargetEntry there = target.stat(made.path());
      if (there == null || there.kind() != Kind.DIRECTORY) {
        throw new DiskRoom(client).explain(e, at, 0);
      }
    }
  }

  /** It is no error if nothing was there. */
  void confirmGone(CompletableFuture<SftpReply> reply, String what) throws IOException {
    Optional<TargetException> refusal = client.refusal(reply, what);
    if (refusal.isPresent() && refusal.get().reason() != Reason.NOT_FOUND) {
      throw refusal.get();
    }
  }
}
