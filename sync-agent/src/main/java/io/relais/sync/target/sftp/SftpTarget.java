package io.relais.sync.target.sftp;

import io.relais.common.heartbeat.Heartbeat;
import io.relais.sync.plan.Kind;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.TargetEntry;
import io.relais.sync.target.SyncTarget;
import io.relais.sync.target.TargetException;
import io.relais.sync.target.TargetException.Reason;
import io.relais.sync.target.TargetRefusedException;
import io.relais.sync.target.TemporaryNamer;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** A mirror's target on one SFTP channel. */
final class SftpTarget implements SyncTarget {
  /** What the windows of OpenSSH's channels hold, twice over: enough to keep them full. */
  private static final int BYTES_UNDER_WAY = 4 << 20;

  private static final int HEARTBEAT_MODE = 0644;
  private static final int CHUNK = 128 << 10;
  private static final int CHUNK_WITHOUT_LIMITS = 32 << 10;

  private final SftpClient client;
  private final String root;
  private final TemporaryNamer names;
  private final boolean durable;
  private final Semaphore window = new Semaphore(BYTES_UNDER_WAY);
  private final int chunk;
  private volatile boolean closed;

  /**
   * Takes over a channel.
   *
   * @param root absolute path, one character a byte, without a slash at the end
   * @param onLost called once when the channel ends by itself, and not when this is closed
   * @throws TargetRefusedException if the server lacks what a safe mirror needs
   */
  SftpTarget(SftpClient client, String root, TemporaryNamer names, boolean durable, Runnable onLost)
      throws IOException {
    this.client = client;
    this.root = root;
    this.names = names;
    this.durable = durable;
    require(SftpClient.POSIX_RENAME, "it can't replace a file atomically");
    if (durable) {
      require(
          SftpClient.FSYNC, "it can't confirm that a file is on disk; set durability = \"none\"");
    }
    this.chunk = chunkSize();
    client
        .channel()
        .addCloseFutureListener(
            ended -> {
              if (!closed) {
                onLost.run();
              }
            });
  }

  private void require(String extension, String without) throws TargetRefusedException {
    if (!client.supports(extension)) {
      throw new TargetRefusedException(
          "the server lacks the SFTP extension " + extension + ": " + without);
    }
  }

  private int chunkSize() throws IOException {
    if (!client.supports(SftpClient.LIMITS)) {
      return CHUNK_WITHOUT_LIMITS;
    }
    SftpReply limits =
        client.expect(SftpReply.EXTENDED_REPLY, client.limits(), "ask for the server's limits");
    limits.longInteger();
    limits.longInteger();
    long writeLength = limits.longInteger();
    return writeLength <= 0 ? CHUNK_WITHOUT_LIMITS : (int) Math.min(CHUNK, writeLength);
  }

  private String absolute(RelPath path) {
    if (path.isRoot()) {
      return root.isEmpty() ? "/" : root;
    }
    return root + "/" + path.latin1();
  }

