package io.relais.common;

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
 * The lock of a state directory, held by whoever may act with it: one daemon, or one run at a time.
 * The kernel lets it go when the process ends, however it ends.
 */
public final class StateLock implements AutoCloseable {
  private final Path directory;
  private final FileChannel channel;
  private final FileLock lock;

  private StateLock(Path directory, FileChannel channel, FileLock lock) {
    this.directory = directory;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Takes it, if it is free.
   *
   * @param stateDirectory made if it is not there
   * @throws IOException if the directory can't be used (for the user to fix)
   */
  public static Optional<StateLock> tryTake(Path stateDirectory) throws IOException {
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
        return Optional.of(new StateLock(stateDirectory, channel, lock));
      }
    } catch (OverlappingFileLockException _) {
      // Held by this very process.
    }
    channel.close();
    return Optional.empty();
  }

  /** What it is the lock of. */
  public Path directory() {
    return directory;
  }

  @Override
  public void close() throws IOException {
    lock.release();
    channel.close();
  }
}
