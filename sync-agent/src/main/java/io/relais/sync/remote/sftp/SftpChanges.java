package io.relais.sync.remote.sftp;

import com.google.common.collect.Iterables;
import com.google.common.collect.Lists;
import io.relais.sftp.SftpAttributes;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpPacket;
import io.relais.sftp.SftpReply;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.SyncTarget.Pending;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Makes changes that are one request each. All requests of one call go out in one piece, but for
 * many removals of files: a server's process makes one after the other and may wait for the disk at
 * each, so they are shared out among several.
 */
final class SftpChanges {
  /** From here on more channels are worth it: one costs about 10 ms near by. */
  private static final int MANY_REMOVALS = 200;

  /** Directories that are open at once: a server has about a thousand handles. */
  private static final int MOST_HANDLES = 256;

  private final SyncTarget target;
  private final SftpClient client;
  private final ChannelPool channelPool;
  private final DirectoryModes modes;
  private final CopyGate gate;
  private final ContainmentCheck check;

  /**
   * Whether modes can be set without following a symlink: OpenSSH's server can, but for one in a
   * chroot without /proc on a system with Linux before 6.6 or glibc before 2.39, where fchmodat(2)
   * can't. Null until it was tried.
   */
  private volatile @Nullable Boolean setsModesUnfollowed;

  SftpChanges(
      SyncTarget target,
      SftpClient client,
      ChannelPool channelPool,
      DirectoryModes modes,
      CopyGate gate,
      ContainmentCheck check) {
    this.check = check;
    this.setsModesUnfollowed = client.supports(SftpClient.LSETSTAT) ? null : false;
    this.target = target;
    this.client = client;
    this.channelPool = channelPool;
    this.modes = modes;
    this.gate = gate;
  }

  List<Pending> begin(List<RemoteChange> changes) throws IOException {
    lookAtModes(changes);
    List<Pending> all = new ArrayList<>(changes.size());
    List<RemoteChange> left = changes;
    int first = Iterables.indexOf(changes, this::sendsMode);
    if (setsModesUnfollowed == null && first >= 0) {
      all.addAll(beginKnown(changes.subList(0, first)));
      all.add(tryUnfollowed(changes.get(first)));
      left = changes.subList(first + 1, changes.size());
    }
    all.addAll(beginKnown(left));
    return all;
  }

  /**
   * Looks at directories that would lose their setgid bit because nobody knows that they have it.
   */
  private void lookAtModes(List<RemoteChange> changes) throws IOException {
    Map<RelPath, CompletableFuture<SftpReply>> looks = new LinkedHashMap<>();
    for (RemoteChange remoteChange : changes) {
      if (setsDirectoryMode(remoteChange) && !modes.isKnown(remoteChange.path())) {
        looks.put(remoteChange.path(), client.lstat(gate.absolute(remoteChange.path())));
      }
    }
    for (Map.Entry<RelPath, CompletableFuture<SftpReply>> look : looks.entrySet()) {
      Integer mode = modeOf(look.getValue());
      if (mode != null) {
        modes.note(look.getKey(), mode);
      }
    }
  }

  private static boolean setsDirectoryMode(RemoteChange remoteChange) {
    return switch (remoteChange) {
      case RemoteChange.SetAttributes(var path, var wanted, boolean hasMode) ->
          wanted.kind() == EntryKind.DIRECTORY && !hasMode && !path.isRoot();
      case RemoteChange.SetMode(var path, int _) -> !path.isRoot();
      case RemoteChange.MakeDirectory _,
          RemoteChange.RemoveFile _,
          RemoteChange.RemoveDirectory _ ->
          false;
    };
  }

  private static boolean setsMode(RemoteChange remoteChange) {
    return switch (remoteChange) {
      case RemoteChange.SetAttributes(var _, var wanted, var _) ->
          wanted.kind() != EntryKind.SYMLINK;
      case RemoteChange.SetMode _ -> true;
      case RemoteChange.MakeDirectory _,
          RemoteChange.RemoveFile _,
          RemoteChange.RemoveDirectory _ ->
          false;
    };
  }

