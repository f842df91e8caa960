package io.relais.sync.remote.sftp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpPacket;
import io.relais.sftp.SftpReply;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TemporaryNameGenerator;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Files of the {@link StagingDirectory} that one channel has opened ahead of their use, so that a
 * change begins with its write. For each that is taken another is opened, without waiting; so the
 * next to be taken may still be on its way, which is never later than one opened only then.
 *
 * <p>Safe for use by many threads.
 */
final class StagingPool {
  /** As many as are written within one round trip when a few files are saved together. */
  private static final int DEPTH = 8;

  private final SftpClient client;
  private final StagingDirectory directory;
  private final TemporaryNameGenerator names;

  /** The depth when files are sent by the thousand; these are opened by the dozen. */
  private final int depthWhenBusy;

  @GuardedBy("this")
  private final ArrayDeque<Slot> slots = new ArrayDeque<>();

  @GuardedBy("this")
  private @Nullable String filledFor;

  StagingPool(
      SftpClient client,
      StagingDirectory directory,
      TemporaryNameGenerator names,
      int depthWhenBusy) {
    this.depthWhenBusy = depthWhenBusy;
    this.client = client;
    this.directory = directory;
    this.names = names;
  }

  /**
   * A file that was opened, or is being.
   *
   * @param place what its directory was right before that: a server follows symlinks
   */
  private record Slot(
      String path, CompletableFuture<SftpReply> opened, CompletableFuture<SftpReply> place) {}

  /**
   * Takes a file; null when there is none: then one is to be opened elsewhere, and says what is
   * wrong if something is.
   *
   * @param load how many files are being sent on the channel, this one included
   */
  @Nullable StagedFile take(int load) throws IOException {
    Slot slot = next(load);
    if (slot == null) {
      return null;
    }
    SftpReply reply = Replies.await(slot.opened);
    if (reply.type() == SftpReply.HANDLE) {
      String handle = Replies.handle(reply);
      SftpReply place = Replies.await(slot.place).copy();
      if (place.type() == SftpReply.ATTRS && Replies.attributes(place).isDirectory()) {
        return new StagedFile(handle, slot.path);
      }
      client.release(handle);
      client.settle(List.of(client.remove(slot.path)));
      directory.lost(slot.path);
      return null;
    }
    if (Replies.refused(reply, "open").reason() == Reason.NOT_FOUND) {
      directory.lost(slot.path);
    }
    return null;
  }

  private synchronized @Nullable Slot next(int load) {
    String place = directory.place();
    if (place == null || !place.equals(filledFor)) {
      forget();
      filledFor = place;
      if (place == null) {
        return null;
      }
    }
    int depth = Math.clamp(load, DEPTH, depthWhenBusy);
    int missing = depth + 1 - slots.size();
    if (slots.isEmpty() || missing > (depth - DEPTH) / 4) {
      open(place, missing);
    }
    return slots.removeFirst();
  }

  @GuardedBy("this")
  private void open(String place, int count) {
    List<String> paths = new ArrayList<>();
    List<SftpPacket> packets = new ArrayList<>();
    packets.add(client.looking(place));
    for (int i = 0; i < count; i++) {
      String path = place + "/" + names.take();
      paths.add(path);
      packets.add(client.opening(path, SftpClient.CREATE_NEW, 0600));
    }
    List<CompletableFuture<SftpReply>> replies = client.channel().sendTogether(packets);
    for (int i = 0; i < count; i++) {
      slots.add(new Slot(paths.get(i), replies.get(i + 1), replies.getFirst()));
    }
  }

  /** Opens files ahead, if there is a place for them. */
  synchronized void fill() {
    Slot slot = next(1);
    if (slot != null) {
      slots.addFirst(slot);
    }
  }

  /** What was opened in a directory that is gone is closed when its handle comes. */
  @GuardedBy("this")
  private void forget() {
    for (Slot slot : slots) {
      var _ =
          slot.opened.thenAccept(
              reply -> {
                if (reply.type() == SftpReply.HANDLE) {
                  releaseQuietly(reply);
                }
              });
    }
    slots.clear();
  }

  private void releaseQuietly(SftpReply opened) {
    try {
      client.release(opened.string());
    } catch (IOException e) {
      client.channel().end();
    }
  }

  /** Gives all files back, and says what is to be removed: their removal is already on its way. */
  synchronized List<CompletableFuture<SftpReply>> drain() {
    List<CompletableFuture<SftpReply>> removals = new ArrayList<>();
    slots.forEach(slot -> removals.add(client.remove(slot.path)));
    forget();
    return removals;
  }
}
