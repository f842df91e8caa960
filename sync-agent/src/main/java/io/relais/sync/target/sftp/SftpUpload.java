package io.relais.sync.target.sftp;

import io.relais.sync.target.SyncTarget.Content;
import io.relais.sync.target.TargetException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Sends one file to a temporary name: one round trip to open it, unless it is open already, and one
 * for everything else, however many writes that is. For one thread.
 */
final class SftpUpload {
  private final Lane lane;
  private final SftpClient client;
  private final int chunk;
  private final boolean durable;
  private final ArrayDeque<CompletableFuture<SftpReply>> underWay = new ArrayDeque<>();
  private long offset;

  /**
   * Prepares an upload.
   *
   * @param chunk bytes in one write
   */
  SftpUpload(Lane lane, int chunk, boolean durable) {
    this.lane = lane;
    this.client = lane.client();
    this.chunk = chunk;
    this.durable = durable;
  }

  /**
   * Returns once the server has confirmed all of it; the file is closed then, and removed again if
   * anything failed.
   *
   * @param what what is attempted, for messages
   * @param expectedSize about how many bytes will come, to tell whether the disk was too small
   */
  void send(
      String temporary,
      String what,
      Content content,
      int mode,
      long mtimeSeconds,
      long expectedSize)
      throws IOException {
    String handle = open(temporary, what, expectedSize);
    send(new StagedFile(handle, temporary), what, content, mode, mtimeSeconds, expectedSize);
  }

  /** The same into a file that is open already. */
  void send(
      StagedFile file, String what, Content content, int mode, long mtimeSeconds, long expectedSize)
      throws IOException {
    boolean closed = false;
    boolean done = false;
    try {
      sendContent(file.handle(), content, what);
      content.finish();
      underWay.add(client.fsetstat(file.handle(), mode, mtimeSeconds));
      if (durable) {
        underWay.add(client.fsync(file.handle()));
      }
      closed = true;
      underWay.add(client.close(file.handle()));
      confirmAll(what);
      done = true;
    } catch (TargetException e) {
      throw new DiskRoom(client).explain(e, file.path(), expectedSize);
    } finally {
      if (!done) {
        abandon(file.path(), closed ? null : client.close(file.handle()));
      }
    }
  }

  private String open(String temporary, String what, long expectedSize) throws IOException {
    try {
      return client
          .expect(SftpReply.HANDLE, client.open(temporary, SftpClient.CREATE_NEW, 0600), what)
          .string();
    } catch (TargetException e) {
      throw new DiskRoom(client).explain(e, temporary, expectedSize);
    }
  }

  private void sendContent(String handle, Content content, String what) throws IOException {
    int read = chunk;
    while (read == chunk) {
      SftpPacket write = client.startWrite(handle, offset, chunk);
      read = write.putFrom(content, chunk);
      if (read > 0) {
        confirmDone(what);
        underWay.add(lane.write(write, read));
        offset += read;
      }
    }
  }

  /** Sends nothing more of a large file once a part of it was refused. */
  private void confirmDone(String what) throws IOException {
    while (!underWay.isEmpty() && underWay.getFirst().isDone()) {
      client.ok(underWay.removeFirst(), what);
    }
  }

  private void confirmAll(String what) throws IOException {
    while (!underWay.isEmpty()) {
      client.ok(underWay.removeFirst(), what);
    }
  }

  private void abandon(String temporary, @Nullable CompletableFuture<SftpReply> closing) {
    if (closing != null) {
      underWay.add(closing);
    }
    underWay.add(client.remove(temporary));
    client.settle(underWay);
  }
}
