package io.relais.sync.index;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.relais.common.Faults;
import io.relais.sync.index.SqliteFailures.StateDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps a second process from the same index; the lock's file names the process that has it. */
final class IndexLock implements AutoCloseable {
  /**
   * POSIX drops a process's locks on a file as soon as it closes any descriptor of it (fcntl(2)),
   * so within this process the file must not even be opened twice.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path file;
  private final FileChannel channel;

  private IndexLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @param directory exists, and is given by its real path
   * @throws IndexException if another process, or this one, has it
   */
  static IndexLock take(Path directory) {
    Path file = directory.resolve("index.lock");
    if (!HELD.add(file)) {
      throw taken(directory, Long.toString(ProcessHandle.current().pid()));
    }
    try {
      return lock(directory, file);
    } catch (IOException e) {
      HELD.remove(file);
      throw new IndexException(
          "the index in %s can't be locked: %s"
              .formatted(
                  directory,
                  StateDisk.lacks(directory, 1) ? StateDisk.full(directory) : Faults.describe(e)),
          e);
    } catch (IndexException e) {
      HELD.remove(file);
      throw e;
    }
  }

  private static IndexLock lock(Path directory, Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, Set.of(READ, WRITE, CREATE, NOFOLLOW_LINKS), OWNER_ONLY);
    try {
      if (channel.tryLock() == null) {
        throw taken(directory, read(channel));
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(US_ASCII)), 0);
      return new IndexLock(file, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(20);
    channel.read(pid, 0);
    return US_ASCII.decode(pid.flip()).toString().strip();
  }

  private static IndexException taken(Path directory, String pid) {
    return new IndexException(
        "the index in %s is in use by process %s: is the agent running already?"
            .formatted(directory, pid.isEmpty() ? "(unknown)" : pid));
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new IndexException("cannot unlock " + file, e);
    } finally {
      HELD.remove(file);
    }
  }
}
