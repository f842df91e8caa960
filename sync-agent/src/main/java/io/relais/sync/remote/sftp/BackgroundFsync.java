package io.relais.sync.remote.sftp;

import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpReply;
import io.relais.sync.delta.Piece;
import io.relais.sync.remote.SyncTarget.Content;
import io.relais.sync.remote.SyncTarget.Recipe;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Has the server write to its disk what it has of a large file while the rest is still being sent,
 * so that little is left for the flush at the end. That is done on another channel, whose process
 * waits for the disk in place of the one that takes the file. Whatever goes wrong with it is left
 * to the flush at the end, which looks at all of the file and says so.
 *
 * <p>For the one thread that sends the file.
 */
final class BackgroundFsync {
  static final long STEP = 64L << 20;

  /** Of a smaller file the flush at the end takes no longer than a few round trips. */
  static final long LEAST = 4 * STEP;

  private final ChannelPool channelPool;
  private final @Nullable UploadChannel sending;
  private final String temporary;
  private final long step;
  private CompletableFuture<?> last = CompletableFuture.completedFuture(null);
  private long since;

  private BackgroundFsync(
      ChannelPool channelPool, @Nullable UploadChannel sending, String temporary, long step) {
    this.channelPool = channelPool;
    this.sending = sending;
    this.temporary = temporary;
    this.step = step;
  }

  /**
   * The content of a file that is sent.
   *
   * @param sending what it is sent on; null if that is none of {@code lanes}
   * @param temporary where it is sent to, absolute; there by the time that the content is read
   * @param step how many bytes are flushed at once
   */
  static Content during(
      Content content,
      ChannelPool channelPool,
      @Nullable UploadChannel sending,
      String temporary,
      long step) {
    BackgroundFsync flush = new BackgroundFsync(channelPool, sending, temporary, step);
    return new Content() {
      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = content.read(buffer, offset, length);
        flush.sent(count);
        return count;
      }

      @Override
      public void leftOut(int count) {
        content.leftOut(count);
      }

      @Override
      public void finish() throws IOException {
        content.finish();
      }
    };
  }

  /** The same for what a file is put together from. */
  static Recipe during(
      Recipe recipe,
      ChannelPool channelPool,
      @Nullable UploadChannel sending,
      String temporary,
      long step) {
    BackgroundFsync flush = new BackgroundFsync(channelPool, sending, temporary, step);
    return new Recipe() {
      @Override
      public @Nullable Piece next() throws IOException {
        Piece piece = recipe.next();
        if (piece != null) {
          flush.sent(piece.length());
        }
        return piece;
      }

      @Override
      public void finish() throws IOException {
        recipe.finish();
      }
    };
  }

  private void sent(long bytes) {
    since += bytes;
    if (since < step || !last.isDone()) {
      return;
    }
    UploadChannel uploadChannel = channelPool.takeOther(sending);
    if (uploadChannel != null) {
      since = 0;
      last = flush(uploadChannel.client()).whenComplete((done, failure) -> uploadChannel.end());
    }
  }

  private CompletableFuture<?> flush(SftpClient client) {
    return client
        .open(temporary, SftpClient.WRITE_FLAG, null)
        .thenCompose(
            opened -> {
              if (opened.type() != SftpReply.HANDLE) {
                return CompletableFuture.completedFuture(opened);
              }
              try {
                String handle = opened.string();
                CompletableFuture<SftpReply> flushed = client.fsync(handle);
                client.release(handle);
                return flushed;
              } catch (IOException e) {
                return CompletableFuture.failedFuture(e);
              }
            });
  }
}
