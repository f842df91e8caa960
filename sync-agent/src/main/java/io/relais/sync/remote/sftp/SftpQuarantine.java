package io.relais.sync.remote.sftp;

import io.relais.sftp.ListingMemoryBudget;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpDownload;
import io.relais.sftp.SftpListing;
import io.relais.sftp.SftpPacket;
import io.relais.sftp.SftpReply;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.CopyQuarantine;
import io.relais.sync.remote.RemoteLocation;
import io.relais.sync.remote.SyncTarget.ContentSink;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The quarantine beside a copy. An entry is named in the copy as all changes name it, and in the
 * quarantine by its own path: so a gate that is closed keeps everything in the copy.
 */
final class SftpQuarantine implements CopyQuarantine {
  private static final int PRIVATE = 0700;
  private static final int MOST_OF_A_NAME = 1000;

  private final SftpClient client;
  private final String root;
  private final boolean possible;
  private final Function<RelPath, String> inCopy;
  private final ContainmentCheck check;
  private final ListingMemoryBudget room;
  private final Set<RelPath> made = new HashSet<>();

  /**
   * @param inCopy the absolute path of an entry of the copy, as changes name it
   */
  SftpQuarantine(
      SftpClient client,
      RemoteLocation remoteLocation,
      Function<RelPath, String> inCopy,
      ContainmentCheck check,
      ListingMemoryBudget room) {
    this.client = client;
    this.inCopy = inCopy;
    this.check = check;
    this.room = room;
    String copy = remoteLocation.root();
    this.possible = !remoteLocation.directoryName().isEmpty();
    this.root =
        copy.substring(0, copy.lastIndexOf('/') + 1)
            + CopyQuarantine.directoryName(remoteLocation.directoryName());
  }

  private String absolute(RelPath path) {
    return path.isRoot() ? root : root + "/" + path.latin1();
  }

  @Override
  public void put(RelPath path, String date) throws IOException {
    RelPath directory = RelPath.ROOT.child(date);
    for (RelPath above : path.ancestors()) {
      directory = above.isRoot() ? directory : directory.child(above.name());
    }
    make(directory);
    check.require(client, List.of(path));
    ContainmentCheck.PathLookup after = check.after(client).above(path);
    List<SftpPacket> packets = new ArrayList<>();
    packets.add(client.posixRename(inCopy.apply(path), absolute(free(directory, path.name()))));
    packets.addAll(after.packets());
    List<CompletableFuture<SftpReply>> replies = client.channel().sendTogether(packets);
    after.sent(replies.subList(1, replies.size()));
    Optional<TargetException> refused =
        Replies.refusal(replies.getFirst(), "move " + path + " to the quarantine");
    if (refused.isPresent()) {
      made.clear(); // Somebody may have removed it: it is made again at the next try.
      throw refused.get();
    }
    after.require(path);
  }

  private RelPath free(RelPath directory, String name) throws IOException {
    for (int i = 1; i <= MOST_OF_A_NAME; i++) {
      RelPath at = directory.child(i == 1 ? name : name + "~" + i);
      if (Replies.await(client.lstat(absolute(at))).type() != SftpReply.ATTRS) {
        return at;
      }
    }
    throw new TargetException(
        Reason.FAILURE, "the quarantine holds too many of one name: " + directory.child(name));
  }

  private void make(RelPath directory) throws IOException {
    if (!possible) {
      throw new TargetException(Reason.UNSUPPORTED, "there is nothing beside /");
    }
    List<RelPath> all = new ArrayList<>(directory.ancestors());
    all.add(directory);
    for (RelPath each : all) {
      if (made.contains(each)) {
        continue;
      }
      String what = "make " + SftpClient.shown(absolute(each));
      Optional<TargetException> refused =
          Replies.refusal(client.mkdir(absolute(each), PRIVATE), what);
      if (refused.isPresent() && !isDirectory(each)) {
        throw each.isRoot()
            ? new TargetException(Reason.UNSUPPORTED, String.valueOf(refused.get().getMessage()))
            : refused.get();
      }
      made.add(each);
    }
  }

  private boolean isDirectory(RelPath path) throws IOException {
    SftpReply reply = Replies.await(client.lstat(absolute(path)));
    return reply.type() == SftpReply.ATTRS && Replies.attributes(reply).isDirectory();
  }

  @Override
  public Map<String, TargetEntry> list(RelPath directory) throws IOException {
    if (!possible) {
      return Map.of();
    }
    try {
      SftpListing.Listed<TargetEntry> listed =
          Replies.translated(
              () ->
                  SftpListing.list(
                      client,
                      absolute(directory),
                      room,
                      (_, attributes, linkText) -> Replies.entry(attributes, linkText)));
      listed.share().close();
      return listed.entries();
    } catch (TargetException e) {
      if (e.reason() == Reason.NOT_FOUND) {
        return Map.of();
      }
      throw e;
    }
  }

  @Override
  public boolean read(RelPath file, long most, ContentSink sink) throws IOException {
    return Replies.translated(
        () -> new SftpDownload(client).read(absolute(file), most, sink::accept));
  }

  @Override
  public void remove(RelPath path, EntryKind kind) throws IOException {
    CompletableFuture<SftpReply> removed =
        kind == EntryKind.DIRECTORY ? client.rmdir(absolute(path)) : client.remove(absolute(path));
    Optional<TargetException> refusal = Replies.refusal(removed, "remove " + path);
    if (refusal.isPresent() && refusal.get().reason() != Reason.NOT_FOUND) {
      throw refusal.get();
    }
    made.remove(path);
  }
}
