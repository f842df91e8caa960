package io.relais.sync.remote.sftp;

import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpPacket;
import io.relais.sftp.SftpReply;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget.Content;
import io.relais.sync.remote.TargetException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Sends one large file over several connections at once, each with a window of its own: its pieces
 * go to whichever has the most room. All of them write to one temporary file. Only when each piece
 * is confirmed are its mode and time set and the file flushed, which covers what came over the
 * others: it is one file to the server's kernel. For one thread.
 */
final class StripedUpload {
  private final List<UploadChannel> lanes;
  private final List<Strand> strands = new ArrayList<>();
  private final SftpClient first;
  private final ContainmentCheck check;
  private final int chunk;
  private final boolean durable;

  /** One connection's part. */
  private static final class Strand {
    final UploadChannel lane;
    final String handle;
    final ArrayDeque<CompletableFuture<SftpReply>> underWay = new ArrayDeque<>();

    Strand(UploadChannel uploadChannel, String handle) {
      this.lane = uploadChannel;
      this.handle = handle;
    }
  }

  /**
   * Prepares an upload.
   *
   * @param chunk bytes in one write
   */
  StripedUpload(List<UploadChannel> lanes, ContainmentCheck check, int chunk, boolean durable) {
    this.check = check;
    this.first = lanes.getFirst().client();
    this.chunk = chunk;
    this.durable = durable;
    this.lanes = lanes;
  }

  /**
   * Returns once the server has confirmed all of it; the file is closed then, and removed again if
   * anything failed.
   *
   * @param temporary absolute
   * @param path of the temporary file too, in the mirror
   * @param what what is attempted, for messages
   * @param expectedSize about how many bytes will come, to tell whether the disk was too small
   * @param pathLookup on the first connection, sent along at the end
   */
  void send(
      String temporary,
      RelPath path,
      String what,
      Content content,
      int mode,
      long mtimeSeconds,
      long expectedSize,
      ContainmentCheck.PathLookup pathLookup)
      throws IOException {
    boolean done = false;
    try {
      open(temporary, path, what);
      sendContent(content, what);
      content.finish();
      for (Strand strand : strands) {
        confirm(strand, what, false);
      }
      finish(strands.getFirst(), what, mode, mtimeSeconds, pathLookup);
      done = true;
    } catch (TargetException e) {
      throw new FreeSpaceCheck(first).explain(e, temporary, expectedSize);
    } finally {
      end();
      if (!done) {
        first.settle(List.of(first.remove(temporary)));
      }
    }
  }

  /** The others open what is there by then: it must still be the file that the first has made. */
  private void open(String temporary, RelPath path, String what) throws IOException {
    strands.add(strand(lanes.getFirst(), first.open(temporary, SftpClient.CREATE_NEW, 0600), what));
    List<CompletableFuture<SftpReply>> opened = new ArrayList<>();
    List<ContainmentCheck.PathLookup> looks = new ArrayList<>();
    List<UploadChannel> rest = lanes.subList(1, lanes.size());
    for (UploadChannel uploadChannel : rest) {
      SftpClient client = uploadChannel.client();
      ContainmentCheck.PathLookup pathLookup = check.after(client).at(path, EntryKind.FILE);
      List<SftpPacket> packets = new ArrayList<>();
      packets.add(client.opening(temporary, SftpClient.WRITE_FLAG, null));
      packets.addAll(pathLookup.packets());
      List<CompletableFuture<SftpReply>> replies = client.channel().sendTogether(packets);
      opened.add(replies.getFirst());
      pathLookup.sent(replies.subList(1, replies.size()));
      looks.add(pathLookup);
    }
    for (int i = 0; i < opened.size(); i++) {
      strands.add(strand(rest.get(i), opened.get(i), what));
    }
    for (ContainmentCheck.PathLookup pathLookup : looks) {
      pathLookup.require(path);
    }
  }

  private static Strand strand(
      UploadChannel uploadChannel, CompletableFuture<SftpReply> opened, String what)
      throws IOException {
    return new Strand(uploadChannel, Replies.handle(opened, what));
  }

  private void sendContent(Content content, String what) throws IOException {
    ContentWrites writes = new ContentWrites(content, chunk);
    while (!writes.isAtEnd()) {
      Strand strand = roomiest();
      ContentWrites.Write write = writes.next(strand.lane.client(), strand.handle);
      if (write != null) {
        for (Strand each : strands) {
          // One that is lost may not be chosen again for long.
          Replies.requireOpen(each.lane.client(), each.handle);
          confirm(each, what, true);
        }
        strand.underWay.add(strand.lane.write(write.packet(), write.bytes()));
      }
    }
  }

  private Strand roomiest() {
    Strand best = strands.getFirst();
    for (Strand strand : strands) {
      if (strand.lane.room() > best.lane.room()) {
        best = strand;
      }
    }
    return best;
  }

  private static void confirm(Strand strand, String what, boolean onlyDone) throws IOException {
    ArrayDeque<CompletableFuture<SftpReply>> underWay = strand.underWay;
    while (!underWay.isEmpty() && (!onlyDone || underWay.getFirst().isDone())) {
      Replies.ok(underWay.removeFirst(), what);
    }
  }

  private void finish(
      Strand strand,
      String what,
      int mode,
      long mtimeSeconds,
      ContainmentCheck.PathLookup pathLookup)
      throws IOException {
    strand.underWay.add(first.fsetstat(strand.handle, mode, mtimeSeconds));
    if (durable) {
      strand.underWay.add(first.fsync(strand.handle));
    }
    pathLookup.send();
    confirm(strand, what, false);
  }

  /** Waits for whatever is still under way, and closes the file everywhere. */
  private void end() {
    for (Strand strand : strands) {
      strand.underWay.add(strand.lane.client().close(strand.handle));
    }
    for (Strand strand : strands) {
      strand.lane.client().settle(strand.underWay);
    }
  }
}
