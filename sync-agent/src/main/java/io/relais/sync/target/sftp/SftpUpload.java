package io.relais.sync.target.sftp;

import io.relais.sync.target.SyncTarget.Content;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * Sends one file to a temporary name: one round trip to open it, and one for everything else,
 * however many writes that is. For one thread.
 */
final class SftpUpload {
  private final SftpClient client;
  private final Semaphore window;
  private final int chunk;
  private final boolean durable;
  private final List<CompletableFuture<SftpReply>> underWay = new ArrayList<>();

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
   */
  void send(String temporary, Content content, int mode, long mtimeSeconds) throws IOException {
    String what = "write " + SftpClient.shown(temporary);
    String handle =
        client
            .expect(SftpReply.HANDLE, client.open(temporary, SftpClient.CREATE_NEW, 0600), what)
            .string();
    boolean sent = false;
    try {
      sendContent(handle, content);
      content.finish();
      underWay.add(client.fsetstat(handle, mode, mtimeSeconds));
      if (durable) {
        underWay.add(client.fsync(handle));
      }
      sent = true;
    } finally {
      underWay.add(client.close(handle));
      if (!sent) {
        abandon(temporary);
      }
    }
    confirm(temporary, what);
  }

  private void sendContent(String handle, Content content) throws IOException {
    long offset = 0;
    byte[] buffer = new byte[chunk];
    while (true) {
      int read = content.read(buffer, 0, chunk);
      if (read == 0) {
        return;
      }
      int taken = read;
      window.acquireUninterruptibly(taken);
      CompletableFuture<SftpReply> reply = client.write(handle, offset, buffer, read);
      underWay.add(reply.whenComplete((done, failure) -> window.release(taken)));
      offset += read;
    }
  }

  private void confirm(String temporary, String what) throws IOException {
    try {
      for (CompletableFuture<SftpReply> reply : underWay) {
        client.ok(reply, what);
      }
    } catch (IOException e) {
      abandon(temporary);
      throw e;
    }
  }

  private void abandon(String temporary) {
    underWay.add(client.remove(temporary));
    client.settle(underWay);
  }
}
