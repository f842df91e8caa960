package io.relais.sync.remote.sftp;

import com.google.common.collect.ImmutableList;
import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.promotion.PromotionFile;
import io.relais.sftp.ListingMemoryBudget;
import io.relais.sftp.SftpAttributes;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpDownload;
import io.relais.sftp.SftpListing;
import io.relais.sftp.SftpPacket;
import io.relais.sftp.SftpReply;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.BytesContent;
import io.relais.sync.remote.CopyQuarantine;
import io.relais.sync.remote.Fence;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.RemoteLocation;
import io.relais.sync.remote.SpaceReservingTarget;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.ChannelOpener;
import io.relais.sync.ssh.ServerQuirks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A mirror's target. What is visible there is changed and looked at over one SFTP channel, in the
 * order of the calls; files are sent on it too, or on {@link ChannelPool more}, and removed on all
 * of them where they are many.
 */
public final class SftpTarget implements SyncTarget {
  /** Up to this size a file may go through the {@link StagingDirectory}. */
  static final int SMALL = 128 << 10;

  private static final int HEARTBEAT_MODE = 0644;
  private static final int CHUNK = 128 << 10;
  private static final int CHUNK_WITHOUT_LIMITS = 32 << 10;

  /** A server that allows fewer gets no files opened ahead. */
  private static final int MANY_HANDLES = 600;

  private final SftpClient client;
  private final RemoteLocation remoteLocation;
  private final CopyGate gate;
  private final TemporaryNameGenerator names;
  private final boolean durable;
  private final int chunk;
  private final SftpLimits limits;
  private final RoundTripBudget roundTripBudget;
  private final ChannelPool channelPool;
  private final ParallelConnections parallelConnections;
  private final DirectoryModes modes = new DirectoryModes();
  private final StagingDirectory staging;
  private final ContainmentCheck check;
  private final SftpQuarantine quarantine;
  private final Publisher publisher;
  private final SftpChanges changes;
  private final ListingMemoryBudget room;
  private final ChannelOpener more;
  private final Set<ListingMemoryBudget.Share> shares = ConcurrentHashMap.newKeySet();
  private volatile FileSystemFeatures disk = FileSystemFeatures.ALL;
  private volatile boolean closed;

  /** Null until the first symlink is to be made. */
  private volatile @Nullable Boolean keepsSymlinks;

  /**
   * Takes over a channel.
   *
   * @param remoteLocation whose root is an absolute path without a slash at the end
   * @param more opens further channels beside it
   * @param room for its listings
   * @param onLost called once when a channel ends by itself, and not when this is closed
   * @throws TargetRefusedException if the server lacks what a safe mirror needs
   */
  public SftpTarget(
      SftpClient client,
      RemoteLocation remoteLocation,
      TemporaryNameGenerator names,
      TargetOptions options,
      ChannelOpener more,
      ListingMemoryBudget room,
      Runnable onLost)
      throws IOException {
    this.client = client;
    this.remoteLocation = remoteLocation;
    this.gate = new CopyGate(client, remoteLocation, room);
    this.names = names;
    this.room = room;
    this.more = more;
    this.durable = options.durable();
    require(SftpClient.POSIX_RENAME, "it can't replace a file atomically");
    if (durable) {
      require(
          SftpClient.FSYNC, "it can't confirm that a file is on disk; set durability = \"none\"");
    }
    long asked = System.nanoTime();
    this.limits = SftpLimits.ask(client);
    this.roundTripBudget = new RoundTripBudget(Duration.ofNanos(System.nanoTime() - asked));
    RateLimit rate = options.newLimit();
    this.chunk = rate.piece(limits.writeLength(CHUNK, CHUNK_WITHOUT_LIMITS));
    boolean stages = !options.consistent() && limits.allowsHandles(MANY_HANDLES);
    this.staging = new StagingDirectory(client, gate, names, modes, stages);
    SftpClient.KeptAttributes kept = new KeptByDisk();
    Function<SftpClient, UploadChannel> maker =
        other -> {
          other.sendOnlyWhatIsKept(kept);
          return new UploadChannel(
              other,
              new StagingPool(other, staging, names, roundTripBudget.filesAhead(other == client)),
              rate);
        };
    this.channelPool = new ChannelPool(client, more, maker, roundTripBudget);
    this.parallelConnections =
        new ParallelConnections(client, remoteLocation.root(), more, maker, options.wide());
    this.check = new ContainmentCheck(gate::absolute);
    this.quarantine = new SftpQuarantine(client, remoteLocation, gate::absolute, check, room);
    this.changes = new SftpChanges(this, client, channelPool, modes, gate, check);
    this.publisher =
        new Publisher(channelPool.first(), staging, names, gate::absolute, check, durable);
    client
        .channel()
        .whenOver(
            () -> {
              if (!closed) {
                onLost.run();
              }
              channelPool.abandon();
              parallelConnections.close(true);
            });
  }

