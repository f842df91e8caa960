package io.relais.sync.remote.sftp;

import io.relais.sftp.SftpAttributes;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpPacket;
import io.relais.sftp.SftpReply;
import io.relais.sync.delta.Piece;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.remote.SyncTarget.Base;
import io.relais.sync.remote.SyncTarget.Recipe;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Puts a file together at the server, under a temporary name: from ranges of another one, which the
 * server copies itself, and from what is sent. For one thread.
 *
 * <p>The other file is open all the while, so that it can't be exchanged; whether somebody writes
 * into it shows when it is looked at again after the last copy.
 */
final class SftpAssembly {
  /**
   * A server that copies answers nothing else on this channel: at 1 GB/s this keeps it busy over a
   * round trip of 30 ms, and lets others wait no longer than that.
   */
  private static final long COPIES_UNDER_WAY = 32 << 20;

  private static final long MOST_AT_ONCE = 4 << 20;

  private final UploadChannel uploadChannel;
  private final SftpClient client;
  private final int chunk;
  private final boolean durable;
  private final FileSystemFeatures disk;
  private final ArrayDeque<Asked> underWay = new ArrayDeque<>();
  private long copying;
  private long offset;

  /** Where what was written or copied last ends; what is between is zeros. */
  private long written;

  /** One request, and how many bytes the server copies for it. */
  private record Asked(CompletableFuture<SftpReply> reply, long copies) {}

  /**
   * Prepares to assemble.
   *
   * @param chunk the most bytes in one write
   */
  SftpAssembly(UploadChannel uploadChannel, int chunk, boolean durable, FileSystemFeatures disk) {
    this.disk = disk;
    this.uploadChannel = uploadChannel;
    this.client = uploadChannel.client();
    this.chunk = chunk;
    this.durable = durable;
  }

  /**
   * Returns once the server has confirmed all of it; what was opened is closed then, and the
   * temporary file removed again if anything failed.
   *
   * @param what what is attempted, for messages
   * @param from where {@code base} is, absolute
   * @param pathLookup sent along at the end
   * @throws TargetException if the server refuses a part of it, or {@code base} is another file by
   *     now
   */
  void send(
      String temporary,
      String what,
      String from,
      Base base,
      Recipe recipe,
      int mode,
      long mtimeSeconds,
      long expectedSize,
      ContainmentCheck.PathLookup pathLookup)
      throws IOException {
    List<String> open = new ArrayList<>();
    boolean done = false;
    try {
      openBoth(from, temporary, open, what);
      String source = open.getFirst();
      String target = open.getLast();
      require(base, client.fstat(source), what);
      sendPieces(source, target, recipe, what);
      recipe.finish();
      CompletableFuture<SftpReply> after = client.fstat(source);
      CompletableFuture<SftpReply> result = client.fstat(target);
      open.remove(target);
      List<SftpPacket> last =
          new ArrayList<>(client.finishing(target, mode, mtimeSeconds, durable));
      int own = last.size();
      last.addAll(pathLookup.packets());
      List<CompletableFuture<SftpReply>> replies = client.channel().sendTogether(last);
      replies.subList(0, own).forEach(this::ask);
      pathLookup.sent(replies.subList(own, replies.size()));
      confirm(what, 0, true);
      require(base, after, what);
      requireSize(offset, result, what);
      done = true;
    } catch (TargetException e) {
      throw new FreeSpaceCheck(client).explain(e, temporary, expectedSize);
    } finally {
      open.forEach(client::release);
      if (!done) {
        abandon(temporary);
      }
    }
  }

  /**
   * In one round trip. Whatever was opened is in {@code open}, also where the other was refused.
   */
  private void openBoth(String from, String temporary, List<String> open, String what)
      throws IOException {
    List<CompletableFuture<SftpReply>> asked =
        List.of(
            client.open(from, SftpClient.READ_FLAG, null),
            client.open(temporary, SftpClient.CREATE_NEW, 0600));
    CompletableFuture<SftpReply> refused = null;
    for (CompletableFuture<SftpReply> each : asked) {
      SftpReply reply = Replies.await(each);
      if (reply.type() == SftpReply.HANDLE) {
        open.add(Replies.handle(reply));
      } else {
        refused = each;
      }
    }
    if (refused != null) {
      Replies.expect(SftpReply.HANDLE, refused, what);
    }
  }

  private void require(Base base, CompletableFuture<SftpReply> look, String what)
      throws IOException {
    SftpAttributes now = Replies.attributes(look, what);
    if (!now.isFile()
        || now.size() != base.size()
        || !disk.isSameTime(now.mtimeSeconds(), base.mtimeSeconds())) {
      throw new TargetException(
          Reason.FAILURE, what + ": " + base.path() + " there is not what was left there");
    }
  }

  private void requireSize(long size, CompletableFuture<SftpReply> look, String what)
      throws IOException {
    long made = Replies.attributes(look, what).size();
    if (made != size) {
      throw new TargetException(
          Reason.FAILURE, "%s: it became %d bytes, not %d".formatted(what, made, size));
    }
  }

  private void sendPieces(String source, String target, Recipe recipe, String what)
      throws IOException {
    while (true) {
      switch (recipe.next()) {
        case Piece.Copy(long from, long length) -> copy(source, from, length, target, what);
        case Piece.Literal(byte[] data, int from, int count) ->
            write(target, data, from, count, what);
        case Piece.Zeros(long length) -> offset += length;
        case null -> {
          endFile(target, what);
          return;
        }
      }
    }
  }

  /** What ends in zeros gets its last byte written, as {@link ContentWrites} does it. */
  private void endFile(String target, String what) throws IOException {
    if (written < offset) {
      offset--;
      write(target, new byte[1], 0, 1, what);
    }
  }

  private void copy(String source, long from, long length, String target, String what)
      throws IOException {
    for (long done = 0; done < length; ) {
      long part = Math.min(MOST_AT_ONCE, length - done);
      confirm(what, COPIES_UNDER_WAY - part, false);
      CompletableFuture<SftpReply> reply =
          client.copyData(source, from + done, part, target, offset);
      underWay.add(new Asked(reply, part));
      copying += part;
      offset += part;
      written = offset;
      done += part;
    }
  }

  private void write(String target, byte[] data, int from, int count, String what)
      throws IOException {
    for (int done = 0; done < count; ) {
      int part = Math.min(chunk, count - done);
      confirm(what, COPIES_UNDER_WAY, false);
      SftpPacket write = client.startWrite(target, offset, part).putBytes(data, from + done, part);
      ask(uploadChannel.write(write, part));
      offset += part;
      written = offset;
      done += part;
    }
  }

  private void ask(CompletableFuture<SftpReply> reply) {
    underWay.add(new Asked(reply, 0));
  }

  /** Takes the answers that are there, and waits for more while too much is being copied. */
  private void confirm(String what, long mostCopying, boolean all) throws IOException {
    while (!underWay.isEmpty()
        && (all || copying > mostCopying || underWay.getFirst().reply().isDone())) {
      Asked first = underWay.removeFirst();
      copying -= first.copies();
      Replies.ok(first.reply(), what);
    }
  }

  /** The temporary file is removed whether it was made or not: nobody else has its name. */
  private void abandon(String temporary) {
    List<CompletableFuture<SftpReply>> last = new ArrayList<>();
    underWay.forEach(each -> last.add(each.reply()));
    last.add(client.remove(temporary));
    client.settle(last);
  }
}
