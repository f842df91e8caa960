package io.relais.sync.target.sftp;

import io.relais.sync.target.SyncTarget.Content;
import io.relais.sync.target.TargetException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Sends one file to a temporary name: one round trip to open it, and one for everything else,
 * however many writes that is. For one thread.
 */
final class SftpUpload {
  private final SftpClient client;
  private final Semaphore window;
  private final int chunk;
  private final boolean durable;
  private final ArrayDeque<CompletableFuture<SftpReply>> underWay = new ArrayDeque<>();
  private long offset;

  /**
   * Prepares an upload.
   *
   * @param window bytes that all uploads together may have under way
   * @param chunk bytes in one write
   */
  SftpUpload(SftpClient client, Semaphore window, int chunk, boolean durable) {
    this.client = client;
    this.window = window;
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
    boolean closed = false;
    boolean done = false;
    try {
      sendContent(handle, content, what);
      content.finish();
      underWay.add(client.fsetstat(handle, mode, mtimeSeconds));
      if (durable) {
        underWay.add(client.fsync(handle));
      }
      closed = true;
      underWay.add(client.close(handle));
      confirmAll(what);
      done = true;
    } catch (TargetException e) {
      throw new DiskRoom(client).explain(e, temporary, expectedSize);
    } finally {
      if (!done) {
        abandon(temporary, closed ? null : client.close(handle));
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
    byte[] buffer = new byte[chunk];
    while (true) {
      int read = content.read(buffer, 0, chunk);
      if (read == 0) {
        return;
      }
      confirmDone(what);
      window.acquireUninterruptibly(read);
      CompletableFuture<SftpReply> reply = client.write(handle, offset, buffer, read);
      underWay.add(reply.whenComplete((done, failure) -> window.release(read)));
      offset += read;
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
