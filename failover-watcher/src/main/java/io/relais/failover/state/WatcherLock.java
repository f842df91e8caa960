package io.relais.failover.state;

import io.relais.common.DurableFile;
import io.relais.common.FileAccess;
import io.relais.common.StateDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;

/**
 * Held by the process that may act: one daemon, or one run at a time. The kernel lets it go when
 * the process ends, however it ends.
 */
public final class WatcherLock implements AutoCloseable {
  private final FileChannel channel;
  private final FileLock lock;

  private WatcherLock(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Takes it, if it is free.
   *
   * @param stateDirectory made if it is not there
   * @throws IOException if the directory can't be used (for the user to fix)
   */
  public static Optional<WatcherLock> tryTake(Path stateDirectory) throws IOException {
    if (!FileAccess.exists(stateDirectory)) {
      StateDirectory.make(stateDirectory);
    }
    Path lockFile = stateDirectory.resolve("lock");
    // Root may take it in the directory of another user, whose links are not followed.
    FileChannel channel =
        FileChannel.open(
            lockFile,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
            DurableFile.privateMode(lockFile));
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return Optional.of(new WatcherLock(channel, lock));
      }
    } catch (OverlappingFileLockException _) {
      // Held by this very process.
    }
    channel.close();
    return Optional.empty();
  }

  @Override
  public void close() throws IOException {
    lock.release();
    channel.close();
  }
}
