package io.relais.sftp;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;

/** Reads one file, with more and more requests under way the longer it is. For one thread. */
public final class SftpDownload {
  private static final int CHUNK = 32 << 10;
  private static final int MOST_AT_ONCE = 64;

  /** What takes the content, piece by piece; the buffer is good until it returns. */
  public interface Sink {
    void accept(byte[] buffer, int offset, int length) throws IOException;
  }

  private final SftpClient client;
  private final int mostAtOnce;

  public SftpDownload(SftpClient client) {
    this(client, MOST_AT_ONCE);
  }

  /**
   * The same with less under way.
   *
   * @param mostAtOnce requests
   */
  public SftpDownload(SftpClient client, int mostAtOnce) {
    this.client = client;
    this.mostAtOnce = mostAtOnce;
  }

  /**
   * Reads a file to its end, or to {@code most} bytes.
   *
   * @return whether that was all
   */
  public boolean read(String path, long most, Sink sink) throws IOException {
    String what = "read " + SftpClient.shown(path);
    String handle =
        SftpClient.expect(SftpReply.HANDLE, client.open(path, SftpClient.READ_FLAG, null), what)
            .string();
    try {
      return readAll(handle, what, most, sink);
    } finally {
      client.release(handle);
    }
  }

  /** A server may answer a read with less than asked for: then the rest is asked for again. */
  private boolean readAll(String handle, String what, long most, Sink sink) throws IOException {
    ArrayDeque<CompletableFuture<SftpReply>> asked = new ArrayDeque<>();
    int atOnce = 2;
    long next = 0;
    long consumed = 0;
    while (true) {
      while (asked.size() < atOnce) {
        asked.add(client.read(handle, next, CHUNK));
        next += CHUNK;
      }
      SftpReply reply = SftpClient.await(asked.removeFirst());
      if (isEnd(reply, what)) {
        return true;
      }
      byte[] data = reply.bytes();
      if (data.length == 0) {
        throw SftpReply.malformed("no data, and no end of the file");
      }
      if (data.length > most - consumed) {
        sink.accept(data, 0, (int) (most - consumed));
        return false;
      }
      sink.accept(data, 0, data.length);
      consumed += data.length;
      if (data.length < CHUNK) {
        asked.clear();
        next = consumed;
        atOnce = 1;
      } else {
        atOnce = Math.min(atOnce + 1, mostAtOnce);
      }
    }
  }

  private static boolean isEnd(SftpReply reply, String what) throws IOException {
    if (reply.type() == SftpReply.DATA) {
      return false;
    }
    if (reply.type() != SftpReply.STATUS) {
      throw SftpReply.unexpected(reply.type());
    }
    reply.body().mark();
    if (reply.integer() == SftpStatusException.EOF) {
      return true;
    }
    reply.body().reset();
    throw SftpStatusException.of(what, reply);
  }
}
