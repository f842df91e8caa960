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
  private final PathCheck check;

  /**
   * Whether modes can be set without following a symlink: OpenSSH's server can, but for one in a
   * chroot without /proc on a system with Linux before 6.6 or glibc before 2.39, where fchmodat(2)
   * can't. Null until it was tried.
   */
  private volatile @Nullable Boolean setsModesUnfollowed;

  SftpChanges(
      SyncTarget target,
      SftpClient client,
      Lanes lanes,
      StagingDirectory staging,
      Function<RelPath, String> absolute,
      PathCheck check) {
    this.check = check;
    this.setsModesUnfollowed = client.supports(SftpClient.LSETSTAT) ? null : false;
    this.target = target;
    this.client = client;
    this.lanes = lanes;
    this.staging = staging;
    this.absolute = absolute;
  }

  List<Pending> begin(List<Change> changes) throws IOException {
    List<Pending> all = new ArrayList<>(changes.size());
    List<Change> left = changes;
    int first = Iterables.indexOf(changes, SftpChanges::setsMode);
    if (setsModesUnfollowed == null && first >= 0) {
      all.addAll(beginKnown(changes.subList(0, first)));
      all.add(tryUnfollowed(changes.get(first)));
      left = changes.subList(first + 1, changes.size());
    }
    all.addAll(beginKnown(left));
    return all;
  }

  private static boolean setsMode(Change change) {
    return switch (change) {
      case Change.SetAttributes(var _, var wanted) -> wanted.kind() != Kind.SYMLINK;
      case Change.SetMode _ -> true;
      case Change.MakeDirectory _, Change.RemoveFile _, Change.RemoveDirectory _ -> false;
    };
  }

  /** Makes one change, and finds out whether it can be made without following a symlink. */
  private Pending tryUnfollowed(Change change) throws IOException {
    try {
      inOrder(List.of(change), true).getFirst().await();
      setsModesUnfollowed = true;
      return () -> {};
    } catch (TargetException e) {
      if (e.reason() != Reason.FAILURE && e.reason() != Reason.UNSUPPORTED) {
        return failed(e);
      }
    }
    try {
      inOrder(List.of(change), false).getFirst().await();
      setsModesUnfollowed = false;
      return () -> {};
    } catch (TargetException e) {
      return failed(e);
    }
  }

  private static Pending failed(TargetException e) {
    return () -> {
      throw e;
    };
  }

  private List<Pending> beginKnown(List<Change> changes) throws IOException {
    boolean unfollowed = Boolean.TRUE.equals(setsModesUnfollowed);
    int removals = Iterables.indexOf(changes, change -> !(change instanceof Change.RemoveFile));
    if (removals < 0) {
      removals = changes.size();
    }
    if (removals < MANY_REMOVALS) {
      return inOrder(changes, unfollowed);
    }
    List<Pending> all = new ArrayList<>(changes.size());
    all.addAll(sideBySide(changes.subList(0, removals)));
    all.addAll(inOrder(changes.subList(removals, changes.size()), unfollowed));
    return all;
  }

  /** Looks at what is above some changes: for each, why it must not be made. */
  private List<Optional<TargetException>> unsafe(List<Change> changes, boolean unfollowed)
      throws IOException {
    PathCheck.Look before = check.before(client);
    changes.forEach(change -> add(before, change, unfollowed));
    before.send();
    List<Optional<TargetException>> unsafe = new ArrayList<>(changes.size());
    for (Change change : changes) {
      unsafe.add(before.refusal(change.path()));
    }
    return unsafe;
  }

  /** What would follow a symlink at its own path must not find one there either. */
  private static void add(PathCheck.Look look, Change change, boolean unfollowed) {
    if (setsMode(change) && !unfollowed) {
      Kind kind = change instanceof Change.SetAttributes set ? set.wanted().kind() : null;
      look.at(change.path(), kind);
    } else {
      look.above(change.path());
    }
  }

  /** One request under way, and what was looked at right after it. */
  private record Made(CompletableFuture<SftpReply> reply, PathCheck.Look after) {}

  /** Makes changes of different paths in any order, and waits for all of them. */
  private List<Pending> sideBySide(List<Change> changes) throws IOException {
    List<Optional<TargetException>> unsafe = unsafe(changes, false);
    List<Change> safe = new ArrayList<>();
    for (int i = 0; i < changes.size(); i++) {
      if (unsafe.get(i).isEmpty()) {
        safe.add(changes.get(i));
      }
    }
    List<Lane> shared = lanes.takeEach();
    List<List<Change>> shares = new ArrayList<>();
    shared.forEach(lane -> shares.add(new ArrayList<>()));
    for (int i = 0; i < safe.size(); i++) {
      shares.get(i % shared.size()).add(safe.get(i));
    }
    List<List<Made>> made = new ArrayList<>();
    for (int i = 0; i < shared.size(); i++) {
      made.add(send(shared.get(i).client(), shares.get(i), false));
    }
    for (int i = 0; i < shared.size(); i++) {
      CompletableFuture<?>[] each =
          made.get(i).stream().map(Made::reply).toArray(CompletableFuture[]::new);
      // How each ended is said where it is awaited.
      var _ = CompletableFuture.allOf(each).exceptionally(failure -> null).join();
      shared.get(i).end();
    }
    List<Pending> pending = new ArrayList<>(changes.size());
    int at = 0;
    for (int i = 0; i < changes.size(); i++) {
      if (unsafe.get(i).isPresent()) {
        pending.add(failed(unsafe.get(i).get()));
      } else {
        Made each = made.get(at % shared.size()).get(at / shared.size());
        pending.add(pending(changes.get(i), each));
        at++;
      }
    }
    return pending;
  }

  /** Sends changes in one piece, and what is to be looked at after them. */
  private List<Made> send(SftpClient on, List<Change> changes, boolean unfollowed) {
    PathCheck.Look after = check.after(on);
    List<SftpPacket> packets = new ArrayList<>(changes.size());
    for (Change change : changes) {
      packets.add(request(on, change, unfollowed));
      add(after, change, false);
    }
    packets.addAll(after.packets());
    if (packets.isEmpty()) {
      return List.of();
    }
    List<CompletableFuture<SftpReply>> replies = on.channel().sendTogether(packets);
    after.sent(replies.subList(changes.size(), replies.size()));
    return replies.subList(0, changes.size()).stream()
        .map(reply -> new Made(reply, after))
        .toList();
  }

  private List<Pending> inOrder(List<Change> changes, boolean unfollowed) throws IOException {
    List<Optional<TargetException>> unsafe = unsafe(changes, unfollowed);
    List<Change> safe = new ArrayList<>(changes.size());
    for (int i = 0; i < changes.size(); i++) {
      if (unsafe.get(i).isEmpty() && !isNothing(changes.get(i))) {
        safe.add(changes.get(i));
      }
    }
    Iterator<Made> made = send(client, safe, unfollowed).iterator();
    List<Pending> pending = new ArrayList<>(changes.size());
    for (int i = 0; i < changes.size(); i++) {
      Change change = changes.get(i);
      pending.add(
          unsafe.get(i).isPresent()
              ? failed(unsafe.get(i).get())
              : isNothing(change) ? () -> {} : pending(change, made.next()));
    }
    return pending;
  }

  /** Not every server can set the time of a symlink; it has no mode. */
  private boolean isNothing(Change change) {
    return change instanceof Change.SetAttributes(var _, var wanted)
        && wanted.kind() == Kind.SYMLINK
        && !target.setsSymlinkTimes();
  }

  private SftpPacket request(SftpClient on, Change change, boolean unfollowed) {
    String at = absolute.apply(change.path());
    return switch (change) {
      case Change.MakeDirectory(var _, int mode) -> on.making(at, mode | 0700);
      case Change.SetAttributes(var path, var wanted) -> setting(on, path, at, wanted, unfollowed);
      case Change.SetMode(var path, int mode) -> {
        staging.noteMode(path, mode);
        yield setting(on, at, mode, null, unfollowed);
      }
      case Change.RemoveFile _ -> on.removing(at);
      case Change.RemoveDirectory _ -> on.removingDirectory(at);
    };
  }

  private SftpPacket setting(
      SftpClient on, RelPath path, String at, TargetEntry wanted, boolean unfollowed) {
    if (wanted.kind() == Kind.SYMLINK) {
      return on.settingUnfollowed(at, null, wanted.mtimeSeconds());
    }
    if (wanted.kind() == Kind.DIRECTORY) {
      staging.noteMode(path, wanted.mode());
    }
    return setting(on, at, wanted.mode(), wanted.mtimeSeconds(), unfollowed);
  }

  private static SftpPacket setting(
      SftpClient on, String at, int mode, @Nullable Long mtimeSeconds, boolean unfollowed) {
    return unfollowed
        ? on.settingUnfollowed(at, mode, mtimeSeconds)
        : on.setting(at, mode, mtimeSeconds);
  }

  private Pending pending(Change change, Made made) {
    RelPath path = change.path();
    return () -> {
      try {
        confirm(change, made);
      } catch (TargetException e) {
        // What stands in its place explains more than how the server put it.
        throw made.after().refusal(path).orElse(e);
      }
      made.after().require(path);
    };
  }

  private void confirm(Change change, Made made) throws IOException {
    RelPath path = change.path();
    switch (change) {
      case Change.MakeDirectory make -> confirmMade(make, made.reply());
      case Change.SetAttributes _ -> client.ok(made.reply(), "set mode and time of " + path);
      case Change.SetMode _ -> client.ok(made.reply(), "set the mode of " + path);
      case Change.RemoveFile _ -> confirmGone(made.reply(), "remove " + path);
      case Change.RemoveDirectory _ -> confirmGone(made.reply(), "remove directory " + path);
    }
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