  private final class KeptByDisk implements SftpClient.KeptAttributes {
    @Override
    public @Nullable Integer mode(int wanted) {
      FileSystemFeatures known = disk;
      return known.modes() ? (Integer) known.kept(wanted) : null;
    }

    @Override
    public boolean times() {
      return disk.keepsTimes();
    }
  }

  private void require(String extension, String without) throws TargetRefusedException {
    if (!client.supports(extension)) {
      throw new TargetRefusedException(
          "the server lacks the SFTP extension " + extension + ": " + without);
    }
  }

  private String absolute(RelPath path) {
    return gate.absolute(path);
  }

  @Override
  public @Nullable Fence enter(Session session) throws IOException {
    gate.open(session);
    // Only now: a watcher leaves the record before it closes the gate.
    Fence fence = fence();
    if (fence != null) {
      gate.shut();
    }
    return fence;
  }

  @Override
  public @Nullable Fence fence() throws IOException {
    String name = PromotionFile.fileName(remoteLocation.directoryName());
    try {
      byte[] record = siblingFile(name, PromotionFile.LARGEST + 1);
      return record == null ? null : Fence.of(PromotionFile.parse(name, record));
    } catch (TargetUnavailableException e) {
      throw e;
    } catch (IOException e) {
      return Fence.unreadable(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public @Nullable String whyUngated() {
    return gate.missing();
  }

  /** Makes sure that what is said not to be there is not only out of reach. */
  void requireGate() throws IOException {
    gate.require();
  }

  @Override
  public void beginRound() {
    check.beginRound();
  }

  @Override
  public RemoteLocation place() {
    return remoteLocation;
  }

  @Override
  public @Nullable String objection() throws IOException {
    String root = remoteLocation.root();
    int slash = root.lastIndexOf('/');
    if (slash < 0 || slash == root.length() - 1 || stat(RelPath.ROOT) != null) {
      return null;
    }
    String above = root.substring(0, slash);
    if (look(above + "/.") != null) {
      // Through symlinks it is not there, so what is there itself is in the way.
      EntryKind entryKind = look(root);
      return entryKind == null ? null : remoteLocation.obstructed(entryKind, root);
    }
    EntryKind entryKind = above.isEmpty() ? null : look(above);
    return entryKind == null
        ? remoteLocation.missingParent()
        : remoteLocation.obstructed(entryKind, above);
  }

  /** What is at a path itself; null where nothing is, or it can't be seen. */
  private @Nullable EntryKind look(String at) throws IOException {
    try {
      return Replies.kind(Replies.attributes(client.lstat(at), "look at " + SftpClient.shown(at)));
    } catch (TargetException e) {
      return null;
    }
  }

  @Override
  public @Nullable TargetEntry stat(RelPath path) throws IOException {
    // The root alone may be a symlink: it is the user's choice where it leads to.
    String at = path.isRoot() ? gate.base() + "/." : absolute(path);
    try {
      SftpAttributes attributes =
          Replies.attributes(client.lstat(at), "look at " + SftpClient.shown(at));
      if (attributes.isDirectory()) {
        modes.note(path, attributes.mode());
      }
      if (!attributes.isSymlink()) {
        return Replies.entry(attributes, null);
      }
      String text = readLink(at);
      if (text == null) {
        gate.require();
      }
      return text == null ? null : Replies.entry(attributes, text);
    } catch (TargetException e) {
      gate.require(e);
      if (e.reason() == Reason.NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }

  private @Nullable String readLink(String at) throws IOException {
    return Replies.<@Nullable String>translated(() -> SftpListing.readLink(client, at));
  }

  @Override
  public Listing listing(RelPath directory) throws IOException {
    Map<String, Integer> setgid = new HashMap<>();
    SftpListing.EntryMaker<TargetEntry> maker =
        (name, attributes, linkText) -> {
          if (attributes.isSetgidDirectory()) {
            setgid.put(name, attributes.mode());
          }
          return Replies.entry(attributes, linkText);
        };
    SftpListing.Listed<TargetEntry> listed =
        Replies.translated(() -> SftpListing.list(client, absolute(directory), room, maker));
    shares.add(listed.share());
    if (closed) {
      giveBackShares();
    }
    if (listed.isCut()) {
      gate.require(); // Symlinks that have vanished may only not be reached any more.
    }
    staging.hideFrom(directory, listed.entries());
    modes.noteListed(directory, setgid);
    return new Listing(
        listed.entries(),
        () -> {
          listed.share().close();
          shares.remove(listed.share());
        });
  }

  /** What was listed and never looked at, since the connection broke, say. */
  private void giveBackShares() {
    shares.forEach(ListingMemoryBudget.Share::close);
    shares.clear();
  }

  @Override
  public Staging stage(
      RelPath path, Content content, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    List<UploadChannel> wide = parallelConnections.enter(expectedSize);
    if (!wide.isEmpty()) {
      Staged staged = stageWide(wide, path, content, mtimeSeconds, mode, expectedSize);
      return () -> staged;
    }
    UploadChannel uploadChannel = lane(expectedSize);
    boolean begun = false;
    try {
      StagedFile ready = openedAhead(uploadChannel, path, expectedSize);
      if (ready == null) {
        check.require(uploadChannel.client(), List.of(path));
      }
      ContainmentCheck.PathLookup pathLookup = check.before(uploadChannel.client()).above(path);
      Staged staged =
          new Staged(
              ready == null ? path.parent().child(names.take()) : staging.relative(ready), path);
      SftpUpload upload =
          new SftpUpload(
              uploadChannel,
              (int) Math.min(chunk, expectedSize + 1),
              durable,
              absolute(staged.temporary()),
              "write " + path,
              expectedSize);
      String handle = ready == null ? upload.open() : ready.handle();
      uploadChannel.client().name(handle, absolute(path));
      upload.begin(
          handle,
          flushingEarly(content, uploadChannel, staged, expectedSize),
          mode,
          mtimeSeconds,
          pathLookup);
      begun = true;
      return () -> {
        try {
          upload.confirm();
          return staged;
        } finally {
          uploadChannel.end();
        }
      };
    } finally {
      if (!begun) {
        uploadChannel.end();
      }
    }
  }

  /** Reads of 32 KiB under way at once for what has time: 128 KiB delay others by little. */
  private static final int FEW_READS = 4;

  private UploadChannel lane(long expectedSize) {
    return expectedSize < SpaceReservingTarget.LARGE
        ? channelPool.take()
        : channelPool.takeBeside();
  }

  private Staged stageWide(
      List<UploadChannel> wide,
      RelPath path,
      Content content,
      long mtimeSeconds,
      int mode,
      long size)
      throws IOException {
    Staged staged = new Staged(path.parent().child(names.take()), path);
    SftpClient first = wide.getFirst().client();
    try {
      check.require(first, List.of(path));
      new StripedUpload(wide, check, chunk, durable)
          .send(
              absolute(staged.temporary()),
              staged.temporary(),
              "write " + path,
              flushingEarly(content, null, staged, size),
              mode,
              mtimeSeconds,
              size,
              check.after(first).above(path));
      parallelConnections.proven();
      return staged;
    } catch (TargetUnavailableException e) {
      // One of its connections is lost. The target's own may be well, but what is there is unknown.
      client.channel().end();
      throw e;
    } finally {
      parallelConnections.leave();
    }
  }

  private Content flushingEarly(
      Content content, @Nullable UploadChannel uploadChannel, Staged to, long size) {
    return durable && size >= BackgroundFsync.LEAST
        ? BackgroundFsync.during(
            content, channelPool, uploadChannel, absolute(to.temporary()), BackgroundFsync.STEP)
        : content;
  }

  private Recipe flushingEarly(Recipe recipe, UploadChannel uploadChannel, Staged to, long size) {
    return durable && size >= BackgroundFsync.LEAST
        ? BackgroundFsync.during(
            recipe, channelPool, uploadChannel, absolute(to.temporary()), BackgroundFsync.STEP)
        : recipe;
  }

  private @Nullable StagedFile openedAhead(
      UploadChannel uploadChannel, RelPath path, long expectedSize) throws IOException {
    return expectedSize <= SMALL && staging.takesFilesFor(path.parent())
        ? uploadChannel.pool().take(uploadChannel.load())
        : null;
  }

  @Override
  public Staged stageAssembled(
      RelPath path, Base base, Recipe recipe, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    Staged staged = new Staged(path.parent().child(names.take()), path);
    UploadChannel uploadChannel = lane(expectedSize);
    try {
      ContainmentCheck.PathLookup before =
          check.before(uploadChannel.client()).above(path).at(base.path(), EntryKind.FILE);
      before.send();
      before.require(path);
      before.require(base.path());
      new SftpAssembly(uploadChannel, chunk, durable, disk)
          .send(
              absolute(staged.temporary()),
              "assemble " + path,
              absolute(base.path()),
              base,
              flushingEarly(recipe, uploadChannel, staged, expectedSize),
              mode,
              mtimeSeconds,
              expectedSize,
              check.after(uploadChannel.client()).above(path));
      return staged;
    } finally {
      uploadChannel.end();
    }
  }

  @Override
  public Staged stageSymlink(RelPath path, String linkTarget, long mtimeSeconds)
      throws IOException {
    check.require(client, List.of(path));
    Staged staged = new Staged(path.parent().child(names.take()), path);
    String at = absolute(staged.temporary());
    if (!keepsSymlinks(at)) {
      throw new TargetException(
          Reason.FOLLOWS_SYMLINKS,
          "the server follows symlinks when it is to read or rename them (ProFTPD does), so none can"
              + " be put in place safely; set links = \"follow\" to mirror what they point at, or"
              + " \"skip\"");
    }
    CompletableFuture<SftpReply> made = client.symlink(linkTarget, at);
    @Nullable CompletableFuture<SftpReply> timed =
        setsSymlinkTimes() ? client.lsetstat(at, mtimeSeconds) : null;
    boolean done = false;
    try {
      Replies.ok(made, "make symlink " + path);
      if (timed != null) {
        Replies.ok(timed, "set the time of symlink " + path);
      }
      done = true;
      return staged;
    } catch (TargetException e) {
      throw new FreeSpaceCheck(client).explain(e, at, linkTarget.length());
    } finally {
      if (!done) {
        client.settle(List.of(client.remove(at)));
      }
    }
  }

  /**
   * Whether the server leaves a symlink as it is. One that resolves it when it is asked to read it,
   * as ProFTPD's mod_sftp does, resolves it when it is to rename it too, and so would rename what
   * the symlink leads to. Servers that are not known are tried, once.
   *
   * @param at where nothing is
   */
  private boolean keepsSymlinks(String at) throws IOException {
    Boolean known = keepsSymlinks;
    if (known == null) {
      known = ServerQuirks.keepSymlinks(client) || readsBackASymlink(at);
      keepsSymlinks = known;
    }
    return known;
  }

  private boolean readsBackASymlink(String at) throws IOException {
    String text = at.substring(at.lastIndexOf('/') + 1) + "-nothing";
    boolean made = false;
    try {
      Replies.ok(client.symlink(text, at), "make a symlink as a test");
      made = true;
      return text.equals(readLink(at));
    } catch (TargetException e) {
      if (!made) {
        throw e; // It says itself what is wrong with this one.
      }
      return false;
    } finally {
      if (made) {
        client.settle(List.of(client.remove(at)));
      }
    }
  }

  @Override
  public List<Optional<TargetException>> publish(List<Staged> staged, PublishOrder order)
      throws IOException {
    return staged.isEmpty() ? List.of() : publisher.publish(staged, order);
  }

  @Override
  public void discard(Staged staged) throws IOException {
    make(new RemoteChange.RemoveFile(staged.temporary()));
  }

  @Override
  public List<Pending> begin(List<RemoteChange> all) throws IOException {
    return changes.begin(all);
  }

  @Override
  public RelPath moveAside(RelPath path) throws IOException {
    RelPath aside = path.parent().child(names.take());
    Optional<TargetException> refusal =
        rename(List.of(new Renaming(path, aside)), _ -> "move " + path + " aside").getFirst();
    if (refusal.isPresent()) {
      throw refusal.get();
    }
    return aside;
  }

  @Override
  public List<Optional<TargetException>> move(List<Renaming> renamings) throws IOException {
    List<Optional<TargetException>> results = new ArrayList<>(renamings.size());
    List<Renaming> group = new ArrayList<>();
    Set<RelPath> touched = new HashSet<>();
    for (Renaming each : renamings) {
      if (!Collections.disjoint(above(each), touched)) {
        // What is above it is another directory by then, and has to be looked at only then.
        results.addAll(rename(group, SftpTarget::describe));
        group.clear();
        touched.clear();
      }
      group.add(each);
      touched.add(each.from());
      touched.add(each.to());
    }
    results.addAll(rename(group, SftpTarget::describe));
    return results;
  }

  private static String describe(Renaming renaming) {
    return "move " + renaming.from() + " to " + renaming.to();
  }

  private static List<RelPath> above(Renaming renaming) {
    List<RelPath> above = new ArrayList<>(renaming.from().ancestors());
    above.addAll(renaming.to().ancestors());
    return above;
  }

  private List<Optional<TargetException>> rename(
      List<Renaming> renamings, Function<Renaming, String> what) throws IOException {
    ContainmentCheck.PathLookup before = check.before(client);
    renamings.forEach(each -> before.above(each.from()).above(each.to()));
    before.send();
    List<Optional<TargetException>> results = new ArrayList<>();
    List<Renaming> safe = new ArrayList<>();
    for (Renaming each : renamings) {
      Optional<TargetException> unsafe = refusal(before, each);
      results.add(unsafe);
      if (unsafe.isEmpty()) {
        safe.add(each);
      }
    }
    ContainmentCheck.PathLookup after = check.after(client);
    List<SftpPacket> packets = new ArrayList<>();
    for (Renaming each : safe) {
      packets.add(client.posixRename(absolute(each.from()), absolute(each.to())));
      after.above(each.from()).above(each.to());
      if (each.kind() != null) {
        after.at(each.to(), each.kind());
      }
    }
    packets.addAll(after.packets());
    if (packets.isEmpty()) {
      return results;
    }
    List<CompletableFuture<SftpReply>> replies = client.channel().sendTogether(packets);
    after.sent(replies.subList(safe.size(), replies.size()));
    for (int i = 0, renamed = 0; i < results.size(); i++) {
      if (results.get(i).isEmpty()) {
        Renaming each = renamings.get(i);
        Optional<TargetException> refused =
            Replies.refusal(replies.get(renamed++), what.apply(each));
        if (refused.isEmpty() && each.kind() != EntryKind.FILE) {
          modes.noteMoved(each.from(), each.to());
        }
        results.set(i, refused.isPresent() ? refused : refusal(after, each));
      }
    }
    return results;
  }

  private static Optional<TargetException> refusal(
      ContainmentCheck.PathLookup pathLookup, Renaming renaming) throws IOException {
    Optional<TargetException> from = pathLookup.refusal(renaming.from());
    return from.isPresent() ? from : pathLookup.refusal(renaming.to());
  }

  @Override
  public boolean read(RelPath path, long most, ContentSink sink) throws IOException {
    return Replies.translated(
        () -> new SftpDownload(client).read(absolute(path), most, sink::accept));
  }

  @Override
  public boolean readBeside(RelPath path, long most, ContentSink sink) throws IOException {
    UploadChannel uploadChannel = channelPool.takeBeside();
    try {
      return Replies.translated(
          () ->
              new SftpDownload(uploadChannel.client(), FEW_READS)
                  .read(absolute(path), most, sink::accept));
    } finally {
      uploadChannel.end();
    }
  }

  @Override
  public void leaveHeartbeat(byte[] content) throws IOException {
    leaveBeside(Heartbeat.fileName(remoteLocation.directoryName()), content);
  }

  @Override
  public void leaveBeside(String name, byte[] content) throws IOException {
    if (remoteLocation.root().isEmpty()) {
      throw new TargetException(Reason.UNSUPPORTED, "there is nothing beside /");
    }
    String at = gate.sibling(name);
    String temporary = gate.sibling(names.fixed());
    // There is usually none: so each heartbeat also finds out whether the gate is still there.
    changes.confirmGone(client.remove(temporary), "remove " + SftpClient.shown(temporary));
    // Not flushed to the disk: one that a crash undoes is only a little older.
    new SftpUpload(
            channelPool.first(),
            content.length + 1,
            false,
            temporary,
            "write " + SftpClient.shown(at),
            content.length)
        .send(new BytesContent(content), HEARTBEAT_MODE, Instant.now().getEpochSecond());
    Optional<TargetException> refusal =
        Replies.refusal(
            client.channel().send(client.posixRename(temporary, at)),
            "put " + SftpClient.shown(at) + " in place");
    if (refusal.isPresent()) {
      client.settle(List.of(client.remove(temporary)));
      throw refusal.get();
    }
  }

  @Override
  public byte @Nullable [] siblingFile(String name, int most) throws IOException {
    if (remoteLocation.root().isEmpty()) {
      return null; // There is nothing beside /.
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      Replies.translated(
          () -> new SftpDownload(client, FEW_READS).read(gate.sibling(name), most, bytes::write));
    } catch (TargetException e) {
      if (e.reason() == Reason.NOT_FOUND) {
        return null;
      }
      throw e;
    }
    return bytes.toByteArray();
  }

  @Override
  public CopyQuarantine quarantine() {
    return quarantine;
  }

  @Override
  public @Nullable Space space(RelPath directory) throws IOException {
    return new FreeSpaceCheck(client).at(gate.asked(directory));
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(
        roundTripBudget.filesAtOnce(
            limits.filesAtOnce(Capabilities.USUAL_FILES_AT_ONCE), channelPool.others()),
        client.supports(SftpClient.COPY_DATA),
        setsSymlinkTimes(),
        disk);
  }

  private boolean setsSymlinkTimes() {
    return client.supports(SftpClient.LSETSTAT);
  }

  @Override
  public boolean probeDisk() throws IOException {
    FileSystemProbe probe = new FileSystemProbe(client, names);
    FileSystemFeatures found = probe.at(gate.base());
    if (found == null) {
      gate.require();
      String root = remoteLocation.root();
      int slash = root.lastIndexOf('/');
      FileSystemFeatures above = slash < 0 ? null : probe.at(root.substring(0, slash));
      disk = above == null ? FileSystemFeatures.ALL : above;
      return false;
    }
    disk = found;
    return true;
  }

  @Override
  public void recallDisk(FileSystemFeatures known) {
    disk = known;
  }

  @Override
  public ImmutableList<String> lacks() throws IOException {
    ImmutableList.Builder<String> all = ImmutableList.builder();
    if (more.isForOneOnly()) {
      all.add(
          "its server ('%s') is not known to keep several SFTP channels of one connection apart: one is used in each, and each mirror has a connection of its own ('channels')"
              .formatted(more.server()));
    }
    if (!client.supports(SftpClient.COPY_DATA)) {
      all.add("its server copies nothing by itself: a large file that changed is sent whole");
    }
    if (!setsSymlinkTimes()) {
      all.add("its server sets no times of symlinks: they have the time they were made at");
    }
    if (!client.supports(SftpClient.STATVFS)) {
      all.add("its server does not tell how much room is free: 'reserve' is not kept");
    }
    if (disk.symlinks() && !keepsSymlinks()) {
      all.add(
          "its server follows symlinks when it is to read or rename them: none are made, and each is told");
    }
    if (!disk.modeZero()) {
      all.add("its server does not set mode 000: 400 is set instead");
    }
    if (gate.missing() != null) {
      all.add(
          "nothing can be made beside the copy: a promotion of the backup does not end at once what is under way, and is looked for before each round ("
              + gate.missing()
              + ")");
    }
    if (!disk.lacks().isEmpty()) {
      all.add(
          "its file system %s: what it can't keep is neither sent nor compared, and what it can't have fails"
              .formatted(disk.lacks()));
    }
    return all.build();
  }

  @Override
  public String whyLost() {
    return CopyGate.shown(client.channel().whyOver());
  }

  /** As far as can be said: a root that is not there yet can't be tried. */
  private boolean keepsSymlinks() throws IOException {
    try {
      return keepsSymlinks(absolute(RelPath.ROOT.child(names.take())));
    } catch (TargetException e) {
      return true;
    }
  }

  @Override
  public boolean isOpen() {
    return client.channel().isOpen();
  }

  @Override
  public void close() {
    closed = true;
    giveBackShares();
    if (isOpen()) {
      staging.remove(channelPool.drain());
      gate.leave();
    }
    channelPool.close();
    parallelConnections.close(false);
    client.channel().close(false);
  }
}
