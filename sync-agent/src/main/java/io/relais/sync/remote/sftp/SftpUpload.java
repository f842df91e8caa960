package io.relais.sync.remote.sftp;

import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpPacket;
import io.relais.sftp.SftpReply;
import io.relais.sync.remote.SyncTarget.Content;
import io.relais.sync.remote.TargetException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Sends one file to a temporary name: one round trip to open it, unless it is open already, and one
 * for everything else, however many writes that is. For one thread at a time.
 */
final class SftpUpload {
  private final UploadChannel uploadChannel;
  private final SftpClient client;
  private final int chunk;
  private final boolean durable;
  private final String temporary;
  private final String what;
  private final long expectedSize;
  private final ArrayDeque<CompletableFuture<SftpReply>> underWay = new ArrayDeque<>();

  /**
   * Prepares an upload.
   *
   * @param chunk bytes in one write
   * @param temporary absolute, one character a byte
   * @param what what is attempted, for messages
   * @param expectedSize about how many bytes will come, to tell whether the disk was too small
   */
  SftpUpload(
      UploadChannel uploadChannel,
      int chunk,
      boolean durable,
      String temporary,
      String what,
      long expectedSize) {
    this.uploadChannel = uploadChannel;
    this.client = uploadChannel.client();
    this.chunk = chunk;
    this.durable = durable;
    this.temporary = temporary;
    this.what = what;
    this.expectedSize = expectedSize;
  }

  /**
   * Returns once the server has confirmed all of it; the file is closed then, and removed again if
   * anything failed.
   */
  void send(Content content, int mode, long mtimeSeconds) throws IOException {
    begin(open(), content, mode, mtimeSeconds, null);
    confirm();
  }

  /** Makes the file and returns its handle. */
  String open() throws IOException {
    try {
      return Replies.handle(client.open(temporary, SftpClient.CREATE_NEW, 0600), what);
    } catch (TargetException e) {
      throw explained(e);
    }
  }

  /**
   * Sends everything, the close included; the file is removed again if that fails.
   *
   * @param pathLookup sent along at the end, so that it costs no round trip of its own; null for
   *     none
   */
  void begin(
      String handle,
      Content content,
      int mode,
      long mtimeSeconds,
      ContainmentCheck.@Nullable PathLookup pathLookup)
      throws IOException {
    boolean closing = false;
    boolean done = false;
    try {
      ContentWrites.Write last = sendContent(handle, content);
      content.finish();
      List<SftpPacket> packets = new ArrayList<>();
      if (last != null) {
        packets.add(last.packet());
      }
      packets.addAll(client.finishing(handle, mode, mtimeSeconds, durable));
      int own = packets.size();
      if (pathLookup != null) {
        packets.addAll(pathLookup.packets());
      }
      List<CompletableFuture<SftpReply>> replies =
          uploadChannel.write(packets, last == null ? 0 : last.bytes());
      closing = true;
      underWay.addAll(replies.subList(0, own));
      if (pathLookup != null) {
        pathLookup.sent(replies.subList(own, replies.size()));
      }
      done = true;
    } catch (TargetException e) {
      throw explained(e);
    } finally {
      if (!done) {
        if (!closing) {
          underWay.add(client.close(handle));
        }
        abandon();
      }
    }
  }

  /** Waits for all that was sent; the file is removed again if any of it was refused. */
  void confirm() throws IOException {
    boolean done = false;
    try {
      // The server answers in the order of the requests: waiting for the last is enough.
      var _ = Replies.await(underWay.getLast());
      while (!underWay.isEmpty()) {
        Replies.ok(underWay.removeFirst(), what);
      }
      done = true;
    } catch (TargetException e) {
      throw explained(e);
    } finally {
      if (!done) {
        abandon();
      }
    }
  }

  /** Sends all but the last write, which goes together with what ends the file. */
  private ContentWrites.@Nullable Write sendContent(String handle, Content content)
      throws IOException {
    ContentWrites writes = new ContentWrites(content, chunk);
    while (true) {
      ContentWrites.Write write = writes.next(client, handle);
      if (write == null || writes.isAtEnd()) {
        return write;
      }
      confirmDone();
      underWay.add(uploadChannel.write(write.packet(), write.bytes()));
    }
  }

  /** Sends nothing more of a large file once a part of it was refused. */
  private void confirmDone() throws IOException {
    while (!underWay.isEmpty() && underWay.getFirst().isDone()) {
      Replies.ok(underWay.removeFirst(), what);
    }
  }

  private TargetException explained(TargetException e) throws IOException {
    return new FreeSpaceCheck(client).explain(e, temporary, expectedSize);
  }

  private void abandon() {
    underWay.add(client.remove(temporary));
    client.settle(underWay);
  }
}