  /** Whether a mode is sent, and not the time alone, which can always be set unfollowed. */
  private boolean sendsMode(RemoteChange remoteChange) {
    if (!target.capabilities().disk().modes()) {
      return false;
    }
    return switch (remoteChange) {
      case RemoteChange.SetAttributes(var path, var wanted, boolean hasMode) ->
          switch (wanted.kind()) {
            case SYMLINK -> false;
            case DIRECTORY -> modes.toSend(path, wanted.mode(), hasMode) != null;
            case FILE, OTHER -> true;
          };
      case RemoteChange.SetMode(var path, int mode) -> modes.toSend(path, mode, false) != null;
      case RemoteChange.MakeDirectory _,
          RemoteChange.RemoveFile _,
          RemoteChange.RemoveDirectory _ ->
          false;
    };
  }

  /** Makes one change, and finds out whether it can be made without following a symlink. */
  private Pending tryUnfollowed(RemoteChange remoteChange) throws IOException {
    try {
      inOrder(List.of(remoteChange), true).getFirst().await();
      setsModesUnfollowed = true;
      return () -> {};
    } catch (TargetException e) {
      if (e.reason() != Reason.FAILURE && e.reason() != Reason.UNSUPPORTED) {
        return failed(e);
      }
    }
    try {
      inOrder(List.of(remoteChange), false).getFirst().await();
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

  private List<Pending> beginKnown(List<RemoteChange> changes) throws IOException {
    boolean unfollowed = Boolean.TRUE.equals(setsModesUnfollowed);
    if (!unfollowed && changes.size() > MOST_HANDLES) {
      List<Pending> all = new ArrayList<>(changes.size());
      for (List<RemoteChange> part : Lists.partition(changes, MOST_HANDLES)) {
        all.addAll(beginSome(part, false));
      }
      return all;
    }
    return beginSome(changes, unfollowed);
  }

  private List<Pending> beginSome(List<RemoteChange> changes, boolean unfollowed)
      throws IOException {
    int removals =
        Iterables.indexOf(
            changes, remoteChange -> !(remoteChange instanceof RemoteChange.RemoveFile));
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

  /**
   * What was found out about a change before it is made.
   *
   * @param unsafe why it must not be made; null if it may
   * @param handle of the directory whose attributes are to be set; null to go by its path
   */
  private record Place(@Nullable TargetException unsafe, @Nullable String handle) {}

  /**
   * Looks at what is above some changes. A directory whose mode would be set through a symlink is
   * opened in between two looks at it, in one packet: so between them and the change nobody can put
   * something else in its place. (A file is not: to open what somebody else put there, such as a
   * pipe, could block the server for ever; a path that ends in a dot is only ever a directory's.)
   */
  private List<Place> look(List<RemoteChange> changes, boolean unfollowed) throws IOException {
    ContainmentCheck.PathLookup before = check.before(client);
    ContainmentCheck.PathLookup after = check.after(client);
    List<SftpPacket> opening = new ArrayList<>();
    for (RemoteChange remoteChange : changes) {
      add(before, remoteChange, unfollowed);
      if (opens(remoteChange, unfollowed)) {
        opening.add(
            client.opening(gate.absolute(remoteChange.path()) + "/.", SftpClient.READ_FLAG, null));
        after.at(remoteChange.path(), EntryKind.DIRECTORY);
      }
    }
    if (opening.isEmpty()) {
      before.send();
    }
    Iterator<CompletableFuture<SftpReply>> opened =
        opening.isEmpty() ? Collections.emptyIterator() : sendAll(before, opening, after);
    List<Place> places = new ArrayList<>(changes.size());
    for (RemoteChange remoteChange : changes) {
      String handle = opens(remoteChange, unfollowed) ? handle(opened.next()) : null;
      TargetException unsafe = before.refusal(remoteChange.path()).orElse(null);
      if (unsafe == null && handle != null) {
        unsafe = after.refusal(remoteChange.path()).orElse(null);
      }
      if (unsafe != null && handle != null) {
        client.release(handle);
      }
      places.add(new Place(unsafe, unsafe == null ? handle : null));
    }
    return places;
  }

  private Iterator<CompletableFuture<SftpReply>> sendAll(
      ContainmentCheck.PathLookup before,
      List<SftpPacket> opening,
      ContainmentCheck.PathLookup after) {
    List<SftpPacket> packets = new ArrayList<>(before.packets());
    int first = packets.size();
    packets.addAll(opening);
    int last = packets.size();
    packets.addAll(after.packets());
    List<CompletableFuture<SftpReply>> replies = client.channel().sendTogether(packets);
    before.sent(replies.subList(0, first));
    after.sent(replies.subList(last, replies.size()));
    return replies.subList(first, last).iterator();
  }

  private boolean opens(RemoteChange remoteChange, boolean unfollowed) {
    return !unfollowed
        && !isSetUnfollowed(sendsMode(remoteChange))
        && remoteChange instanceof RemoteChange.SetAttributes(var path, var wanted, var _)
        && wanted.kind() == EntryKind.DIRECTORY
        && !path.isRoot();
  }

  /** Null if it can't be opened: some servers open no directories, and some modes forbid it. */
  private @Nullable String handle(CompletableFuture<SftpReply> opened) throws IOException {
    SftpReply reply = Replies.await(opened);
    return reply.type() == SftpReply.HANDLE ? Replies.handle(reply) : null;
  }

  /** What would follow a symlink at its own path must not find one there either. */
  private static void add(
      ContainmentCheck.PathLookup pathLookup, RemoteChange remoteChange, boolean unfollowed) {
    if (setsMode(remoteChange) && !unfollowed) {
      EntryKind entryKind =
          remoteChange instanceof RemoteChange.SetAttributes set ? set.wanted().kind() : null;
      pathLookup.at(remoteChange.path(), entryKind);
    } else {
      pathLookup.above(remoteChange.path());
    }
  }

  /**
   * One request under way, and what was looked at right after it.
   *
   * @param made what a new directory has become; null for all else
   */
  private record Made(
      CompletableFuture<SftpReply> reply,
      ContainmentCheck.PathLookup after,
      @Nullable CompletableFuture<SftpReply> made) {}

  /** Makes changes of different paths in any order, and waits for all of them. */
  private List<Pending> sideBySide(List<RemoteChange> changes) throws IOException {
    List<Place> places = look(changes, false);
    List<RemoteChange> safe = new ArrayList<>();
    for (int i = 0; i < changes.size(); i++) {
      if (places.get(i).unsafe() == null) {
        safe.add(changes.get(i));
      }
    }
    List<UploadChannel> shared = channelPool.takeEach();
    List<List<RemoteChange>> shares = new ArrayList<>();
    shared.forEach(uploadChannel -> shares.add(new ArrayList<>()));
    for (int i = 0; i < safe.size(); i++) {
      shares.get(i % shared.size()).add(safe.get(i));
    }
    List<List<Made>> made = new ArrayList<>();
    for (int i = 0; i < shared.size(); i++) {
      List<RemoteChange> share = shares.get(i);
      made.add(send(shared.get(i).client(), share, Collections.nCopies(share.size(), null), false));
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
      TargetException unsafe = places.get(i).unsafe();
      if (unsafe != null) {
        pending.add(failed(unsafe));
      } else {
        Made each = made.get(at % shared.size()).get(at / shared.size());
        pending.add(pending(changes.get(i), each));
        at++;
      }
    }
    return pending;
  }

  /** Sends changes in one piece, and what is to be looked at after them. */
  private List<Made> send(
      SftpClient on,
      List<RemoteChange> changes,
      List<? extends @Nullable String> handles,
      boolean unfollowed) {
    ContainmentCheck.PathLookup after = check.after(on);
    List<SftpPacket> packets = new ArrayList<>(changes.size());
    for (int i = 0; i < changes.size(); i++) {
      RemoteChange remoteChange = changes.get(i);
      String handle = handles.get(i);
      packets.add(
          handle == null
              ? request(on, remoteChange, unfollowed)
              : settingOpen(on, remoteChange, handle));
      add(after, remoteChange, false);
    }
    for (String handle : handles) {
      if (handle != null) {
        packets.add(on.closing(handle));
      }
    }
    int looksAtNew = packets.size();
    for (RemoteChange remoteChange : changes) {
      if (remoteChange instanceof RemoteChange.MakeDirectory) {
        packets.add(on.looking(gate.absolute(remoteChange.path())));
      }
    }
    int looks = packets.size();
    packets.addAll(after.packets());
    if (packets.isEmpty()) {
      return List.of();
    }
    List<CompletableFuture<SftpReply>> replies = on.channel().sendTogether(packets);
    after.sent(replies.subList(looks, replies.size()));
    Iterator<CompletableFuture<SftpReply>> ofNew = replies.subList(looksAtNew, looks).iterator();
    List<Made> made = new ArrayList<>(changes.size());
    for (int i = 0; i < changes.size(); i++) {
      boolean isNew = changes.get(i) instanceof RemoteChange.MakeDirectory;
      made.add(new Made(replies.get(i), after, isNew ? ofNew.next() : null));
    }
    return made;
  }

  private List<Pending> inOrder(List<RemoteChange> changes, boolean unfollowed) throws IOException {
    List<Place> places = look(changes, unfollowed);
    List<RemoteChange> safe = new ArrayList<>(changes.size());
    List<@Nullable String> handles = new ArrayList<>(changes.size());
    for (int i = 0; i < changes.size(); i++) {
      if (places.get(i).unsafe() == null && !isNothing(changes.get(i))) {
        safe.add(changes.get(i));
        handles.add(places.get(i).handle());
      }
    }
    Iterator<Made> made = send(client, safe, handles, unfollowed).iterator();
    List<Pending> pending = new ArrayList<>(changes.size());
    for (int i = 0; i < changes.size(); i++) {
      RemoteChange remoteChange = changes.get(i);
      TargetException unsafe = places.get(i).unsafe();
      pending.add(
          unsafe != null
              ? failed(unsafe)
              : isNothing(remoteChange) ? () -> {} : pending(remoteChange, made.next()));
    }
    return pending;
  }

  /** Not every server can set the time of a symlink; it has no mode. */
  private boolean isNothing(RemoteChange remoteChange) {
    return remoteChange instanceof RemoteChange.SetAttributes(var _, var wanted, var _)
        && wanted.kind() == EntryKind.SYMLINK
        && !target.capabilities().setsSymlinkTimes();
  }

  private SftpPacket settingOpen(SftpClient on, RemoteChange remoteChange, String handle) {
    if (!(remoteChange
        instanceof RemoteChange.SetAttributes(var path, var wanted, boolean hasMode))) {
      throw new IllegalArgumentException("no attributes: " + remoteChange);
    }
    Integer mode = modes.toSend(path, wanted.mode(), hasMode);
    return on.attributesOf(handle, mode, wanted.mtimeSeconds());
  }

  private SftpPacket request(SftpClient on, RemoteChange remoteChange, boolean unfollowed) {
    String at = gate.absolute(remoteChange.path());
    return switch (remoteChange) {
      case RemoteChange.MakeDirectory(var path, int mode) ->
          on.making(gate.own(path), mode | TargetEntry.UNLOCKED);
      case RemoteChange.SetAttributes set -> setting(on, set, at, unfollowed);
      case RemoteChange.SetMode(var path, int mode) ->
          setting(on, at, modes.toSend(path, mode, false), null, unfollowed);
      case RemoteChange.RemoveFile _ -> on.removing(at);
      case RemoteChange.RemoveDirectory _ -> on.removingDirectory(at);
    };
  }

  /** A time alone can be, wherever there is a request for that. */
  private boolean isSetUnfollowed(boolean sendsMode) {
    return !sendsMode && client.supports(SftpClient.LSETSTAT);
  }

  private SftpPacket setting(
      SftpClient on, RemoteChange.SetAttributes set, String at, boolean unfollowed) {
    TargetEntry wanted = set.wanted();
    return switch (wanted.kind()) {
      case SYMLINK -> on.settingUnfollowed(at, null, wanted.mtimeSeconds());
      case DIRECTORY -> {
        Integer mode = modes.toSend(set.path(), wanted.mode(), set.hasMode());
        yield setting(
            on, at, mode, wanted.mtimeSeconds(), unfollowed || isSetUnfollowed(mode != null));
      }
      case FILE, OTHER -> setting(on, at, wanted.mode(), wanted.mtimeSeconds(), unfollowed);
    };
  }

  private static SftpPacket setting(
      SftpClient on,
      String at,
      @Nullable Integer mode,
      @Nullable Long mtimeSeconds,
      boolean unfollowed) {
    return unfollowed
        ? on.settingUnfollowed(at, mode, mtimeSeconds)
        : on.setting(at, mode, mtimeSeconds);
  }

  private Pending pending(RemoteChange remoteChange, Made made) {
    RelPath path = remoteChange.path();
    return () -> {
      try {
        confirm(remoteChange, made);
      } catch (TargetException e) {
        // What stands in its place explains more than how the server put it.
        throw made.after().refusal(path).orElse(e);
      }
      made.after().require(path);
    };
  }

  private void confirm(RemoteChange remoteChange, Made made) throws IOException {
    RelPath path = remoteChange.path();
    switch (remoteChange) {
      case RemoteChange.MakeDirectory make -> confirmMade(make, made);
      case RemoteChange.SetAttributes(var _, var wanted, var _) -> {
        Replies.ok(made.reply(), "set mode and time of " + path);
        if (wanted.kind() == EntryKind.DIRECTORY) {
          modes.noteSet(path, wanted.mode());
        }
      }
      case RemoteChange.SetMode(var _, int mode) -> {
        Replies.ok(made.reply(), "set the mode of " + path);
        modes.noteSet(path, mode);
      }
      case RemoteChange.RemoveFile _ -> confirmGone(made.reply(), "remove " + path);
      case RemoteChange.RemoveDirectory _ -> confirmGone(made.reply(), "remove directory " + path);
    }
  }

  private void confirmMade(RemoteChange.MakeDirectory change, Made made) throws IOException {
    String at = gate.own(change.path());
    try {
      Replies.ok(made.reply(), "make directory " + SftpClient.shown(at));
      modes.noteMade(change.path(), modeOf(made.made()));
    } catch (TargetException e) {
      @Nullable TargetEntry there = target.stat(change.path());
      if (there != null && there.kind() == EntryKind.OTHER) {
        throw TargetException.unsafe(change.path(), String.valueOf(e.getMessage()));
      }
      if (there == null || there.kind() != EntryKind.DIRECTORY) {
        throw new FreeSpaceCheck(client).explain(e, at, 0);
      }
    }
  }

  /** The whole mode of a directory; null where nobody says so. */
  private @Nullable Integer modeOf(@Nullable CompletableFuture<SftpReply> look) throws IOException {
    SftpReply reply = look == null ? null : Replies.await(look);
    if (reply == null || reply.type() != SftpReply.ATTRS) {
      return null;
    }
    SftpAttributes attributes = Replies.attributes(reply);
    return attributes.isDirectory() ? (Integer) attributes.mode() : null;
  }

  /** It is no error if nothing was there. */
  void confirmGone(CompletableFuture<SftpReply> reply, String what) throws IOException {
    Optional<TargetException> refusal = Replies.refusal(reply, what);
    if (refusal.isEmpty()) {
      return;
    }
    gate.require(refusal.get());
    if (refusal.get().reason() != Reason.NOT_FOUND) {
      throw refusal.get();
    }
  }
}