  @Override
  public @Nullable TargetEntry stat(RelPath path) throws IOException {
    // The root alone may be a symlink: it is the user's choice where it leads to.
    String at = path.isRoot() ? root + "/." : absolute(path);
    try {
      SftpReply reply =
          client.expect(SftpReply.ATTRS, client.lstat(at), "look at " + SftpClient.shown(at));
      SftpAttributes attributes = SftpAttributes.read(reply);
      boolean isLink = attributes.kind() == Kind.SYMLINK;
      return new SftpListing(client).entry(attributes, isLink ? client.readlink(at) : null, at);
    } catch (TargetException e) {
      if (e.reason() == Reason.NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }

  @Override
  public Map<String, TargetEntry> list(RelPath directory) throws IOException {
    return new SftpListing(client).list(absolute(directory));
  }

  @Override
  public void makeDirectory(RelPath path, int mode) throws IOException {
    String at = absolute(path);
    try {
      client.ok(client.mkdir(at, mode | 0700), "make directory " + SftpClient.shown(at));
    } catch (TargetException e) {
      TargetEntry there = stat(path);
      if (there == null || there.kind() != Kind.DIRECTORY) {
        throw new DiskRoom(client).explain(e, at, 0);
      }
    }
  }

  @Override
  public Staged stageFile(
      RelPath path, Content content, long mtimeSeconds, int mode, long expectedSize)
      throws IOException {
    Staged staged = new Staged(path.parent().child(names.take()), path);
    new SftpUpload(client, window, (int) Math.min(chunk, expectedSize + 1), durable)
        .send(
            absolute(staged.temporary()),
            "write " + path,
            content,
            mode,
            mtimeSeconds,
            expectedSize);
    return staged;
  }

  @Override
  public Staged stageSymlink(RelPath path, String linkTarget, long mtimeSeconds)
      throws IOException {
    Staged staged = new Staged(path.parent().child(names.take()), path);
    String at = absolute(staged.temporary());
    CompletableFuture<SftpReply> made = client.symlink(linkTarget, at);
    CompletableFuture<SftpReply> timed =
        setsSymlinkTimes() ? client.lsetstat(at, mtimeSeconds) : made;
    boolean done = false;
    try {
      client.ok(made, "make symlink " + path);
      client.ok(timed, "set the time of symlink " + path);
      done = true;
      return staged;
    } catch (TargetException e) {
      throw new DiskRoom(client).explain(e, at, linkTarget.length());
    } finally {
      if (!done) {
        client.settle(List.of(client.remove(at)));
      }
    }
  }

  @Override
  public List<Optional<TargetException>> publish(List<Staged> staged) throws IOException {
    if (staged.isEmpty()) {
      return List.of();
    }
    List<SftpPacket> renames =
        staged.stream()
            .map(each -> client.posixRename(absolute(each.temporary()), absolute(each.path())))
            .toList();
    return results(staged, client.channel().sendTogether(renames));
  }

  private List<Optional<TargetException>> results(
      List<Staged> staged, List<CompletableFuture<SftpReply>> replies) throws IOException {
    List<Optional<TargetException>> results = new ArrayList<>();
    List<CompletableFuture<SftpReply>> dropped = new ArrayList<>();
    for (int i = 0; i < replies.size(); i++) {
      Staged each = staged.get(i);
      Optional<TargetException> refusal =
          client.refusal(replies.get(i), "put " + each.path() + " in place");
      if (refusal.isPresent()) {
        dropped.add(client.remove(absolute(each.temporary())));
      }
      results.add(refusal);
    }
    client.settle(dropped);
    return results;
  }

  @Override
  public void discard(Staged staged) throws IOException {
    removeFile(staged.temporary());
  }

  @Override
  public void setAttributes(RelPath path, TargetEntry wanted) throws IOException {
    String at = absolute(path);
    String what = "set mode and time of " + path;
    if (wanted.kind() != Kind.SYMLINK) {
      client.ok(client.setstat(at, wanted.mode(), wanted.mtimeSeconds()), what);
    } else if (setsSymlinkTimes()) {
      client.ok(client.lsetstat(at, wanted.mtimeSeconds()), what);
    }
  }

  @Override
  public void setMode(RelPath path, int mode) throws IOException {
    client.ok(client.setstat(absolute(path), mode, null), "set the mode of " + path);
  }

  @Override
  public RelPath moveAside(RelPath path) throws IOException {
    RelPath aside = path.parent().child(names.take());
    client.ok(
        client.channel().send(client.posixRename(absolute(path), absolute(aside))),
        "move " + path + " aside");
    return aside;
  }

  @Override
  public List<Optional<TargetException>> move(List<Renaming> renamings) throws IOException {
    List<SftpPacket> packets =
        renamings.stream()
            .map(each -> client.posixRename(absolute(each.from()), absolute(each.to())))
            .toList();
    List<CompletableFuture<SftpReply>> replies = client.channel().sendTogether(packets);
    List<Optional<TargetException>> results = new ArrayList<>();
    for (int i = 0; i < replies.size(); i++) {
      Renaming each = renamings.get(i);
      results.add(client.refusal(replies.get(i), "move " + each.from() + " to " + each.to()));
    }
    return results;
  }

  @Override
  public void removeFile(RelPath path) throws IOException {
    ifThere(client.remove(absolute(path)), "remove " + path);
  }

  @Override
  public void removeDirectory(RelPath path) throws IOException {
    ifThere(client.rmdir(absolute(path)), "remove directory " + path);
  }

  private void ifThere(CompletableFuture<SftpReply> reply, String what) throws IOException {
    Optional<TargetException> refusal = client.refusal(reply, what);
    if (refusal.isPresent() && refusal.get().reason() != Reason.NOT_FOUND) {
      throw refusal.get();
    }
  }

  @Override
  public void read(RelPath path, ContentSink sink) throws IOException {
    new SftpDownload(client).read(absolute(path), sink);
  }

  @Override
  public void leaveHeartbeat(byte[] content) throws IOException {
    if (root.isEmpty()) {
      throw new TargetException(Reason.UNSUPPORTED, "there is nothing beside /");
    }
    int slash = root.lastIndexOf('/') + 1;
    String at = root.substring(0, slash) + Heartbeat.fileName(root.substring(slash));
    String temporary = root.substring(0, slash) + names.fixed();
    ifThere(client.remove(temporary), "remove " + SftpClient.shown(temporary));
    // Not flushed to the disk: one that a crash undoes is only a little older.
    new SftpUpload(client, window, content.length, false)
        .send(
            temporary,
            "write " + SftpClient.shown(at),
            new BytesContent(content),
            HEARTBEAT_MODE,
            Instant.now().getEpochSecond(),
            content.length);
    Optional<TargetException> refusal =
        client.refusal(
            client.channel().send(client.posixRename(temporary, at)),
            "put " + SftpClient.shown(at) + " in place");
    if (refusal.isPresent()) {
      client.settle(List.of(client.remove(temporary)));
      throw refusal.get();
    }
  }

  @Override
  public @Nullable Space space() throws IOException {
    return new DiskRoom(client).at(absolute(RelPath.ROOT));
  }

  @Override
  public boolean setsSymlinkTimes() {
    return client.supports(SftpClient.LSETSTAT);
  }

  @Override
  public boolean isOpen() {
    return client.channel().isOpen();
  }

  @Override
  public void close() {
    closed = true;
    client.channel().close(false);
  }
}
