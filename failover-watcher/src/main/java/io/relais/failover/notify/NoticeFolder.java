package io.relais.failover.notify;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.DurableFile;
import io.relais.common.Faults;
import io.relais.common.FileAccess;
import io.relais.common.StateDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small files in a directory of the notifier's own. Each is written beside its place and renamed
 * into it, after the disk has its content. Trouble with the disk is logged when it begins and when
 * it ends, and never thrown: notices go out from memory then. For any number of threads.
 *
 * <pre>
 * lock        held by the one notifier that uses the directory
 * told.json   what was told when
 * queue/      one file for each notice and channel
 * aside/      what was found in queue/ and was no notice
 * </pre>
 */
final class NoticeFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NoticeFolder.class);
  private static final int LARGEST = 1024 * 1024;
  private static final String DRAFT = ".tmp";

  private final Path directory;
  private @Nullable FileChannel lock;

  @GuardedBy("this")
  private boolean inTrouble;

  NoticeFolder(Path directory) {
    this.directory = directory;
    try {
      StateDirectory.make(directory.resolve("queue"));
      this.lock = lock(directory.resolve("lock"));
    } catch (IOException e) {
      trouble(e);
    }
  }

  private static @Nullable FileChannel lock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
            DurableFile.privateMode(file));
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // Another notifier of this process has it: the same as one of another process.
    }
    channel.close();
    LOG.warn(
        "{} is used by another process: notices of this one are kept in memory only",
        file.getParent());
    return null;
  }

  /** False if the directory can't be used at all: nothing is read from it, nor written to it. */
  boolean isOurs() {
    return lock != null;
  }

  /** The files in {@code queue/}, oldest name first; leftovers of a kill are cleared away. */
  List<Path> queued() {
    List<Path> files = new ArrayList<>();
    if (!isOurs()) {
      return files;
    }
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory.resolve("queue"))) {
      for (Path file : found) {
        if (file.getFileName().toString().endsWith(DRAFT)) {
          Files.deleteIfExists(file);
        } else {
          files.add(file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      trouble(e instanceof IOException io ? io : new IOException(e.getCause()));
    }
    files.sort(null);
    return files;
  }

  /**
   * Reads a file whole.
   *
   * @throws IOException if it is no regular file, too large or unreadable
   */
  static byte[] read(Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("no regular file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw new IOException("larger than 1 MiB");
      }
      return bytes;
    }
  }

  /** What was written under a name; empty if nothing was, or if it can't be read. */
  Optional<Path> find(String name) {
    return Optional.of(directory.resolve(name)).filter(file -> isOurs() && FileAccess.exists(file));
  }

  /** Whether it is on the disk now. */
  boolean write(String name, byte[] content) {
    if (!isOurs()) {
      return false;
    }
    // A thread that was told to end still has its notice to save, and channels refuse those.
    boolean interrupted = Thread.interrupted();
    try {
      try {
        DurableFile.replace(directory.resolve(name), content);
      } catch (ClosedByInterruptException e) {
        interrupted |= Thread.interrupted();
        DurableFile.replace(directory.resolve(name), content);
      }
      calm();
      return true;
    } catch (IOException e) {
      trouble(e);
      return false;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  void delete(String name) {
    if (!isOurs()) {
      return;
    }
    try {
      Files.deleteIfExists(directory.resolve(name));
    } catch (IOException e) {
      trouble(e);
    }
  }

  /** Takes a file out of the way, and says so. */
  void setAside(Path file, String reason) {
    try {
      Path aside = directory.resolve("aside");
      StateDirectory.make(aside);
      Path kept = aside.resolve(file.getFileName().toString());
      Files.move(file, kept, StandardCopyOption.REPLACE_EXISTING);
      LOG.warn("{} is no notice to deliver ({}): moved to {}", file, reason, kept);
    } catch (IOException e) {
      LOG.warn("{} is no notice to deliver ({}): left there, moving it failed", file, reason);
    }
  }

  private synchronized void trouble(IOException e) {
    if (!inTrouble) {
      inTrouble = true;
      LOG.warn(
          "notices can't be kept in {} ({}): they are sent from memory, and lost if this process"
              + " ends before; check that the disk has room and the directory is writable",
          directory,
          Faults.describe(e));
    }
  }

  private synchronized void calm() {
    if (inTrouble) {
      inTrouble = false;
      LOG.info("notices are kept in {} again", directory);
    }
  }

  @Override
  public void close() {
    try {
      if (lock != null) {
        lock.close();
      }
    } catch (IOException e) {
      trouble(e);
    }
  }
}
